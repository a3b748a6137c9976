"""Dashboards: as Cloud Monitoring's JSON, as a picture, as text."""
