"""What a pipeline or endpoint must be watched for, and the expressions that watch it."""
