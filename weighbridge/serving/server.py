"""Model servers: what each expects and exposes, from the table `servers.yaml`. No code asks for a server by name.

`conventions_of` joins the table with what an endpoint says of itself (`custom`, `scale_on`, `longest_request`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, TypeAdapter

from weighbridge.catalog import Confidence
from weighbridge.files import yaml_text as yaml
from weighbridge.spec.endpoint import CustomServer, Endpoint, ScaleOn
from weighbridge.spec.pipeline import Profile
from weighbridge.units import PART, LatencyUnit

Accelerator = Literal["cpu", "gpu", "tpu"]


class Ports(BaseModel):
    """Ports that a server listens on; `metrics` may be that of `http`."""

    model_config = PART
    http: int
    metrics: int
    grpc: int | None = None


class Probes(BaseModel):
    """Paths on the HTTP port."""

    model_config = PART
    startup: str
    readiness: str
    liveness: str


class Counter(BaseModel):
    """A counter: `metric`, the matcher `where` that picks its series, and `plus`, a second one to be added."""

    model_config = PART
    metric: str
    where: str = ""
    plus: str | None = None


class Latency(BaseModel):
    """A histogram's base name (without `_bucket`), or a summary with quantiles, and the unit that it counts in.

    Quantiles of a summary are each replica's own: they can't be added up over replicas.
    """

    model_config = PART
    metric: str
    unit: LatencyUnit
    kind: Literal["histogram", "summary"] = "histogram"


class Histogram(BaseModel):
    """A histogram in seconds: its base name, without `_bucket`."""

    model_config = PART
    metric: str


class Gauge(BaseModel):
    """A gauge of each replica; `metric` is its full name."""

    model_config = PART
    metric: str


class Signals(BaseModel):
    """What a server exposes about itself; None: it exposes no such thing."""

    model_config = PART
    requests: Counter | None = None
    errors: Counter | None = None
    latency: Latency | None = None
    queue: Gauge | None = None
    saturation: Gauge | None = None
    first_token: Histogram | None = None
    between_tokens: Histogram | None = None
    cache: Gauge | None = None


class ConfigFile(BaseModel):
    """A file that the server reads at its start."""

    model_config = PART
    path: str
    text: str


class ServerImage(BaseModel):
    """What somebody has read in the image's own files: its entry point, its user, where that may write."""

    model_config = PART
    name: str
    tag: str
    entry_point: tuple[str, ...]
    user: str
    writable: tuple[str, ...]
    source: str
    as_of: date


class HubWay(BaseModel):
    """How a server takes a model from Hugging Face: what differs from a model that lies beside it."""

    model_config = PART
    revision_arguments: tuple[str, ...] = ()  # where the spec names a revision
    environment: dict[str, str] = {}


class LoaderWay(BaseModel):
    """How a server is told to read a bucket by a loader; the model's address is that of the bucket then."""

    model_config = PART
    source: str
    arguments: tuple[str, ...]
    sharded_arguments: tuple[str, ...] = ()  # where the model is spread over several devices


class SeveralHosts(BaseModel):
    """How the pods of one replica form one server: a leader that answers, and workers.

    A script is run by `sh`; ``{command}`` in it is the command with its arguments. Left out: the command itself runs.
    """

    model_config = PART
    source: str
    as_of: date
    confidence: Confidence
    arguments: tuple[str, ...] = ()  # of both roles
    worker_arguments: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    leader_script: str | None = None
    worker_script: str | None = None


class ServerTable(BaseModel):
    """Whose options `server_options.csv` holds for a server, or whose metrics `server_metrics.csv`, and as of when."""

    model_config = PART
    program: str
    version: str
    source: str
    as_of: date
    confidence: Confidence


