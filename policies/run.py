"""What the pack knows of the run that it judges: which stack, preview or not, its resources so far, what is shared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import RLock

from weighbridge.catalog import Catalog
from weighbridge.catalog import load as load_catalog
from weighbridge.claims.opening import read_claims
from weighbridge.conventions import PACK_FOLDER
from weighbridge.errors import WrongInput
from weighbridge.files.problem import FileError, FolderError
from weighbridge.files.project import Project
from weighbridge.host.masking import Mask
from weighbridge.quota.ledger import Demand
from weighbridge.resources import autonaming
from weighbridge.resources.held_resource import CLUSTER_TYPE, HeldResource, Surroundings
from weighbridge.resources.values import secret_texts
from weighbridge.rules.rule_input import Gate, RuleInput, Shared
from weighbridge.rules.violation import Violation
from weighbridge.stacks.load import read_folder

from .gate import gate_of


class UnreadableSpecs(WrongInput):
    """The folder of specs can't be used; `lines` say why, one a problem."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))


class Run:
    """State of one run, begun anew by each ConfigureStack and Configure. `lock` guards it; rules take it."""

    def __init__(
        self, project_of: Callable[[str], Project], now: Callable[[], datetime], pack: Path | None = None
    ) -> None:
        self.lock = RLock()
        self.dry_run: bool | None = None
        """Whether ConfigureStack announced a preview; None where it never came (`pulumi policy analyze`)."""
        self.analyzed: dict[str, HeldResource] = {}
        """Resources by URN, with the inputs that Analyze gave: exact, where AnalyzeStack has unknown outputs."""
        self.resources: tuple[HeldResource, ...] = ()
        """The whole stack, as AnalyzeStack lists it."""
        self.admitted: dict[str, Demand] = {}
        """What was let through resource by resource, by URN."""
        self.reported: dict[str, Violation] = {}
        """What was reported, by the key that the SDK was handed in place of its words."""
        self._clusters: dict[str, HeldResource] = {}
        self._mask = Mask()
        self._project_of = project_of
        self._now = now
        self._pack = pack
        self._gate: Gate | None = None
        self._stack: str | None = None
        self._project: str | None = None
        self._shared: Shared | None = None
        self._time: datetime | None = None
        self._name_patterns: tuple[str, ...] = ()

    def begin(self, stack: str, project: str, *, dry_run: bool, settings: Mapping[str, str] | None = None) -> None:
        """ConfigureStack came. Its word counts: the environment can be set by the caller."""
        with self.lock:
            self._stack, self._project, self.dry_run = stack or None, project or None, dry_run
            named = (settings or {}).get(autonaming.SETTING)
            self._name_patterns = autonaming.random_patterns(named) if named is not None else ()
            self.forget()

    def forget(self) -> None:
        """Configure came: what follows belongs to a new run."""
        with self.lock:
            self.analyzed.clear()
            self._clusters.clear()
            self.admitted.clear()
            self.reported.clear()
            self.resources, self._shared, self._time, self._gate = (), None, None, None

    def remember(self, resource: HeldResource) -> None:
        """Analyze came for a resource."""
        with self.lock:
            if self._name_patterns:
                resource = replace(resource, name_patterns=self._name_patterns)
            self.analyzed[resource.urn] = resource
            self._mask.learn(secret_texts(resource.inputs))
            if resource.type == CLUSTER_TYPE:
                self._clusters[resource.urn] = resource

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
        """What is shared, read once. Raises `UnreadableSpecs`."""
        with self.lock:
            if self._shared is None:
                self._shared = self._read(stack)
            return self._shared

    def input_of_stack(self, resources: tuple[HeldResource, ...]) -> RuleInput:
        """What a rule about a whole stack is asked about. Raises `UnreadableSpecs`."""
        stack = self.stack_of(resources[0].urn)
        shared = self.shared(stack)
        return RuleInput(stack, resources, Surroundings.of(resources, shared.quota, self.catalog), shared, self.now)

    def input_of_one(self, resource: HeldResource) -> RuleInput:
        """What a rule about single resources is asked about. Raises `UnreadableSpecs`."""
        stack = self.stack_of(resource.urn)
        shared = self.shared(stack)
        around = Surroundings(shared.quota, self.catalog, tuple(self._clusters.values()))
        return RuleInput(stack, (resource,), around, shared, self.now, self.admitted, self.gate(stack))

    def gate(self, stack: str) -> Gate | None:
        """What the update's ticket says; None in a preview and an analysis, and where no ticket is asked for.

        Raises `UnreadableSpecs`.
        """
        with self.lock:
            asked = self.shared(stack).quota.admission
            if asked is None or self.dry_run is not False:
                return None
            if self._gate is None:
                project = self._project_of(self._project_name())
                self._gate = gate_of(project, stack, asked, self._pack or project.folder / PACK_FOLDER, self.now)
            return self._gate

    def admit(self, resource: HeldResource, demand: Demand) -> None:
        """Notes what a resource that may be created draws."""
        if demand.claims:
            self.admitted[resource.urn] = demand

    def report(self, violation: Violation) -> str:
        """Notes a violation, without the secrets of the program; the key by which it is found again."""
        with self.lock:
            key = f"violation {len(self.reported) + 1}"
            self.reported[key] = self._mask.over(violation)
            return key

    def _project_name(self) -> str:
        """From the URN of any resource where ConfigureStack never came."""
        urn = next(iter(self.analyzed), "") or next((resource.urn for resource in self.resources), "")
        return self._project or "".join(urn.split("::")[1:2])

    def _read(self, stack: str) -> Shared:
        try:
            project = self._project_of(self._project_name())
            folder = read_folder(project.stacks, judged=stack)
        except (FileError, FolderError) as error:
            raise UnreadableSpecs(tuple(error.lines())) from error
        claims = read_claims(folder.quota, project.folder)
        return Shared.of(stack, folder.specs.get(stack), folder.demands, folder.quota, self.catalog, claims)
