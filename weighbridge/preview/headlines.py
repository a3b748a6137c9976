"""Deletes and replacements of what serves or trains, in words: what goes, and how much traffic or which runs it has.

What serves: a cluster, its node pools, gateways, routes, and what a route sends requests to. What trains: namespaces
of pipelines, jobs, and pods that ask for accelerators. Traffic is read from the routes of the state, whoever wrote
them: it is what something has until the update.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from weighbridge.conventions import NODE_POOL_LABEL, pipeline_namespace
from weighbridge.files.model_problems import listed
from weighbridge.preview.changes import CLUSTER, NODE_POOL
from weighbridge.preview.result import REPLACING, Change, Flag, Operation
from weighbridge.resources.held_resource import HeldResource, Surroundings, by_name
from weighbridge.resources.inputs import CannotJudge
from weighbridge.resources.namespace import DEFAULT, certain_namespace
from weighbridge.resources.values import Value, bare, has_unknown, items, mapping
from weighbridge.rules.canary_steps import ROUTE_PREFIX, is_route, splits
from weighbridge.rules.placement import place
from weighbridge.scheduling.pool_nodes import pool_nodes
from weighbridge.scheduling.workload import workloads
from weighbridge.spec.root import Spec

GATEWAY = "Gateway"
NAMESPACE = "kubernetes:core/v1:Namespace"
BACKENDS = frozenset({"Service", "InferencePool"})
ACCELERATORS = frozenset({"nvidia.com/gpu", "google.com/tpu"})
JOB_SETS = frozenset({"JobSet", "RayCluster"})
_PIPELINE = pipeline_namespace("")


@dataclass(frozen=True)
class ServingState:
    """What exists before an update. `spec` is the stack's as it is to be: it says which pipelines run where."""

    resources: tuple[HeldResource, ...]
    around: Surroundings
    spec: Spec | None = None
    after: tuple[HeldResource, ...] = ()  # what exists after the update

    @cached_property
    def by_urn(self) -> Mapping[str, HeldResource]:
        """Its resources by URN."""
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def routes(self) -> Mapping[str, HeldResource]:
        """Its routes by name."""
        return {_name(resource): resource for resource in by_name(self.resources) if is_route(resource.type)}

    def backends(self, resource: HeldResource) -> tuple[str, ...]:
        """The backends of routes that this is, or whose pods it runs."""
        if _kind(resource) in BACKENDS:
            return (
                (_name(resource),) if any(_name(resource) in _backends(route) for route in self.routes.values()) else ()
            )
        labels = _pod_labels(resource)
        if not labels:
            return ()
        return tuple(
            _name(other)
            for other in self.resources
            if _kind(other) in BACKENDS
            and _namespace(other) == _namespace(resource)
            and _selector(other).items() <= labels.items()
            and self.backends(other)
        )

    def matters(self, resource: HeldResource) -> bool:
        """Whether an object of Kubernetes serves or trains."""
        return resource.type.startswith("kubernetes:") and bool(
            _runs(resource) or self.backends(resource) or _asks_accelerator(resource.inputs)
        )

    def traffic(self, backends: Iterable[str]) -> str:
        """Such as ``90% of ranker's traffic``; empty where no route names any of the backends."""
        names, parts = set(backends), []
        for route, resource in self.routes.items():
            if not names & _backends(resource):
                continue
            if has_unknown(resource.inputs.get("spec")):
                parts.append(f"an unknown part of {route}'s traffic")
                continue
            most = max((sum(rule.get(name, Fraction(0)) for name in names) for rule in splits(resource)), default=0)
            parts.append(f"{_percent(most)} of {route}'s traffic")
        return listed(parts) if parts else ""

    def afterwards(self, backends: Iterable[str]) -> str:
        """Where the requests of the routes that name these backends go after the update, as a sentence."""
        names, parts = set(backends), []
        for resource in by_name(self.after):
            before = self.routes.get(_name(resource))
            if is_route(resource.type) and before is not None and names & _backends(before):
                parts += [f"{backend} {_percent(part)}" for backend, part in _last_split(resource).items()]
        return f" From then on: {', '.join(parts)}." if parts else ""

    def inside(self, namespace: str | None = None) -> str:
        """What serves or trains in a namespace, or in all, as a sentence; empty where nothing does."""
        found = [
            resource
            for resource in by_name(self.resources)
            if _pod_labels(resource) and namespace in (None, _namespace(resource)) and self.matters(resource)
        ]
        pipelines = [_pipeline(resource) for resource in by_name(self.resources) if namespace is None]
        return self._sentence("In it", found, [name for name in pipelines if name])

    def on_pool(self, urn: str) -> str:
        """What serves or trains on a pool, as a sentence; empty where nothing is known to."""
        pool = self.by_urn.get(urn)
        if pool is None:
            return ""
        label = bare(mapping(mapping(pool.inputs.get("nodeConfig")).get("labels")).get(NODE_POOL_LABEL))
        of_pool = [name for name, key in sorted(self.pool_of_pipeline.items()) if key in (label, pool.known_as)]
        return self._sentence("On it", self._by_pool.get(urn, ()), of_pool)

    @cached_property
    def pool_of_pipeline(self) -> Mapping[str, str]:
        """The pool of each pipeline, by its key: as the pipeline's namespace says, else as the spec does."""
        by_spec = self.spec.pipelines.items() if self.spec is not None else ()
        pools = {name: pipeline.node_pool for name, pipeline in by_spec}
        for resource in self.resources:
            pool = bare(mapping(mapping(resource.inputs.get("metadata")).get("labels")).get(NODE_POOL_LABEL))
            if _pipeline(resource) and isinstance(pool, str):
                pools[_pipeline(resource)] = pool
        return pools

    @cached_property
    def _by_pool(self) -> Mapping[str, Sequence[HeldResource]]:
        ordered = by_name(self.resources)
        pools, _ = pool_nodes(ordered, self.around)
        found: dict[str, list[HeldResource]] = {}
        for workload in workloads(ordered)[0]:
            resource = self.by_urn[workload.urn]
            try:
                placed = place(workload, pools) if self.matters(resource) else None
            except CannotJudge:
                placed = None
            for urn in placed.pools if placed is not None else ():
                found.setdefault(urn, []).append(resource)
        return found

    def _sentence(self, where: str, found: Sequence[HeldResource], pipelines: Sequence[str]) -> str:
        parts = []
        if found:
            named = [(_name(resource), self.traffic(self.backends(resource))) for resource in found]
            parts.append(", ".join(f"{name} ({traffic})" if traffic else name for name, traffic in named))
        if pipelines:
            parts.append(f"{'pipeline' if len(pipelines) == 1 else 'pipelines'} {', '.join(pipelines)}")
        return f" {where}: {'; '.join(parts)}." if parts else ""


