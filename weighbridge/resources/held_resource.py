"""A resource as far as quota is concerned, and what surrounds it in its stack."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from weighbridge.catalog import Catalog
from weighbridge.resources.autonaming import fits
from weighbridge.resources.graph import NO_OPTIONS, Graph, Options, Resource
from weighbridge.resources.inputs import DEFAULTED, CannotJudge, Inputs
from weighbridge.resources.values import Value
from weighbridge.spec.quota_file import QuotaFile

CLUSTER_TYPE = "gcp:container/cluster:Cluster"
ADDRESS_TYPE = "gcp:compute/address:Address"

_AUTONAME = re.compile(r"-[0-9a-f]{7}")
_CLUSTER_ID = re.compile(
    r"projects/(?P<project>[^/]+)/(?:locations|zones)/(?P<location>[^/]+)/clusters/(?P<name>[^/]+)"
)
_LOCATION = re.compile(r"(?P<region>[a-z]+(?:-[a-z]+)+[0-9]+)(?P<zone>-[a-z0-9]+)?")


@dataclass(frozen=True, slots=True)
class HeldResource:
    """A resource that is to exist. `inputs` have the provider's property names (camelCase).

    `otherwise` are inputs that it may have in their place, where nobody can tell which; None: it has these.
    """

    urn: str
    type: str
    name: str  # logical
    inputs: Mapping[str, Value] = field(default_factory=dict)
    provider_inputs: Mapping[str, Value] | None = None  # None: it has no provider, so it is a component
    dependencies: tuple[str, ...] = ()  # URNs
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    existing: bool = False  # only read (`.get()`): holds nothing new, but may say where others live
    options: Options = NO_OPTIONS
    otherwise: Mapping[str, Value] | None = None
    name_patterns: tuple[str, ...] = ()  # by which the stack's settings let Pulumi make names up

    @property
    def read(self) -> Inputs:
        """Its inputs, to be read by type."""
        return Inputs(self.inputs)

    @property
    def empty(self) -> bool:
        """Whether the engine gave no inputs at all, as it does for new resources outside ``--target``."""
        return not any(name != DEFAULTED for name in self.inputs)

    @property
    def autonamed(self) -> bool:
        """Whether its name is Pulumi's, so that providers create a replacement before the old one goes.

        The engine doesn't say so at the top level, hence the form: the logical name and seven hex digits, or what the
        stack's settings ask for.
        """
        name = self.inputs.get("name")
        defaulted = self.inputs.get(DEFAULTED)
        if name is None or (isinstance(defaulted, list) and "name" in defaulted):
            return True
        if not isinstance(name, str):
            return False
        usual = name.startswith(self.name) and _AUTONAME.fullmatch(name[len(self.name) :]) is not None
        return usual or any(fits(name, self.name, pattern) for pattern in self.name_patterns)

    @property
    def creates_first(self) -> bool:
        """Whether a replacement is created before the old one goes; what the program says of it wins."""
        by_program = self.options.delete_before_replace
        return self.autonamed if by_program is None else not by_program

    @property
    def stack(self) -> str:
        """The stack that it belongs to."""
        return self.urn.removeprefix("urn:pulumi:").partition("::")[0]

    @property
    def known_as(self) -> str:
        """What people call it."""
        name = self.inputs.get("name")
        return name if isinstance(name, str) and name and not self.autonamed else self.name


@dataclass(frozen=True, slots=True)
class ClusterId:
    """Which cluster a node pool says it is in; project and location are None where only the name is given."""

    name: str
    project: str | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an extractor may look at beyond the resource itself."""

    quota: QuotaFile
    catalog: Catalog
    clusters: tuple[HeldResource, ...]

    @classmethod
    def of(cls, resources: Iterable[HeldResource], quota: QuotaFile, catalog: Catalog) -> Surroundings:
        """The surroundings that a stack's resources make."""
        return cls(quota, catalog, tuple(resource for resource in resources if resource.type == CLUSTER_TYPE))

    @property
    def spot_pools(self) -> frozenset[str]:
        """Models whose preemptible quota was granted."""
        return frozenset(self.quota.spot_pools)

    def cluster_of(self, node_pool: HeldResource) -> HeldResource | None:
        """The node pool's cluster, found by name or, where that isn't known yet, by dependency."""
        if not isinstance(node_pool.inputs.get("cluster"), str):
            wanted: tuple[str, ...] = node_pool.property_dependencies.get("cluster") or node_pool.dependencies
            return _only(cluster for cluster in self.clusters if cluster.urn in wanted)
        given = cluster_id(node_pool)
        location = given.location if given and given.location else node_pool.inputs.get("location")
        return _only(
            cluster
            for cluster in self.clusters
            if given
            and cluster.inputs.get("name") == given.name
            and (not isinstance(location, str) or cluster.inputs.get("location", location) == location)
        )


def cluster_id(node_pool: HeldResource) -> ClusterId | None:
    """What a node pool's `cluster` input says, None where it isn't known. A full id wins over `project`, `location`."""
    given = node_pool.inputs.get("cluster")
    if not isinstance(given, str):
        return None
    found = _CLUSTER_ID.search(given)
    if found is None:
        return ClusterId(given)
    return ClusterId(found["name"], found["project"], found["location"])


def held(graph: Graph) -> tuple[HeldResource, ...]:
    """The resources of a graph that the offline host collected."""
    return held_among(graph.resources, {resource.urn: resource.inputs for resource in graph.resources})


def held_among(resources: Iterable[Resource], inputs: Mapping[str, Mapping[str, Value]]) -> tuple[HeldResource, ...]:
    """Resources of a program or of a state; `inputs` has those of their providers, by URN."""
    return tuple(
        HeldResource(
            urn=resource.urn,
            type=resource.type,
            name=resource.name,
            inputs=resource.inputs,
            provider_inputs=inputs.get(resource.provider or "", {}) if resource.custom else None,
            dependencies=resource.dependencies,
            property_dependencies=resource.property_dependencies,
            existing=resource.read,
            options=resource.options,
        )
        for resource in resources
    )


def by_name(resources: Iterable[HeldResource]) -> tuple[HeldResource, ...]:
    """The resources in an order of their own: a program registers them in any, and says the same each time."""
    return tuple(sorted(resources, key=lambda resource: (resource.name, resource.urn)))


def depends_on_address(resource: HeldResource, name: str) -> bool:
    """Whether an input comes from a reserved address, which is counted where it is reserved."""
    return any(f"{ADDRESS_TYPE}::" in urn for urn in resource.property_dependencies.get(name, ()))


def project_of(resource: HeldResource) -> str:
    """The project that is charged: the resource's own, else its provider's. Raises `CannotJudge`."""
    own = resource.read.text("project")
    if own is not None:
        return own
    provided = Inputs(resource.provider_inputs or {}, "provider").text("project")
    if provided is None:
        raise CannotJudge("project is not set, so nobody can tell whose quota it takes: set it here or on the provider")
    return provided


def region_of(location: str, path: str) -> str:
    """The region of a region or zone. Raises `CannotJudge`."""
    found = _LOCATION.fullmatch(location)
    if found is None:
        raise CannotJudge(
            f"{path} is {location!r}, expected a region such as us-central1 or a zone such as us-central1-a"
        )
    return found["region"]


def is_zone(location: str) -> bool:
    """Whether a location is a zone rather than a region."""
    found = _LOCATION.fullmatch(location)
    return found is not None and found["zone"] is not None


def _only(found: Iterable[HeldResource]) -> HeldResource | None:
    alone = tuple(found)
    return alone[0] if len(alone) == 1 else None
