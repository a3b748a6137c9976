"""A cluster that a team has already, read from Google's API and written as a spec that replaces nothing of it."""
