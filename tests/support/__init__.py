"""Builders of specs and programs, and the servers that tests start."""
