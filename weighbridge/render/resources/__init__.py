"""Every resource of a stack with its inputs, one file a format."""
