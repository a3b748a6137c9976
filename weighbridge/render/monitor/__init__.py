"""What the drift monitor found."""