def headlines(changes: Sequence[Change], existing: ServingState, accelerated: Mapping[str, str]) -> Iterator[Flag]:
    """What is deleted and serves or trains, and the pods, routes and namespaces of it that are replaced.

    `accelerated` has the nodes, in words, of pools with accelerators, by URN. What is in a cluster or a namespace, or
    behind a route, that has a headline has none of its own.
    """
    goes = [change for change in changes if change.operation in (*REPLACING, Operation.DELETE) and not change.stays]
    going = dict.fromkeys(_pipeline(existing.by_urn.get(change.urn)) for change in goes)
    of_no_pool = [name for name in going if name and name not in existing.pool_of_pipeline]
    whole = any(change.type == CLUSTER for change in goes)
    namespaces: set[str] = set()
    covered: set[str] = set()
    for change in sorted(goes, key=_breadth):
        resource = existing.by_urn.get(change.urn)
        if resource is None or (whole and change.type != CLUSTER) or _namespace(resource) in namespaces:
            continue
        what = _what(change, resource, existing, accelerated)
        if what and change.urn in accelerated and of_no_pool and not existing.on_pool(change.urn):
            what += f" In the same update go the pipelines {listed(of_no_pool)}."
        names = {_name(resource), *existing.backends(resource)}
        if not what or (_breadth(change) == len(_BROAD) and names & covered):
            continue
        if change.type == NAMESPACE:
            namespaces.add(_name(resource))
        covered |= names | (_backends(resource) if is_route(change.type) else set())
        verb = {Operation.DELETE: "is deleted", Operation.REPLACE: "is replaced"}.get(
            change.operation, "may be replaced"
        )
        note = f" It is {change.note}." if change.note.startswith("protected") else ""
        yield Flag(change.urn, change.name, f"{change.name} {verb}: {what}{note}", change.operation)


_BROAD = (CLUSTER, NODE_POOL, NAMESPACE, ROUTE_PREFIX)
"""How types begin that come first, as they have more in them."""


def _breadth(change: Change) -> int:
    return next((rank for rank, type_ in enumerate(_BROAD) if change.type.startswith(type_)), len(_BROAD))


