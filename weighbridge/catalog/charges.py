"""Which limits a thing draws on, read from quota_ids.csv."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, cast

from weighbridge.catalog.rows import QuotaId, QuotaResource
from weighbridge.catalog.tables import CONFIDENCE, pairs, rows


@dataclass(frozen=True, slots=True)
class Charge:
    """One limit that a rule names; `quota` is None where its id is not known, and `note` says why."""

    quota: QuotaId | None
    note: str


@dataclass(frozen=True, slots=True)
class ChargeRule:
    """The limits that one kind of thing draws on; all empty: none."""

    standard: Charge | None = None
    preemptible: Charge | None = None  # None: as standard
    always: Charge | None = None  # as well as one of the others

    @property
    def spot_pool(self) -> str | None:
        """How a quota file names the preemptible limit."""
        return self.preemptible.quota.spot_pool if self.preemptible and self.preemptible.quota else None

    def known(self) -> Iterator[QuotaId]:
        """Every limit of the rule whose id is known."""
        for charge in (self.standard, self.preemptible, self.always):
            if charge is not None and charge.quota is not None:
                yield charge.quota

    def charges(self, *, preemptible: bool) -> Iterator[Charge]:
        """The limits that machines so bought draw on; where no limit is preemptible, the standard one."""
        first = self.preemptible if preemptible and self.preemptible is not None else self.standard
        for charge in (first, self.always):
            if charge is not None:
                yield charge


def charge_rules() -> Mapping[QuotaResource, Mapping[str, ChargeRule]]:
    """quota_ids.csv by resource and by what it matches.

    A resource whose only match is ``*`` is charged alike for everything; elsewhere ``*`` adds to every other match,
    except those that draw on nothing.
    """
    charges: dict[QuotaResource, dict[str, dict[str, Charge]]] = {}
    for resource, match, draws, *facts in rows("quota_ids.csv"):
        charge = _charge(QuotaResource(resource), facts)
        for one in match.split():
            charges.setdefault(QuotaResource(resource), {}).setdefault(one, {})[draws] = charge
    return MappingProxyType({resource: MappingProxyType(_rules(found)) for resource, found in charges.items()})


def _charge(resource: QuotaResource, facts: list[str]) -> Charge:
    quota_id, scope, dimensions, unit, display, some_only, spot_pool, sure, source, note = facts
    if not quota_id:
        return Charge(None, note)
    quota = QuotaId(
        resource=resource,
        quota_id=quota_id,
        scope=cast('Literal["region", "zone", "global"]', scope),
        dimensions=tuple(sorted(pairs(dimensions, "="))),
        unit=unit,
        display=display,
        on_some_projects_only=some_only == "1",
        confidence=CONFIDENCE[sure],
        source=source,
        spot_pool=spot_pool or None,
        note=note,
    )
    return Charge(quota, note)


def _rules(matches: Mapping[str, Mapping[str, Charge]]) -> dict[str, ChargeRule]:
    everything = matches.get("*", {})
    return {
        match: ChargeRule() if "nothing" in draws else ChargeRule(**{**everything, **draws})
        for match, draws in matches.items()
        if match != "*" or len(matches) == 1
    }
