"""The quota that a spec draws on, as series of Cloud Monitoring: what `each` of the quota signals goes through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QuotaLists:
    """Words of each pair of usage and limit series, and of each filter that picks exceeded limits."""

    series: tuple[Mapping[str, str], ...] = ()
    exceeded: tuple[Mapping[str, str], ...] = ()
