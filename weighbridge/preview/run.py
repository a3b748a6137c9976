"""One preview: specs, program, policy pack, state, ledger and cost, joined into a `PreviewResult`.

The verdict is the pack's, and what it can't know is added: what becomes of the stack's old resources (see `update`).
The ledger is judged here as well, from the same resources: what it refuses is admitted by no pack, and where a pack
guards the quota and disagrees with it, nothing is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from weighbridge.alerting.cost import alerting_cost
from weighbridge.catalog import Catalog
from weighbridge.catalog import load as load_catalog
from weighbridge.claims.held import ClaimsRead
from weighbridge.claims.opening import is_folder_of_project, read_claims
from weighbridge.errors import WrongInput
from weighbridge.files.problem import FileError, FolderError
from weighbridge.files.project import Project, read_project
from weighbridge.host import (
    HostError,
    Outcome,
    Pack,
    Program,
    StackConfig,
    Timeouts,
    read_stack_config,
    refuse_other_languages,
)
from weighbridge.host import preview as run_host
from weighbridge.preview.base_revision import BaseRun, compared_with, prepare
from weighbridge.preview.changes import compare, flagged
from weighbridge.preview.concealed import concealed_graph
from weighbridge.preview.effects import effects
from weighbridge.preview.expected_cost import ExpectedCost, expected_cost
from weighbridge.preview.headlines import ServingState, headlines
from weighbridge.preview.locate import Locator
from weighbridge.preview.result import (
    AskedPolicy,
    Before,
    Change,
    CostShare,
    Flag,
    LocatedViolation,
    Location,
    NotJudged,
    PoolLine,
    PreviewResult,
    PreviewVerdict,
    QuotaLine,
)
from weighbridge.preview.revision import checked_out, find_revision
from weighbridge.preview.state import StackState, check_belongs, held_in, read_state, state_of
from weighbridge.preview.update import PreviewedUpdate, as_asked, beyond_pack
from weighbridge.quota.cost import Cost, NodePools, Pool, cost_of, monthly_of, pools_of
from weighbridge.quota.explained import explanations
from weighbridge.quota.holders import graph_demand
from weighbridge.quota.ledger import Demand, Ledger, build_ledger
from weighbridge.quota.prices import NodePrices
from weighbridge.quota.update import peak_of
from weighbridge.resources.graph import Graph, Resource
from weighbridge.resources.held_resource import HeldResource, Surroundings, held
from weighbridge.rules import shared_quota
from weighbridge.rules.rule_input import RuleInput, Shared
from weighbridge.rules.spec_path import path_of
from weighbridge.rules.violation import Violation, from_json
from weighbridge.spec.root import Spec
from weighbridge.spelling import no_such_stack
from weighbridge.stacks.load import Folder, read_folder
from weighbridge.stacks.pack_project import pack_of
from weighbridge.stacks.spec_cache import SpecCache

WRONG_SPEC = "wrong-spec"
"""In place of a policy's name, where no policy was asked."""

ENFORCED = ("mandatory", "remediate")
MOST_DETAIL_LINES = 60
ENVIRONMENTS_FIX = (
    "What they set may change what the program makes, and it ran without.\n"
    "Judge the stack where they can be opened:\n"
    "    pulumi preview -s {stack} --policy-pack policies\n"
    "Or write the settings under config, and take environment out."
)


class UsageError(WrongInput):
    """What was asked for can't be done; the text says what to ask for instead."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to preview. `root` holds Pulumi.yaml; `program` and `pack` stand in for the project's own."""

    stack: str
    root: Path
    against: Path | None = None
    program: Path | None = None
    pack: Path | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    cache: SpecCache | None = None  # of the report; the pack counts for itself
    base: str | None = None  # a git revision to compare with
    detailed: bool = False  # where rollouts stand, what is watched, dashboards; a base needs all but these


Progress: TypeAlias = Callable[[str], None]


def run_preview(request: Request, now: datetime, on_progress: Progress | None = None) -> PreviewResult:
    """Previews one stack. Raises `UsageError`, `StateError`, and the errors of reading the stacks folder."""
    seconds: dict[str, float] = {}
    with _timed(seconds, "specs"):
        started = _start(request, now)
    base: BaseRun | NotJudged | None = None
    if request.base is not None:
        with _timed(seconds, "base"):
            base = _run_base(request, request.base, started, on_progress)
    if isinstance(base, NotJudged):
        return started.not_judged(base, seconds)
    try:
        with _timed(seconds, "program and pack"):
            outcome = _host(started, on_progress)
    except HostError as error:
        return started.not_judged(NotJudged(error.reason, _tail(error.detail)), seconds)
    with _timed(seconds, "report"):
        return started.judged(outcome, seconds, base)[0]


