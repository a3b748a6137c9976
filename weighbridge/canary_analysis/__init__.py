"""Candidate against stable, from what a Prometheus server has.

queries ─ samples ─▶ counts (the test of counts) | quantiles, pairs (where a server has none) ─ check ─▶ verdict
"""
