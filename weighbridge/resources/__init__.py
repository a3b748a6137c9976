"""What a Pulumi program registers, read: values with unknowns and secrets, resources by type, their inputs by path."""
