"""What windows of the past would have raised."""