class ModelServer(BaseModel):
    """How one model server is started, probed and measured."""

    model_config = PART
    name: str
    source: str
    as_of: date
    confidence: Confidence
    profile: Profile = "tabular"  # what its requests are, where the spec doesn't say
    accelerators: tuple[Accelerator, ...]
    devices_per_chip: dict[str, int] = {}  # by the node label's TPU; 1 where it isn't listed
    ports: Ports | None = None
    metrics_path: str = "/metrics"
    public_paths: tuple[str, ...] = ("/",)  # prefixes that the gateway passes on
    probes: Probes | None = None
    image: ServerImage | None = None  # None: nobody has read it
    model_from: Literal["gcs-fuse", "own-loader"]  # how it comes by a model in a bucket
    hub: HubWay | None = None  # None: it takes no model from Hugging Face
    loaders: dict[str, LoaderWay] = {}
    several_hosts: dict[Accelerator, SeveralHosts] = {}  # by what its pods run on; where it isn't listed: one host only
    options: ServerTable | None = None
    metrics: ServerTable | None = None
    command: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    argument_aliases: dict[str, str] = {}  # short names of arguments, by the long ones that are given here
    shared_gpu_arguments: tuple[str, ...] = ()  # where others have the same GPU
    environment: dict[str, str] = {}
    files: tuple[ConfigFile, ...] = ()
    drain: str  # what becomes of requests that run when a pod is told to go, after its sleep
    load_seconds: int
    longest_request_seconds: int
    run_as_user: int
    read_only_root: bool
    shared_memory: bool
    scale_on: ScaleOn | None = None
    inference_pool: bool = False  # whether endpoint pickers understand its metrics
    signals: Signals = Signals()


@dataclass(frozen=True, slots=True)
class Conventions:
    """How one endpoint's server is run and watched."""

    server: ModelServer
    ports: Ports
    metrics_path: str
    public_paths: tuple[str, ...]
    probes: Probes
    arguments: tuple[str, ...]
    scale_on: ScaleOn | None  # None: CPU, or accelerators' duty
    longest_request_seconds: int
    signals: Signals


@cache
def servers() -> Mapping[str, ModelServer]:
    """The table, by name."""
    text = resources.files("weighbridge.serving").joinpath("servers.yaml").read_text(encoding="utf-8")
    rows = TypeAdapter(list[ModelServer]).validate_python(yaml.parse(text).value)
    return {row.name: row for row in rows}


def conventions_of(name: str, endpoint: Endpoint) -> Conventions:
    """The conventions of a checked endpoint: the table's, where the spec doesn't say otherwise."""
    server = servers()[endpoint.server]
    ports, probes, signals = server.ports, server.probes, server.signals
    arguments, metrics_path = server.arguments, server.metrics_path
    own = endpoint.custom
    if own is not None:
        ports = Ports(http=own.port, metrics=own.metrics_port or own.port)
        probes = Probes(startup=own.health_path, readiness=own.health_path, liveness=own.health_path)
        signals, metrics_path = _own_signals(own, endpoint.scale_on), own.metrics_path
        arguments = (own.model_argument,) if own.model_argument else ()
    if ports is None or probes is None:
        raise ValueError(f"{endpoint.server} has no ports or probes")
    longest = endpoint.longest_request
    probes = Probes(**{probe: path.format(name=name) for probe, path in probes})
    return Conventions(
        server=server,
        ports=ports,
        metrics_path=metrics_path,
        public_paths=_with(probes.readiness, endpoint.public_paths or server.public_paths),
        probes=probes,
        arguments=arguments,
        scale_on=endpoint.scale_on or server.scale_on,
        longest_request_seconds=int(longest.total_seconds()) if longest else server.longest_request_seconds,
        signals=signals,
    )


def _with(readiness: str, paths: tuple[str, ...]) -> tuple[str, ...]:
    """The public paths, with that by which anybody may ask whether the endpoint answers."""
    covered = any(f"{readiness}/".startswith(f"{path.rstrip('/')}/") for path in paths)
    return paths if covered else (*paths, readiness)


def _own_signals(own: CustomServer, scale_on: ScaleOn | None) -> Signals:
    return Signals(
        requests=Counter(metric=own.requests) if own.requests else None,
        errors=Counter(metric=own.errors) if own.errors else None,
        latency=Latency(metric=own.latency_seconds, unit="s") if own.latency_seconds else None,
        queue=Gauge(metric=scale_on.metric) if scale_on and scale_on.metric else None,
        first_token=Histogram(metric=own.first_token_seconds) if own.first_token_seconds else None,
        between_tokens=Histogram(metric=own.between_tokens_seconds) if own.between_tokens_seconds else None,
        cache=Gauge(metric=own.cache_used) if own.cache_used else None,
    )