def wrong_spec(request: Request, error: FileError | FolderError, now: datetime) -> PreviewResult:
    """The result of what people wrote wrongly, so that a report of it takes the place of an older, better one."""
    errors = error.errors if isinstance(error, FolderError) else (error,)
    found = [
        LocatedViolation(
            policy=WRONG_SPEC,
            level="mandatory",
            message=f"{problem.location}: {problem.message}" if problem.path else problem.message,
            urn="",
            resource="",
            location=Location(Locator(one.file, request.root).file, problem.line or 1, problem.column or 1),
            path=problem.path,
        )
        for one in errors
        for problem in one.problems
    ]
    closing = (error.closing,) if isinstance(error, FolderError) and error.closing else ()
    return PreviewResult(
        stack=request.stack, project="", region="", owner="", production=False, at=now, unread=closing,
        spec_file=found[0].location.file if found else "", verdict=PreviewVerdict.WRONG_SPEC, violations=tuple(found),
        rules=(AskedPolicy(WRONG_SPEC, "Specs and the quota file are right.", "mandatory", "Mend what it names."),),
    )  # fmt: skip


def run_program(request: Request, now: datetime, on_progress: Progress | None = None) -> Graph:
    """What a stack's program registers, judged by nobody; no secret is in it in the clear. Raises as `run_preview`."""
    started = _start(request, now)
    refuse_other_languages(started.project, request.stack)
    outcome = run_host(started.program, None, request.timeouts, on_progress, None)
    graph: Graph = outcome.mask.over(concealed_graph(_ordered(outcome.graph)))
    return graph


def _start(request: Request, now: datetime) -> _Started:
    project = read_project(request.program or request.root)
    home = project if request.program is None else read_project(request.root)
    config = read_stack_config(project, request.stack)
    catalog = load_catalog()
    folder = read_folder(home.stacks, catalog, request.stack, request.cache)
    spec = _spec(folder, request)
    state, claims = _state(request, project), read_claims(folder.quota, home.folder)
    return _Started(request, project, home, config, folder, spec, state, catalog, now, claims)


def _run_base(request: Request, name: str, head: _Started, on_progress: Progress | None) -> BaseRun | NotJudged:
    """The same stack as a revision has it; or why it can't be run. Raises `RevisionError`."""
    revision = find_revision(request.root, name)
    if request.program is not None and not request.program.is_relative_to(revision.top):
        raise UsageError(f"--base {name}: {request.program} is not in the repository {revision.top}")
    with checked_out(revision) as tree:
        root = tree / request.root.resolve().relative_to(revision.top.resolve())
        program = tree / request.program.relative_to(revision.top) if request.program is not None else None
        absent = BaseRun(revision, Graph(head.project.name, request.stack))
        there = Request(request.stack, root, None, program, None, request.timeouts, None, None, detailed=True)
        try:
            if program is None and _has_no_spec(root, request.stack):
                return absent
            pack = prepare(root, request.pack or pack_of(request.root))
            _link_claims(root, head)
            started = _start(replace(there, pack=pack), head.now)
            outcome = _host(started, None if on_progress is None else lambda text: on_progress(f"{name}: {text}"))
        except (FileError, FolderError, UsageError) as error:
            lines = [line.replace(f"{root}/", "") for line in str(error).splitlines()]
            return NotJudged(f"the base {revision} can't be run: {lines[0]}", "\n".join(lines[1:]))
        except HostError as error:
            reason, detail = (text.replace(f"{root}", name) for text in (error.reason, _tail(error.detail)))
            return NotJudged(f"the base {revision} can't be run: {reason}", detail)
        result, ledger = started.judged(outcome, {})
        graph: Graph = concealed_graph(_ordered(outcome.graph))
        return BaseRun(revision, graph, outcome.mask, result, ledger)


