"""The quota that a spec draws on, as series of Cloud Monitoring: what `for_each` of the quota signals goes through.

Older limits share one pair of metrics, so one condition reads all of them; limits per family have a pair for each kind
of family. Names are exact: a pattern such as ``cpus`` wouldn't match ``n2_cpus``, as patterns are anchored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from weighbridge.catalog import Catalog
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.demand import drawn_keys
from weighbridge.signals.expression import Match
from weighbridge.signals.quota_series import LOCATION_LABEL, QuotaSeries, quota_series_of
from weighbridge.spec.root import Spec


@dataclass(frozen=True, slots=True)
class QuotaLists:
    """Words of each pair of usage and limit series, and of each filter that picks an exceeded limit."""

    series: tuple[Mapping[str, str], ...] = ()
    exceeded: tuple[Mapping[str, str], ...] = ()
    unseen: tuple[QuotaKey, ...] = ()
    """Limits that no known metric shows."""


def quota_lists(spec: Spec, catalog: Catalog) -> QuotaLists:
    """The series of every limit that a checked spec may draw on."""
    keys = drawn_keys(spec, catalog)
    found = [(key, quota_series_of(key.quota_id, key.dimensions, catalog)) for key in keys]
    seen = [(key, series) for key, series in found if series is not None]
    return QuotaLists(
        series=tuple(_series(seen)),
        exceeded=tuple(
            {
                "entry": str(key),
                "exceeded_filter": series.exceeded_filter(key.region),
                "exceeded_aligner": series.exceeded_aligner,
            }
            for key, series in seen
        ),
        unseen=tuple(key for key, series in found if series is None),
    )


def _series(seen: Iterable[tuple[QuotaKey, QuotaSeries]]) -> Iterable[Mapping[str, str]]:
    together: dict[tuple[str, str], list[tuple[QuotaKey, QuotaSeries]]] = {}
    for key, series in seen:
        together.setdefault((series.usage, series.limit), []).append((key, series))
    for (usage, limit), group in sorted(together.items()):
        own = group[0][1].matches[-1].label  # what tells these limits apart
        shared = group[0][1].matches[:-1]
        matches = (
            *shared,
            _any(own, (series.matches[-1].value for _, series in group)),
            _any(LOCATION_LABEL, (key.region for key, _ in group)),
        )
        of = ", ".join(map(str, matches))
        yield {
            "entry": own if len(together) > 1 else "",
            "by": f"{LOCATION_LABEL}, {own}",
            "usage": usage,
            "usage_of": of,
            "limit": limit,
            "limit_of": of,
        }


def _any(label: str, values: Iterable[str]) -> Match:
    """A matcher of exactly these values."""
    known = sorted(set(values))
    if len(known) == 1:
        return Match(label, "=", known[0])
    prefix = known[0].rpartition("/")[0] + "/"
    if all(value.startswith(prefix) for value in known):  # all of one service
        return Match(label, "=~", _exactly(prefix) + f"({'|'.join(_exactly(value[len(prefix) :]) for value in known)})")
    return Match(label, "=~", "|".join(map(_exactly, known)))


def _exactly(text: str) -> str:
    return text.replace(".", "[.]")
