"""What a pull found, for people and for programs."""