def _link_claims(root: Path, head: _Started) -> None:
    """A store that lies in the working tree is in no revision: the base is judged beside the same claims."""
    stated = head.folder.quota.claims
    if stated is not None and is_folder_of_project(stated.store) and not (root / stated.store).exists():
        (root / stated.store).parent.mkdir(parents=True, exist_ok=True)
        (root / stated.store).symlink_to(head.home.folder.absolute() / stated.store, target_is_directory=True)


def _has_no_spec(root: Path, stack: str) -> bool:
    """Whether a project is there, and the stack is not. Raises `FileError`."""
    stacks = read_project(root).stacks
    return stacks.is_dir() and not (stacks / f"{stack}.yaml").exists()


def _spec(folder: Folder, request: Request) -> Spec | None:
    spec = folder.specs.get(request.stack)
    if spec is None and request.program is None:
        raise UsageError(no_such_stack(request.stack, folder.specs))
    return spec


def _state(request: Request, project: Project) -> StackState | None:
    if request.against is None:
        return None
    state = read_state(request.against)
    check_belongs(request.against, state, project.name, request.stack)
    return state


def _host(started: _Started, on_progress: Progress | None) -> Outcome:
    request = started.request
    refuse_other_languages(started.project, request.stack)
    pack = Pack(request.pack or pack_of(request.root))
    before = started.state.inputs if started.state is not None else None
    return run_host(started.program, pack, request.timeouts, on_progress, before)


