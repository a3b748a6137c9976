"""What follows from a spec for endpoints: pods of their versions, routes, pickers, the adapter of their metrics."""
