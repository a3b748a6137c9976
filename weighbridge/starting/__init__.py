"""A first project: which files it has, and what is in them, from a few answers."""
