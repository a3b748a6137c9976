"""What a deployment lacks, as text."""
