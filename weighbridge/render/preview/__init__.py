"""The report of a preview, in every format."""
