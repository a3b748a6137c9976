"""What a preview found, as one frozen value. It knows neither its format nor the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from weighbridge.alerting.cost import AlertingCost
from weighbridge.dashboards.tile import DashboardPlan
from weighbridge.errors import BLOCKED, COULD_NOT_JUDGE, OK, WRONG
from weighbridge.files.problem import KeyPath
from weighbridge.quota.cost import Cost
from weighbridge.quota.ledger import LedgerRow
from weighbridge.resources.values import Value
from weighbridge.rules.violation import Excess


class PreviewVerdict(StrEnum):
    """Whether the stack may ship."""

    ADMITTED = "admitted"
    BLOCKED = "blocked"
    COULD_NOT_JUDGE = "could not judge"
    WRONG_SPEC = "wrong spec"  # or another file that people write, so nothing was run


EXIT_CODES: Mapping[PreviewVerdict, int] = {
    PreviewVerdict.ADMITTED: OK,
    PreviewVerdict.BLOCKED: BLOCKED,
    PreviewVerdict.COULD_NOT_JUDGE: COULD_NOT_JUDGE,
    PreviewVerdict.WRONG_SPEC: WRONG,
}


class Operation(StrEnum):
    """What an update would do to a resource."""

    REPLACE = "replace"
    MAY_REPLACE = "may replace"
    DELETE = "delete"
    UPDATE = "update"
    CREATE = "create"
    READ = "read"
    SAME = "same"


ALERT_POLICY = "gcp:monitoring/alertPolicy:AlertPolicy"
REPLACING = (Operation.REPLACE, Operation.MAY_REPLACE)


@dataclass(frozen=True, slots=True)
class Location:
    """A line of a file, relative to the project's folder; line and column from 1."""

    file: str
    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class AskedPolicy:
    """A policy of the pack that was asked."""

    name: str
    description: str
    level: str
    remediation: str = ""
    help_uri: str = ""


@dataclass(frozen=True, slots=True)
class LocatedViolation:
    """What a policy reported, with its line. `resource` is its logical name, empty for the stack as a whole."""

    policy: str
    level: str  # mandatory or advisory
    message: str
    urn: str
    resource: str
    location: Location
    path: KeyPath | None = None  # of the spec; None: it is about nothing in it, or a pack of somebody else said it
    holder: str | None = None  # what is to change, as people call it
    excess: Excess | None = None


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """One property that changes. Values are plain, `Unknown` or `Secret`; None is absent."""

    path: str  # camelCase, dotted, [0]
    old: Value
    new: Value
    effect: Operation  # update, replace, may replace
    recreates_nodes: bool = False
    by_option: bool = False  # the program's options make it replace, and not the provider


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one resource."""

    operation: Operation
    urn: str
    type: str
    name: str
    properties: tuple[PropertyChange, ...] = ()
    delete_first: bool = False  # a replacement that deletes before it creates
    note: str = ""
    parent: str | None = None  # URN
    stays: bool = False  # a delete that stops nothing: what leaves the stack, or is an old copy of what stays
    before: str | None = None  # the URN that it has in the state; None: it is new


@dataclass(frozen=True, slots=True)
class Flag:
    """A change that a reviewer must not overlook; `message` is one sentence or two."""

    urn: str
    name: str
    message: str
    operation: Operation = Operation.REPLACE


@dataclass(frozen=True, slots=True)
class Before:
    """What this stack held of a key before the change."""

    steady: int
    peak: int


@dataclass(frozen=True, slots=True)
class QuotaLine:
    """A row of the ledger that this stack draws on; `before` is None without a state to compare with."""

    row: LedgerRow
    steady: int
    peak: int
    before: Before | None = None
    during: int | None = None  # the most that this stack may hold while the update runs; None without a state

    @property
    def more_meanwhile(self) -> int | None:
        """What it may hold while the update runs, where that is more than before and after."""
        ends = max(self.peak, self.before.peak if self.before is not None else 0)
        return self.during if self.during is not None and self.during > ends else None


@dataclass(frozen=True, slots=True)
class PoolLine:
    """A node pool, for people."""

    name: str
    machine_type: str
    accelerators: str  # "1 x NVIDIA L4", "4 TPU chips", ""
    provisioning: str
    least_nodes: int
    most_nodes: int
    peak_nodes: int
    least_monthly: Decimal | None = None  # US dollars; None where no price is known
    most_monthly: Decimal | None = None
    priced_on: date | None = None
    expected_monthly: Decimal | None = None  # None too where the program has no spec to expect anything by


@dataclass(frozen=True, slots=True)
class CostShare:
    """What one endpoint or pipeline takes of its node pool, in US dollars a month; None where that has no price."""

    name: str
    kind: Literal["endpoint", "pipeline"]
    node_pool: str
    least_monthly: Decimal | None = None
    expected_monthly: Decimal | None = None
    most_monthly: Decimal | None = None
    priced_on: date | None = None
    assumed: str = ""  # what the expected sum rests on that the spec doesn't say


@dataclass(frozen=True, slots=True)
class NotJudged:
    """Why it could not be judged: one line, and the program's or pack's own words."""

    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RolloutStep:
    """One step of a rollout. `began` is None where nothing is on record."""

    weight: Decimal  # per cent
    place: Literal["done", "now", "next", "later"]
    began: datetime | None = None
    approved_by: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RolloutView:
    """Where an endpoint's traffic goes, and the steps of its rollout; without one, `candidate` is empty."""

    endpoint: str
    weights: tuple[tuple[str, Decimal], ...]  # version and per cent; together 100
    candidate: str = ""
    steps: tuple[RolloutStep, ...] = ()
    then: str = ""  # what is next, in words
    blocks: tuple[str, ...] = ()  # what has to be mended before that
    rolled_back: bool = False  # its candidate takes nothing, and nothing goes on
    hostname: str = ""
    node_pool: str = ""


