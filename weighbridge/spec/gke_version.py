"""Versions of GKE as a spec writes them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import StringConstraints

from weighbridge.units import Expected

ControlPlaneVersion = Annotated[
    str,
    StringConstraints(pattern=r"^1\.[0-9]{1,3}(?:\.[0-9]{1,4}(?:-gke\.[0-9]{1,9})?)?$"),
    Expected('a GKE version in quotes such as "1.33", or whole such as 1.33.5-gke.1080000'),
]
NodeVersion = Annotated[
    str,
    StringConstraints(pattern=r"^1\.[0-9]{1,3}\.[0-9]{1,4}-gke\.[0-9]{1,9}$"),
    Expected("a whole GKE version such as 1.33.5-gke.1080000"),
]
"""Whole: of a shorter one the provider shows a change in each preview."""


def parts_of(version: str) -> tuple[int, ...]:
    """The numbers of a version, as many as are written."""
    return tuple(int(number) for number in re.findall(r"[0-9]+", version))