def _what(change: Change, resource: HeldResource, existing: ServingState, accelerated: Mapping[str, str]) -> str:
    """What goes, as one sentence or two; empty where it neither serves nor trains."""
    deleted = change.operation is Operation.DELETE
    if change.type == CLUSTER:  # `flagged` has its replacement, and those of accelerator pools
        return f"the cluster and everything in it.{existing.inside()}" if deleted else ""
    if change.type == NODE_POOL:
        on_it = existing.on_pool(change.urn)
        if change.urn in accelerated:
            return f"this accelerator pool, {accelerated[change.urn]}.{on_it}" if deleted else ""
        return f"this node pool.{on_it}" if on_it else ""
    return _what_in_cluster(resource, existing, deleted=deleted)


def _what_in_cluster(resource: HeldResource, existing: ServingState, *, deleted: bool) -> str:
    if resource.type == NAMESPACE:
        pipeline, inside = _pipeline(resource), existing.inside(_name(resource))
        if pipeline:
            return f"the namespace of pipeline {pipeline}, with every run in it.{inside}"
        return f"the namespace {_name(resource)} and everything in it.{inside}" if inside else ""
    if is_route(resource.type):
        parts = [f"{_percent(part)} to {backend}" for backend, part in _last_split(resource).items()]
        return f"the route of all its traffic ({', '.join(parts) or 'none now'})."
    if resource.type.startswith(ROUTE_PREFIX) and _kind(resource) == GATEWAY:
        behind = [route for route, of in existing.routes.items() if _attached(of, resource)]
        return f"the gateway that all traffic of {listed(behind)} comes through." if behind else ""
    if not existing.matters(resource):
        return ""
    if _runs(resource):
        return "its run stops where it is."
    backends = existing.backends(resource)
    if not backends:
        return "its pods hold accelerators, and no route is known to send them requests."
    return f"it has {existing.traffic(backends)}.{existing.afterwards(backends) if deleted else ''}"


def _last_split(route: HeldResource) -> Mapping[str, Fraction]:
    """How a route splits what its other rules leave."""
    return next(iter(splits(route)[::-1]), {})


def _percent(part: Fraction | int) -> str:
    return f"{float(part * 100):g}%"


def _kind(resource: HeldResource) -> str:
    return resource.type.rpartition(":")[2] if resource.type.startswith("kubernetes:") else ""


def _name(resource: HeldResource) -> str:
    return str(bare(mapping(resource.inputs.get("metadata")).get("name")) or resource.known_as)


def _namespace(resource: HeldResource) -> str:
    return certain_namespace(resource) or DEFAULT


def _pipeline(resource: HeldResource | None) -> str:
    """The pipeline whose namespace this is; empty where it is none."""
    if resource is None or resource.type != NAMESPACE or not _name(resource).startswith(_PIPELINE):
        return ""
    return _name(resource).removeprefix(_PIPELINE)


def _runs(resource: HeldResource) -> bool:
    kind = _kind(resource)
    return kind.endswith("Job") or kind in JOB_SETS


def _pod_labels(resource: HeldResource) -> Mapping[str, Value]:
    """Of the pods that a Deployment, a set or a group of hosts makes; empty for what makes none."""
    spec = mapping(resource.inputs.get("spec"))
    group = mapping(mapping(spec.get("leaderWorkerTemplate")).get("leaderTemplate") or {})
    template = mapping(spec.get("template")) or group
    return mapping(mapping(template.get("metadata")).get("labels"))


def _selector(backend: HeldResource) -> Mapping[str, Value]:
    selector = mapping(mapping(backend.inputs.get("spec")).get("selector"))
    return mapping(selector.get("matchLabels")) or selector


def _backends(route: HeldResource) -> set[str]:
    """Every backend that a route names, testers' own choices too."""
    return {
        str(bare(mapping(backend).get("name")))
        for rule in items(mapping(route.inputs.get("spec")).get("rules"))
        for backend in items(mapping(rule).get("backendRefs"))
    }


def _attached(route: HeldResource, gateway: HeldResource) -> bool:
    parents = items(mapping(route.inputs.get("spec")).get("parentRefs"))
    return any(bare(mapping(parent).get("name")) == _name(gateway) for parent in parents)


def _asks_accelerator(value: Value) -> bool:
    found = bare(value)
    if isinstance(found, Mapping):
        return not ACCELERATORS.isdisjoint(found) or any(map(_asks_accelerator, found.values()))
    return isinstance(found, list) and any(map(_asks_accelerator, found))
