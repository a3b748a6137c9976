"""Data that can't be read now, wherever it lies."""

from __future__ import annotations

from weighbridge.errors import NoVerdict


class UnreadableData(NoVerdict):
    """Something can't be read now. The text names it and says why; it never holds a value of the data."""
