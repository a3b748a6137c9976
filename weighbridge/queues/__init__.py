"""Shares at run time: what Kueue is told of node pools and pipelines, and how it admits their jobs."""