@dataclass(frozen=True, slots=True)
class _Started:
    """Everything that is known before the program runs."""

    request: Request
    project: Project  # of the program
    home: Project  # of the specs; another one where another program is previewed
    config: StackConfig
    folder: Folder
    spec: Spec | None
    state: StackState | None
    catalog: Catalog
    now: datetime
    claims: ClaimsRead = None

    @property
    def program(self) -> Program:
        """What is run."""
        return Program(
            folder=self.project.folder,
            project=self.project.name,
            stack=self.request.stack,
            main=self.project.main,
            config=self.config.values,
            config_secret_keys=self.config.secret_keys,
        )

    def not_judged(self, failure: NotJudged, seconds: Mapping[str, float]) -> PreviewResult:
        """The result of what could not be run."""
        return self.result(PreviewVerdict.COULD_NOT_JUDGE, failure=failure, seconds=seconds, unread=self.unread())

    def judged(
        self, outcome: Outcome, seconds: Mapping[str, float], base: BaseRun | None = None
    ) -> tuple[PreviewResult, Ledger]:
        """The result of a program and pack that have ended well. A base is shown, and changes no verdict."""
        graph = _ordered(outcome.graph)
        resources = held(graph)
        quota, stack = self.folder.quota, self.request.stack
        shared = Shared.of(stack, self.spec, self.folder.demands, quota, self.catalog, self.claims)
        around = Surroundings.of(resources, quota, self.catalog)
        given = RuleInput(stack, resources, around, shared, self.now)
        peaks, claimed = {stack: given.demand, **shared.others}, shared.claimed(stack, given.demand)
        ledger = build_ledger(quota, peaks, self.catalog, self.now, claimed)
        violations = self._violations(outcome)
        guarded = any(policy.name == shared_quota.RULE.name for policy in outcome.policies)
        asked = tuple(shared_quota.RULE.judge(as_asked(given)))
        by_ledger = tuple(shared_quota.RULE.enforced(asked, given, whole_stack=True))
        failure = None
        of_base = None if base is None else state_of(base.graph)
        earlier = self.state or of_base
        changes = compare(graph, earlier)
        update = None if self.state is None else PreviewedUpdate(given, graph, self.state, changes)
        everything = (*asked, *beyond_pack(given, update))
        found = shared_quota.RULE.enforced(everything, given, whole_stack=True, with_update=update is not None)
        violations = _with_ledger(
            violations, by_ledger if guarded else (), [self._of_ledger(one, graph) for one in found]
        )
        blocked = any(violation.level == "mandatory" for violation in violations)
        verdict = PreviewVerdict.BLOCKED if blocked else PreviewVerdict.ADMITTED
        missed = [violation for violation in by_ledger if violation.level == "mandatory"]
        if not blocked and missed:
            verdict = PreviewVerdict.COULD_NOT_JUDGE
            failure = NotJudged("the policy pack admitted what the ledger does not", missed[0].message)
        elif not blocked and self.config.environments:
            verdict = PreviewVerdict.COULD_NOT_JUDGE
            failure = NotJudged(self._environments()[0], ENVIRONMENTS_FIX.format(stack=stack))
        before = None if earlier is None else held_in(earlier.current.values(), earlier)
        pools = pools_of(resources, around)
        around_before = Surroundings.of(before or (), quota, self.catalog)
        pools_before = None if before is None else pools_of(before, around_before)
        prices = NodePrices.of(self.catalog, quota, self.request.stack, self.now.date())
        pool_lines, cost, cost_shares = self._costs(resources, around, (pools, pools_before), prices)
        shown = outcome.mask.over  # names come from the program
        result = self.result(
            verdict,
            failure=shown(failure),
            seconds=seconds,
            rules=tuple(
                AskedPolicy(policy.name, policy.description, policy.level, policy.remediation, policy.url)
                for policy in outcome.policies
            ),
            violations=shown(violations),
            guarded=guarded,
            changes=shown(changes),
            compared=earlier is not None,
            with_state=self.state is not None,
            flags=shown(
                _flags(
                    changes,
                    pools.read,
                    pools_before.read if pools_before is not None else (),
                    ServingState(before or (), around_before, self.spec, resources),
                )
            ),
            quota=shown(self._quota(ledger, before, update)),
            quota_untouched=sum(row.use(self.request.stack) is None for row in ledger.rows),
            quota_notes=shown(
                explanations(given.demand.claims, [pool.group for pool in pools.read], quota.spot_pools, self.catalog)
            ),
            pools=shown(pool_lines),
            cost=shown(cost),
            cost_shares=shown(cost_shares),
            alerting=shown(alerting_cost(resources)),
            unread=shown(self.unread()),
            notes=shown((*self._capacity(ledger), *_notes(outcome))),
            **self._details(base),
        )
        if base is not None:
            since_base = changes if self.state is None else compare(graph, of_base)
            others = build_ledger(quota, shared.others, self.catalog, self.now, shared.claimed(stack, Demand()))
            compared = compared_with(base, result, ledger, since_base)
            compared = replace(compared, effects=effects(base.ledger or others, ledger, stack))
            result = replace(result, base=shown(base.mask.over(compared)), changes=base.mask.over(result.changes))
            result = replace(result, flags=base.mask.over(result.flags))
        return result, ledger

    def _capacity(self, ledger: Ledger) -> tuple[str, ...]:
        """What Google said of the pools' machines and capacity, where somebody asked; it decides nothing."""
        from weighbridge.stacks.capacity import read_capacity

        lines: list[str] = []
        if self.spec is not None and self.folder.quota.sold:
            from weighbridge.pull.sold import not_sold_lines

            lines += not_sold_lines(self.spec, self.folder.quota, self.catalog)
        found, wrong = read_capacity(self.home.stacks)
        if wrong is not None:
            lines.append(wrong)
        if found is not None and self.spec is not None:
            from weighbridge.pull.capacity import capacity_lines

            lines += capacity_lines(found, self.request.stack, self.spec, ledger, self.catalog, self.now)
        return tuple(lines)

    def _details(self, base: BaseRun | None) -> dict[str, object]:
        if self.spec is None or not (self.request.detailed or base is not None):
            return {}
        # heavy, and most previews go without
        from weighbridge.preview.review import coverage_of, dashboards_of, pipelines_of, rollouts_of

        return {
            "rollouts": rollouts_of(self.spec, self.folder.quota, self.now),
            "coverage": coverage_of(self.spec, self.catalog, self.now),
            "pipelines": pipelines_of(self.spec),
            "dashboards": dashboards_of(self.spec, self.catalog) if self.request.detailed else (),
        }

    def result(self, verdict: PreviewVerdict, **found: object) -> PreviewResult:
        """A result with what is known before the program runs filled in."""
        spec = self.spec
        return PreviewResult(
            stack=self.request.stack,
            project=spec.cloud.project if spec else self.folder.quota.project,
            region=spec.cloud.region if spec else "",
            owner=spec.owner if spec else "",
            production=spec.production if spec else False,
            spec_file=self._locator().file,
            at=self.now,
            verdict=verdict,
            **found,  # type: ignore[arg-type] # the callers above
        )

    def _locator(self) -> Locator:
        """Of the stack's spec; without one, of the project."""
        file = self.home.stacks / f"{self.request.stack}.yaml" if self.spec else self.home.file
        return Locator(file, self.request.root)

    def _violations(self, outcome: Outcome) -> tuple[LocatedViolation, ...]:
        locator, resources = self._locator(), outcome.graph.by_urn
        found = []
        for diagnostic in outcome.diagnostics:
            if diagnostic.level == "disabled":
                continue
            name = resources[diagnostic.urn].name if diagnostic.urn in resources else ""
            violation = from_json(diagnostic.attachment)
            # A pack of somebody else says no more than the resource.
            path = violation.path if violation else path_of(self.spec, name) if self.spec else None
            found.append(
                LocatedViolation(
                    policy=diagnostic.policy,
                    level="mandatory" if diagnostic.level in ENFORCED else "advisory",
                    message=diagnostic.message,
                    urn=diagnostic.urn,
                    resource=name,
                    location=locator.of(path if self.spec else None),
                    path=path,
                    holder=violation.holder if violation else None,
                    excess=violation.excess if violation else None,
                )
            )
        return _sorted(found)

    def _of_ledger(self, violation: Violation, graph: Graph) -> LocatedViolation:
        """What the ledger finds, in the form of what a pack reports."""
        resource = graph.by_urn.get(violation.urn or "")
        return LocatedViolation(
            policy=violation.rule,
            level=violation.level,
            message=violation.message,
            urn=violation.urn or "",
            resource=resource.name if resource is not None else "",
            location=self._locator().of(violation.path),
            path=violation.path,
            holder=violation.holder,
            excess=violation.excess,
        )

    def _quota(
        self, ledger: Ledger, before: Sequence[HeldResource] | None, update: PreviewedUpdate | None
    ) -> tuple[QuotaLine, ...]:
        stack = self.request.stack
        held_of: Mapping[object, Before] = {}
        if before is not None:
            held_of = _held_before(stack, graph_demand(before, self.folder.quota, self.catalog), self)
        lines = []
        for row in ledger.rows:
            use, earlier = row.use(stack), held_of.get(row.key)
            if use is None and earlier is None:
                continue
            was = (earlier or Before(0, 0)) if before is not None else None
            during = None if update is None else peak_of(update.update.during, row.key)
            lines.append(QuotaLine(row, use.steady if use else 0, use.peak if use else 0, was, during))
        return tuple(lines)

    def _costs(
        self,
        resources: Sequence[HeldResource],
        around: Surroundings,
        pools: tuple[NodePools, NodePools | None],
        prices: NodePrices,
    ) -> tuple[tuple[PoolLine, ...], Cost, tuple[CostShare, ...]]:
        """By pool, of all, and by endpoint and pipeline; `pools` as they are to be, and as they were."""
        cost, expected = cost_of(*pools, self._budget(), prices), ExpectedCost({}, ())
        if self.spec is not None:
            expected = expected_cost(self.spec, resources, around, pools[0], prices)
        lines = _pool_lines(pools[0].read, prices, expected.by_pool)
        return lines, replace(cost, expected=expected.total(cost)), expected.shares

    def _budget(self) -> Decimal | None:
        return Decimal(str(self.spec.budget.monthly_usd)) if self.spec and self.spec.budget else None

    def unread(self) -> tuple[str, ...]:
        """What the program would be given at a deployment and was not given here, and wrong specs of others."""
        return (
            *self._environments(),
            *(
                f"{key} is encrypted in the stack's settings; the program was given a placeholder"
                for key in self.config.unreadable
            ),
            *(
                f"{stack} counts as what its node pools and cluster draw at most, until its spec is mended: {line}"
                for stack, error in self.folder.bounded.items()
                for line in FileError(Path(Locator(error.file, self.request.root).file), error.problems).lines()
            ),
        )

    def _environments(self) -> tuple[str, ...]:
        named = ", ".join(self.config.environments)
        file = self.project.settings_file(self.request.stack).name
        return (f"{file} imports {named} of Pulumi ESC, which can't be read offline",) if named else ()


