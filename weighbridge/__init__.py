"""Weighs every machine-learning stack on Google Cloud against the quota it shares, before it ships."""

__version__ = "0.1.0"
