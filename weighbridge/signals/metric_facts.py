"""What is known of a metric before the first sample: its kind, how often it is sampled, which resources write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["gauge", "counter", "histogram", "delta"]

HISTOGRAM_SUFFIXES = ("_bucket", "_count", "_sum")


@dataclass(frozen=True, slots=True)
class MetricFacts:
    """One metric as PromQL names it; a histogram is named without its suffix."""

    name: str
    kind: Kind
    sparse: bool = False  # sampled more rarely than every 5 minutes, so a plain selector finds nothing most of the time
    resources: tuple[str, ...] = ()  # monitored resource types that write it; empty: not asked, as of own metrics


def facts_of(name: str, known: Mapping[str, MetricFacts]) -> MetricFacts | None:
    """The facts of a name as it stands in a selector, suffixes of histograms included; None where it isn't known."""
    own = known.get(name)
    if own is not None and own.kind != "histogram":
        return own
    for suffix in HISTOGRAM_SUFFIXES:
        base = known.get(name.removesuffix(suffix))
        if base is not None and base.kind == "histogram" and name.endswith(suffix):
            return base
    return None
