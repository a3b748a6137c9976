"""Signals, what watches them, and their unit tests."""