def _notes(outcome: Outcome) -> tuple[str, ...]:
    """What the program and the pack log."""
    return tuple(f"{line.severity}: {line.message.strip()}" for line in outcome.log if line.severity != "debug")


def _with_ledger(
    of_pack: Iterable[LocatedViolation], by_pack: Iterable[Violation], found: Sequence[LocatedViolation]
) -> tuple[LocatedViolation, ...]:
    """What the pack reports and what the ledger finds, each once.

    What a pack that guards the quota can't but say (`by_pack`), and the ledger doesn't find, is taken back: that an
    exemption is idle which the update needs.
    """
    expected, messages = {one.message for one in by_pack}, {one.message for one in found}
    kept = [one for one in of_pack if one.policy != shared_quota.RULE.name or one.message not in expected - messages]
    return _sorted((*kept, *(one for one in found if one.message not in expected)))


def _sorted(found: Iterable[LocatedViolation]) -> tuple[LocatedViolation, ...]:
    return tuple(sorted(found, key=lambda violation: (violation.level != "mandatory", violation.policy)))


def _held_before(stack: str, demand: Demand, started: _Started) -> Mapping[object, Before]:
    ledger = build_ledger(started.folder.quota, {stack: demand}, started.catalog, started.now)
    uses = ((row, row.use(stack)) for row in ledger.rows)
    return {row.key: Before(use.steady, use.peak) for row, use in uses if use is not None}


