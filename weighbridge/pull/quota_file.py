"""The quota file as it should be by what was read, and everything about it that a person has to know."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from weighbridge.catalog import Catalog
from weighbridge.cloud_api.quotas import QuotaPreference
from weighbridge.pull.limits import ChangedLimit, key_of_entry, pull_limits, raised_by_adjuster
from weighbridge.pull.reading import Reading
from weighbridge.pull.reservations import pull_reservations
from weighbridge.pull.sold import in_few_words
from weighbridge.pull.unexplained import find_unexplained
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.demand import demand_of_stacks
from weighbridge.quota.ledger import StackDemand
from weighbridge.spec.quota_file import (
    UNLIMITED,
    UNLIMITED_BY_SIZE,
    QuotaFile,
    QuotaRequest,
    RequestState,
    Unexplained,
)


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A budget that Google's quota adjuster may raise, or has asked to."""

    key: QuotaKey
    limit: int
    asked: bool


@dataclass(frozen=True, slots=True)
class PulledFile:
    """The file as it should be, and what to say of it; what was not read comes first."""

    quota: QuotaFile
    limits: tuple[ChangedLimit, ...]
    use_unknown: tuple[QuotaKey, ...]
    uncounted: tuple[str, ...]  # reservations that are not of machines that the catalog has
    no_such_zones: tuple[str, ...]
    adjuster_unread: str
    unexplained: tuple[Unexplained, ...]
    adjuster_on: bool
    adjusted: tuple[Adjusted, ...]
    asked: tuple[str, ...]  # reservations of the future that Google has not promised
    spot_pools: tuple[QuotaKey, ...]  # preemptible limits that were granted, and that spot_pools doesn't name


def pulled_file(
    quota: QuotaFile, reading: Reading, by_spec: Mapping[str, StackDemand], clusters: Collection[str],
    regions: Collection[str], catalog: Catalog, now: datetime,
) -> PulledFile:  # fmt: skip
    """`by_spec` is what stacks draw by their specs; `clusters` are theirs; `regions` are to be listed as well."""
    demands = demand_of_stacks(by_spec, quota, catalog)
    reserved = pull_reservations(quota, reading.reservations, reading.futures, catalog)
    held = quota.model_copy(update={"reservations": reserved.entries})
    drawn = dict.fromkeys(key for demand in demands.values() for key in demand.drawn)
    limits = pull_limits(held, reading, drawn, regions, catalog)
    unexplained = find_unexplained(held, limits.limits, demands, clusters, reading.instances, catalog)
    sold = {
        **quota.sold,
        **{
            zone: in_few_words({machine.name for machine in found}, catalog)
            for zone, found in reading.sold.items()
            if found is not None
        },
    }
    for zone, found in reading.sold.items():
        if found is None:
            sold.pop(zone, None)
    wanted = held.model_copy(
        update={
            "pulled_at": now.replace(microsecond=0),
            "limits": limits.limits,
            "unexplained": unexplained,
            "sold": sold,
            "requests": tuple(_answered(request, reading) for request in quota.requests),
        }
    )
    return PulledFile(
        quota=wanted,
        limits=limits.changes,
        use_unknown=limits.use_unknown,
        uncounted=reserved.uncounted,
        no_such_zones=tuple(zone for zone, found in reading.sold.items() if found is None),
        adjuster_unread=reading.adjuster_unread if reading.adjuster is None else "",
        unexplained=unexplained,
        adjuster_on=reading.adjuster is True,
        adjusted=tuple(_adjusted(quota, reading)),
        asked=reserved.asked,
        spot_pools=tuple(_unlisted_pools(wanted, catalog)),
    )


def out_of_date(old: QuotaFile, new: QuotaFile, now: datetime) -> bool:
    """Whether a file would admit something else than what was pulled does: use alone, or its day, says nothing.

    Less unexplained use than the file has leaves it on the safe side; so does every pull within `max_age`.
    """
    if old.max_age is not None and now - old.pulled_at > old.max_age:
        return True
    before = {_identity(entry): entry.amount for entry in old.unexplained}
    if any(entry.amount > before.get(_identity(entry), 0) for entry in new.unexplained):
        return True
    return _compared(old) != _compared(new)


def _compared(quota: QuotaFile) -> QuotaFile:
    limits = tuple(limit.model_copy(update={"used": None}) for limit in quota.limits)
    return quota.model_copy(update={"limits": limits, "pulled_at": None, "unexplained": ()})


def _identity(entry: Unexplained) -> tuple[object, ...]:
    return entry.quota, entry.region, tuple(sorted(entry.dimensions.items()))


def _answered(request: QuotaRequest, reading: Reading) -> QuotaRequest:
    """A request with what came of it. Google keeps one for each quota and place, whoever made it last."""
    wanted = request.quota, request.region, tuple(sorted(request.dimensions.items()))
    found = next(
        (entry for entry in reading.preferences if (entry.quota_id, entry.region, entry.further) == wanted), None
    )
    state = _state(request, found) if found is not None else None
    given = found.quota_config.granted_value if found is not None else None
    given = UNLIMITED if given is not None and given >= UNLIMITED_BY_SIZE else given
    return request.model_copy(update={"state": state, "granted": given if state is not None else None})


def _state(request: QuotaRequest, found: QuotaPreference) -> RequestState | None:
    """None where what Google has is a request for less, made before this one."""
    config = found.quota_config
    given = config.granted_value
    if given is not None and (given == UNLIMITED or given >= request.value):
        return "granted"
    if config.preferred_value != UNLIMITED and config.preferred_value < request.value:
        return None
    return "pending" if found.reconciling else "denied"


def _adjusted(quota: QuotaFile, reading: Reading) -> Iterator[Adjusted]:
    for limit in quota.limits:
        key = key_of_entry(quota.project, limit)
        asked = raised_by_adjuster(reading, key)
        if limit.fixed and (reading.adjuster or asked):
            yield Adjusted(key, limit.limit, asked)


def _unlisted_pools(quota: QuotaFile, catalog: Catalog) -> Iterator[QuotaKey]:
    for limit in quota.limits:
        key = key_of_entry(quota.project, limit)
        known = catalog.units_of(key.quota_id, key.dimensions)
        pool = known.spot_pool if known is not None else None
        if pool is not None and limit.limit != 0 and pool not in quota.spot_pools:
            yield key
