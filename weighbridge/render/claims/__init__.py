"""Claims on the shared quota, and what became of one that was asked for."""
