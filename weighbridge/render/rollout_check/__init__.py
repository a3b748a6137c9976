"""Candidate against stable."""
