"""What a rule is asked about: resources of one stack, its spec, and what it shares with the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from weighbridge.catalog import Catalog
from weighbridge.claims.book import Book
from weighbridge.claims.held import ClaimsRead, claimed_of_itself, claimed_of_others, joined_claims
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.demand import demand_of_stacks
from weighbridge.quota.holders import demand_within
from weighbridge.quota.ledger import NOTHING_CLAIMED, Claimed, Demand, StackDemand
from weighbridge.resources.held_resource import HeldResource, Surroundings
from weighbridge.spec.quota_file import QuotaFile
from weighbridge.spec.root import Spec


@dataclass(frozen=True, slots=True)
class Shared:
    """What all stacks share, and what the others may draw on it by their specs."""

    quota: QuotaFile
    others: Mapping[str, StackDemand]
    own: Spec | None
    """The stack's own spec, for what resources don't say: rollouts and their approvals. None: it has none."""
    granted: StackDemand
    """What the others count for this stack: by its spec, and as the quota file declares."""
    claims: ClaimsRead = None
    """What pull requests and deployments hold; None: the quota file names no store."""
    holder: str | None = None
    """Whose claim the stack's own demand is, where that is known."""

    @classmethod
    def of(
        cls, stack: str, own: Spec | None, by_spec: Mapping[str, StackDemand], quota: QuotaFile, catalog: Catalog,
        claims: ClaimsRead = None,
    ) -> Shared:  # fmt: skip
        """What a stack shares with all others of a folder; `by_spec` is the demand of every spec, its own too."""
        demands = demand_of_stacks(by_spec, quota, catalog)
        granted = demands.pop(stack, Demand())
        return cls(quota, demands, own, granted, claims)

    def claimed(self, stack: str, own: StackDemand) -> Claimed:
        """What is claimed beyond the specs of the others, and beyond `own` of the stack itself."""
        if not isinstance(self.claims, Book):
            return NOTHING_CLAIMED
        of_itself = claimed_of_itself(self.claims, stack, own, self.holder)
        return joined_claims(claimed_of_others(self.claims, self.others, stack), of_itself)


@dataclass(frozen=True, slots=True)
class Gate:
    """What the ticket of an update says: why it stays closed, or what may be drawn of each limit at most."""

    closed: str | None
    peaks: Mapping[QuotaKey, int] = field(default_factory=dict)


@dataclass(frozen=True)
class RuleInput:
    """What a rule judges: all resources of a stack, or one that is about to be created."""

    stack: str
    resources: tuple[HeldResource, ...]
    around: Surroundings
    shared: Shared
    now: datetime
    admitted: Mapping[str, Demand] = field(default_factory=dict)
    """Of one resource: what was let through before it, by URN."""
    gate: Gate | None = None
    """Of one resource that an update is about to create, where the quota file asks for tickets."""

    @property
    def spec(self) -> Spec | None:
        """The stack's own spec."""
        return self.shared.own

    @property
    def catalog(self) -> Catalog:
        """Machines, accelerators and the quota that they draw."""
        return self.around.catalog

    @cached_property
    def demand(self) -> Demand:
        """What the resources may draw, and what can't be told."""
        return demand_within(self.resources, self.around)
