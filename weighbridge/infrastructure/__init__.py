"""What follows from a spec for network, cluster and node pools: every value that Google is asked for, derived once."""
