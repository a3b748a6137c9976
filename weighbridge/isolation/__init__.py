"""Who may talk to whom, and what pods may do on their nodes."""
