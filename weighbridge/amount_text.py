"""Amounts of Kubernetes resources, as people write them."""

from __future__ import annotations

from decimal import Decimal

GIB = 2**30


def amount_text(resource: str, amount: Decimal) -> str:
    """Memory in Gi, all else as a plain number; at most three decimals."""
    if resource == "memory":
        return f"{plain(amount / GIB)}Gi"
    return plain(amount)


def percent(value: Decimal) -> str:
    """A percentage as the spec writes it, exactly."""
    return f"{value.normalize():f}%"


def plain(number: Decimal) -> str:
    """A number without exponent and without trailing zeros."""
    text = f"{number:.3f}"
    return text.rstrip("0").rstrip(".")


def times(factor: float) -> str:
    """Such as `twice` or `3 times`."""
    return "twice" if factor == 2 else f"{factor:g} times"  # noqa: PLR2004
