"""The folder of specs as a whole: read together, checked against one another, edited in place."""