def _ordered(graph: Graph) -> Graph:
    """Resources of one parent register in any order; a report is to be the same each time. Sources stay first."""
    left = sorted(graph.resources, key=lambda resource: resource.urn)
    placed: dict[str, None] = {}
    known = set(graph.by_urn)
    while left:
        ready = [resource for resource in left if all(urn in placed or urn not in known for urn in _sources(resource))]
        for resource in ready or left[:1]:  # a circle can't be, but must not hang
            placed[resource.urn] = None
        left = [resource for resource in left if resource.urn not in placed]
    return Graph(graph.project, graph.stack, tuple(graph.by_urn[urn] for urn in placed))


def _sources(resource: Resource) -> Iterator[str]:
    return (urn for urn in (resource.parent, resource.provider, *resource.dependencies) if urn)


def _pool_lines(pools: Sequence[Pool], prices: NodePrices, expected: Mapping[str, Decimal]) -> tuple[PoolLine, ...]:
    monthly = monthly_of(pools, prices)
    return tuple(
        replace(_pool_line(pool, price, prices.catalog), expected_monthly=expected.get(pool.urn))
        for pool, price in zip(pools, monthly, strict=True)
    )


def _pool_line(pool: Pool, price: tuple[Decimal, Decimal, date | None] | None, catalog: Catalog) -> PoolLine:
    group = pool.group
    accelerators = ""
    if group.gpu is not None:
        known = catalog.gpus.get(group.gpu)
        accelerators = f"{group.gpus_per_node} x {known.display if known else group.gpu}"
    elif group.machine.tpu is not None:
        accelerators = f"{group.machine.tpu_chips} TPU chips"
    return PoolLine(
        name=group.name,
        machine_type=group.machine.name,
        accelerators=accelerators,
        provisioning=group.provisioning.value,
        least_nodes=pool.least_nodes,
        most_nodes=group.nodes.steady,
        peak_nodes=group.nodes.peak,
        least_monthly=price[0] if price is not None else None,
        most_monthly=price[1] if price is not None else None,
        priced_on=price[2] if price is not None else None,
    )


def _flags(
    changes: Sequence[Change], pools: Sequence[Pool], before: Sequence[Pool], existing: ServingState
) -> tuple[Flag, ...]:
    by_urn = {pool.urn: pool.group for pool in (*before, *pools)}
    accelerated = {
        urn: f"up to {group.nodes.steady} nodes of {group.machine.name}"
        for urn, group in by_urn.items()
        if group.gpu is not None or group.machine.tpu is not None
    }
    found = []
    creates_first = {change.urn for change in changes if not change.delete_first}
    for flag in flagged(changes, lambda urn: urn in accelerated):
        group = by_urn.get(flag.urn)
        extra = existing.on_pool(flag.urn) if group is not None else existing.inside()
        if group is not None and flag.urn in creates_first:
            nodes = group.nodes.held
            extra = f" That takes {nodes} nodes of {group.machine.name} more for a while.{extra}"
        found.append(replace(flag, message=flag.message + extra))
    return (*found, *headlines(changes, existing, accelerated))


def _tail(text: str) -> str:
    lines = text.strip().splitlines()
    return "\n".join(lines[-MOST_DETAIL_LINES:])


@contextmanager
def _timed(seconds: dict[str, float], part: str) -> Iterator[None]:
    start = time.perf_counter()
    try:
        yield
    finally:
        seconds[part] = time.perf_counter() - start
