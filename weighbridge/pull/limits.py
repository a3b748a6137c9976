"""Limits as the file has them against limits as granted: -1, absent and 0 kept apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from weighbridge.catalog import Catalog
from weighbridge.cloud_api.quotas import AUTO_ADJUSTER, SERVICE, Granted
from weighbridge.cloud_api.usage import MeasuredUse
from weighbridge.pull.reading import Reading
from weighbridge.quota.arithmetic import GLOBAL, QuotaKey
from weighbridge.quota.reservations import MACHINES
from weighbridge.spec.quota_file import UNLIMITED, UNLIMITED_BY_SIZE, Limit, QuotaFile


class LimitShift(StrEnum):
    """What a pull does to a limit."""

    RAISED = "raised"
    LOWERED = "lowered"
    ADDED = "added"
    GONE = "gone"  # Google lists none, so it counts as zero
    KEPT = "kept"  # Google lists none, and the file says unlimited, or something else in it names the limit
    HELD = "held"  # a budget that Google's grant is above


@dataclass(frozen=True, slots=True)
class ChangedLimit:
    """One limit that differs; amounts in the quota's unit, None where there is none."""

    key: QuotaKey
    kind: LimitShift
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class PulledLimits:
    """The limits as they should be, and what differs."""

    limits: tuple[Limit, ...]
    changes: tuple[ChangedLimit, ...]
    use_unknown: tuple[QuotaKey, ...]  # of which nothing says how much is used


def pull_limits(
    quota: QuotaFile, reading: Reading, drawn: Iterable[QuotaKey], regions: Collection[str], catalog: Catalog
) -> PulledLimits:
    """`drawn` are limits that stacks draw on; `regions` are those to list all of them for, too."""
    changes: list[ChangedLimit] = []
    limits: list[Limit] = []
    named = _named(quota)
    for entry in quota.limits:
        key = key_of_entry(quota.project, entry)
        if not is_of_compute(key, catalog):
            limits.append(entry)  # nobody was asked for it
            continue
        value = granted_value(reading.granted, key)
        change = _change(key, entry, value, named=key in named)
        if change is not None:
            changes.append(change)
        if change is None or change.kind is not LimitShift.GONE:
            limit = entry.limit if value is None else value
            if entry.fixed and (limit == UNLIMITED or limit > entry.limit):
                limit = entry.limit
            limits.append(_with(entry, limit, use_of(reading.uses, key, reading.granted, catalog)))
    listed = {key_of_entry(quota.project, entry) for entry in quota.limits}
    for key in _wanted(quota, drawn, regions, listed):
        value = granted_value(reading.granted, key)
        if value is not None:
            changes.append(ChangedLimit(key, LimitShift.ADDED, None, value))
            added = Limit(quota=key.quota_id, region=key.region, dimensions=dict(key.dimensions), limit=value)
            limits.append(_with(added, value, use_of(reading.uses, key, reading.granted, catalog)))
    unknown = [key_of_entry(quota.project, limit) for limit in limits if limit.used is None]
    return PulledLimits(tuple(limits), tuple(changes), tuple(unknown))


def key_of_entry(project: str, entry: Limit) -> QuotaKey:
    """The key of a limit of the file."""
    return QuotaKey(project, entry.region, entry.quota, tuple(sorted(entry.dimensions.items())))


def is_of_compute(key: QuotaKey, catalog: Catalog) -> bool:
    """Whether it is a limit of Compute Engine's: a pull reads no others."""
    row = catalog.quota_metrics.get(key.quota_id)
    return row is None or row.service == SERVICE


def granted_value(granted: Granted, key: QuotaKey) -> int | None:
    """What Google granted, None where it lists no such limit."""
    info = granted.infos.get(key.quota_id)
    return info.value(key.region, dict(key.dimensions)) if info is not None else None


def use_of(uses: Sequence[MeasuredUse], key: QuotaKey, granted: Granted, catalog: Catalog) -> int | None:
    """The most that anything says is used of a limit, None where nothing does."""
    row = catalog.quota_metrics.get(key.quota_id)
    info = granted.infos.get(key.quota_id)
    metrics = {row.metric} if row is not None else set()
    if info is not None and info.metric and (row is None or row.surface == "consumer_quota"):
        metrics.add(info.metric)
    family = next((value for _, value in key.dimensions), "")
    amounts = [
        use.amount for use in uses if use.metric in metrics and use.region == key.region and use.family == family
    ]
    return max(0, *amounts) if amounts else None


def raised_by_adjuster(reading: Reading, key: QuotaKey) -> bool:
    """Whether the last request for a limit is one of Google's quota adjuster."""
    return any(
        entry.quota_config.request_origin == AUTO_ADJUSTER
        and (entry.quota_id, entry.region, entry.further) == (key.quota_id, key.region, key.dimensions)
        for entry in reading.preferences
    )


def _change(key: QuotaKey, entry: Limit, value: int | None, *, named: bool) -> ChangedLimit | None:
    before = UNLIMITED if entry.limit >= UNLIMITED_BY_SIZE else entry.limit
    if value is None:
        kept = before == UNLIMITED or named
        return ChangedLimit(key, LimitShift.KEPT if kept else LimitShift.GONE, before, before if kept else None)
    if value == before:
        return None
    more = value == UNLIMITED or (before != UNLIMITED and value > before)
    if more and entry.fixed:
        return ChangedLimit(key, LimitShift.HELD, before, value)
    return ChangedLimit(key, LimitShift.RAISED if more else LimitShift.LOWERED, before, value)


def _with(entry: Limit, limit: int, used: int | None) -> Limit:
    return entry.model_copy(update={"limit": limit, "used": used})


def _named(quota: QuotaFile) -> frozenset[QuotaKey]:
    """Limits that other entries of the file need to be listed."""
    return frozenset(
        QuotaKey(quota.project, entry.region, entry.quota, tuple(sorted(entry.dimensions.items())))
        for entry in quota.outside
    )


def _wanted(
    quota: QuotaFile, drawn: Iterable[QuotaKey], regions: Collection[str], listed: Collection[QuotaKey]
) -> Iterator[QuotaKey]:
    """Limits that are to be listed too, each once."""
    own = [key for key in drawn if key.project == quota.project and not key.quota_id.startswith(MACHINES)]
    elsewhere = [
        QuotaKey(key.project, region, key.quota_id, key.dimensions)
        for region in regions
        for key in [*listed, *own]
        if key.region != GLOBAL
    ]
    places: Mapping[QuotaKey, None] = dict.fromkeys(sorted({*own, *elsewhere}))
    yield from (key for key in places if key not in listed)