@dataclass(frozen=True, slots=True)
class CoverageCell:
    """One requirement of one endpoint or pipeline, and what becomes of it."""

    subject: str
    kind: str
    name: str
    state: Literal["watched", "exempt", "blind", "could be watched"]
    signals: tuple[str, ...] = ()
    why: str = ""  # of a blind one: what the spec would have to say; of an exempt one: who, until when, why


@dataclass(frozen=True, slots=True)
class LimitChange:
    """A limit of the quota file that changes, or what others take of it; amounts in its unit, None: not listed."""

    display: str
    what: str  # limit, kept free, outside, other stacks
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class ShortLimit:
    """A limit that is too small for what is asked of it."""

    display: str
    region: str
    demand: int
    limit: int


@dataclass(frozen=True, slots=True)
class Effect:
    """Who else would no longer fit after the change: another stack, or a pull request that holds a claim for one."""

    stack: str
    holder: str  # empty: the stack by its spec and as it is deployed
    short: tuple[ShortLimit, ...]


@dataclass(frozen=True, slots=True)
class Base:
    """What the working tree changes of another revision's stack. `changes` are destructive first."""

    revision: str  # for people: a name and a commit
    verdict: PreviewVerdict
    existed: bool = True  # the stack was there
    blocked: int = 0  # violations that blocked it
    mended: tuple[LocatedViolation, ...] = ()  # blocked the base, and no longer
    added: tuple[LocatedViolation, ...] = ()  # block now, and did not block the base
    changes: tuple[Change, ...] = ()
    limits: tuple[LimitChange, ...] = ()
    cost: Cost | None = None  # of the base
    budget_before: Decimal | None = None
    rollouts: tuple[tuple[RolloutView | None, RolloutView | None], ...] = ()  # those that differ: before, after
    cells: tuple[tuple[CoverageCell | None, CoverageCell | None], ...] = ()  # those that differ: before, after
    effects: tuple[Effect, ...] = ()

    def count(self, operation: Operation) -> int:
        """How many resources an operation is planned for."""
        return sum(change.operation is operation for change in self.changes)

    @property
    def alerts(self) -> tuple[Change, ...]:
        """The alert policies among the changes."""
        return tuple(
            change
            for change in self.changes
            if change.type == ALERT_POLICY and change.operation not in (Operation.SAME, Operation.READ)
        )


@dataclass(frozen=True, slots=True)
class PreviewResult:
    """A preview of one stack."""

    stack: str
    project: str  # Google Cloud's
    region: str
    owner: str
    production: bool
    spec_file: str  # relative to the project's folder
    at: datetime
    verdict: PreviewVerdict
    rules: tuple[AskedPolicy, ...] = ()
    violations: tuple[LocatedViolation, ...] = ()  # mandatory first
    guarded: bool = True  # whether the pack has the rule that guards the quota; else the preview judges the ledger
    changes: tuple[Change, ...] = ()  # destructive first
    compared: bool = False  # with a state or a revision; otherwise everything is to be created
    with_state: bool = False  # whether `changes` are those of a state, and not the base's
    base: Base | None = None
    rollouts: tuple[RolloutView, ...] = ()  # only where they were asked for, as the coverage
    coverage: tuple[CoverageCell, ...] = ()
    pipelines: tuple[tuple[str, str], ...] = ()  # name and node pool; asked for with the rollouts
    dashboards: tuple[DashboardPlan, ...] = ()  # the same; in no JSON
    flags: tuple[Flag, ...] = ()
    quota: tuple[QuotaLine, ...] = ()
    quota_untouched: int = 0  # rows of the ledger that this stack doesn't draw on
    quota_notes: tuple[str, ...] = ()  # what of its draw the node pools alone don't explain
    pools: tuple[PoolLine, ...] = ()
    cost: Cost | None = None
    cost_shares: tuple[CostShare, ...] = ()
    alerting: AlertingCost | None = None
    failure: NotJudged | None = None
    unread: tuple[str, ...] = ()  # what the verdict goes without, as nobody could read it here
    notes: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)  # by part; shown by no golden file

    @property
    def exit_code(self) -> int:
        """0 admitted, 1 blocked, 2 a wrong spec, 3 could not judge."""
        return EXIT_CODES[self.verdict]

    @property
    def blocking(self) -> tuple[LocatedViolation, ...]:
        return tuple(violation for violation in self.violations if violation.level == "mandatory")

    @property
    def advice(self) -> tuple[LocatedViolation, ...]:
        return tuple(violation for violation in self.violations if violation.level != "mandatory")

    def count(self, operation: Operation) -> int:
        """How many resources an operation is planned for."""
        return sum(change.operation is operation for change in self.changes)

    @property
    def since(self) -> str:
        """The revision that the changes are counted from; empty where it is a state, or nothing."""
        return self.base.revision if self.base is not None and not self.with_state else ""
