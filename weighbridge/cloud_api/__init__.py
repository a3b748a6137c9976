"""Asks Google Cloud's own APIs over REST: what a project was granted, uses, holds and may get, and list prices.

Shapes are those of the discovery documents of google-api-python-client (compute, monitoring, cloudbilling) and of
google-cloud-quotas (cloudquotas has no document there); a test holds the fields that are read here to them.
"""
