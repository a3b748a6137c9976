"""What the pack knows of the run that it judges: which stack, preview or not, its resources so far, what is shared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import RLock

from weighbridge.catalog import Catalog
from weighbridge.catalog import load as load_catalog
from weighbridge.errors import WrongInput
from weighbridge.files.problem import FileError, FolderError
from weighbridge.quota.arithmetic import Claim, QuotaKey
from weighbridge.quota.demand import demand_of_specs
from weighbridge.quota.ledger import Demand
from weighbridge.resources.held_resource import CLUSTER_TYPE, HeldResource, Surroundings
from weighbridge.rules.enforcement import level_of
from weighbridge.rules.finding import Finding, Level
from weighbridge.spec.quota_file import QuotaFile
from weighbridge.spec.root import Spec
from weighbridge.stacks.load import read_folder


@dataclass(frozen=True, slots=True)
class Shared:
    """What all stacks share, and what the others may draw on it by their specs."""

    quota: QuotaFile
    others: Mapping[str, Demand]
    others_by_key: Mapping[QuotaKey, Mapping[str, tuple[Claim, ...]]]
    own: Spec | None
    """The stack's own spec, for what resources don't say: rollouts and their approvals."""


class Unreadable(WrongInput):
    """The folder of specs can't be used; `lines` say why, one a problem."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))


class Run:
    """State of one run, begun anew by each ConfigureStack and Configure. `lock` guards it; rules take it."""

    def __init__(self, stacks: Path, now: Callable[[], datetime]) -> None:
        self.lock = RLock()
        self.dry_run: bool | None = None
        """Whether ConfigureStack announced a preview; None where it never came (`pulumi policy analyze`)."""
        self.analyzed: dict[str, HeldResource] = {}
        """Resources by URN, with the inputs that Analyze gave: exact, where AnalyzeStack has unknown outputs."""
        self.resources: tuple[HeldResource, ...] = ()
        """The whole stack, as AnalyzeStack lists it."""
        self.admitted: dict[str, Demand] = {}
        """What was let through resource by resource, by URN."""
        self.levels: dict[tuple[str, str], set[Level]] = {}
        """How what was reported counts, by rule and text: the SDK knows one level for all that a rule reports."""
        self._clusters: dict[str, HeldResource] = {}
        self._stacks = stacks
        self._now = now
        self._stack: str | None = None
        self._shared: Shared | None = None
        self._time: datetime | None = None

    def begin(self, stack: str, *, dry_run: bool) -> None:
        """ConfigureStack came. Its word counts: the environment can be set by the caller."""
        with self.lock:
            self._stack, self.dry_run = stack or None, dry_run
            self.forget()

    def forget(self) -> None:
        """Configure came: what follows belongs to a new run."""
        with self.lock:
            self.analyzed.clear()
            self._clusters.clear()
            self.admitted.clear()
            self.levels.clear()
            self.resources, self._shared, self._time = (), None, None

    def remember(self, resource: HeldResource) -> None:
        """Analyze came for a resource."""
        with self.lock:
            self.analyzed[resource.urn] = resource
            if resource.type == CLUSTER_TYPE:
                self._clusters[resource.urn] = resource

    def surroundings(self, quota: QuotaFile) -> Surroundings:
        """What surrounds a resource that comes now."""
        return Surroundings(quota, self.catalog, tuple(self._clusters.values()))

    @property
    def catalog(self) -> Catalog:
        """The catalog of machines and quota ids."""
        return load_catalog()

    @property
    def now(self) -> datetime:
        """The moment that this run is judged at, the same for all of its rules."""
        if self._time is None:
            self._time = self._now()
        return self._time

    def stack_of(self, urn: str) -> str:
        """The stack's name, from the URN of one of its resources where ConfigureStack never came."""
        return self._stack or urn.removeprefix("urn:pulumi:").partition("::")[0]

    def shared(self, stack: str) -> Shared:
        """What is shared, read once. Raises `Unreadable`."""
        with self.lock:
            if self._shared is None:
                self._shared = self._read(stack)
            return self._shared

    def own_spec(self, resources: Sequence[HeldResource]) -> Spec | None:
        """The stack's own spec; None where it has none, or none that can be read."""
        with suppress(Unreadable):
            return self.shared(self.stack_of(resources[0].urn if resources else "")).own
        return None

    def judge_own_spec(
        self, resources: Sequence[HeldResource], judge: Callable[[Spec | None], Iterable[Finding]]
    ) -> Iterable[Finding]:
        """What a rule about the stack's own spec finds; None is a stack without one.

        Nothing where the specs can't be read: `shared-quota` blocks then, and says why.
        """
        if not resources:
            return ()
        try:
            spec = self.shared(self.stack_of(resources[0].urn)).own
        except Unreadable:
            return ()
        return judge(spec)

    def judge_on_nodes(
        self,
        resources: Sequence[HeldResource],
        judge: Callable[[Surroundings, Spec | None], Iterable[Finding]],
    ) -> Iterable[Finding]:
        """As `judge_own_spec`, for a rule that also looks at node pools and what surrounds them."""

        def with_surroundings(spec: Spec | None) -> Iterable[Finding]:
            quota = self.shared(self.stack_of(resources[0].urn)).quota
            return judge(Surroundings.of(resources, quota, self.catalog), spec)

        return self.judge_own_spec(resources, with_surroundings)

    def reported(self, finding: Finding, resources: Sequence[HeldResource]) -> None:
        """Notes how a finding about a stack's resources counts; it blocks where the specs can't be read."""
        spec = self.own_spec(resources)
        with self.lock:
            level = level_of(finding.rule, finding.level, spec)
            self.levels.setdefault((finding.rule, finding.said), set()).add(level)

    def advises(self, rule: str, said: str) -> bool:
        """Whether what a rule said only advises. What nobody noted, or noted in both ways, blocks."""
        with self.lock:
            return self.levels.get((rule, said)) == {"advisory"}

    def _read(self, stack: str) -> Shared:
        try:
            folder = read_folder(self._stacks)
        except (FileError, FolderError) as error:
            raise Unreadable(tuple(error.lines())) from error
        others = demand_of_specs(folder.specs, folder.quota, self.catalog, but=stack)
        return Shared(folder.quota, others, _by_key(others), folder.specs.get(stack))


def _by_key(demands: Mapping[str, Demand]) -> Mapping[QuotaKey, Mapping[str, tuple[Claim, ...]]]:
    grouped: dict[QuotaKey, dict[str, list[Claim]]] = {}
    for stack, demand in demands.items():
        for claim in demand.claims:
            grouped.setdefault(claim.key, {}).setdefault(stack, []).append(claim)
    return {key: {stack: tuple(held) for stack, held in by.items()} for key, by in grouped.items()}
