"""A serving endpoint as the spec writes it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from weighbridge.spec.cluster import Cidr
from weighbridge.spec.inference_pool import InferencePool
from weighbridge.spec.pipeline import Profile, Watch
from weighbridge.spec.rollout import Acceptance, Rollout
from weighbridge.spec.thresholds import Thresholds
from weighbridge.spec.volume import ContainerPath, Secret, Volume
from weighbridge.units import (
    PART,
    Count,
    CpuQuantity,
    Day,
    DnsLabel,
    Duration,
    Expected,
    GaugeTarget,
    Hostname,
    Image,
    KeyOf,
    Latency,
    MemoryQuantity,
    Percent,
    WholeNumber,
)

Server = Literal["vllm", "vllm-tpu", "triton", "tf-serving", "custom"]


class Replicas(BaseModel):
    """Between how many replicas the autoscaler may choose."""

    model_config = PART

    min: Count = Field(examples=[0])
    """Replicas that always have room on the pool. 0 is none at all where `scale_on` names a `queue` outside them. Else
    the autoscaler still keeps one, which waits while others fill the pool: what it scales on comes from the replicas
    themselves, so none could wake from zero."""

    max: WholeNumber = Field(ge=1, le=1_000_000, examples=[2])
    """Most replicas."""


Argument = Annotated[
    str,
    StringConstraints(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f\x7f]+$"),
    Expected("an argument on one line, such as --max-model-len=8192"),
]
VariableName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=128),
    Expected("a variable's name of letters, digits and underscores, no digit first"),
]
VariableText = Annotated[str, StringConstraints(max_length=4096), Expected("a text; quote numbers, true and false")]


ModelPath = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?:gs://[a-z0-9][a-z0-9._-]{1,61}[a-z0-9](?:/\S*)?"
        r"|hf://[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*(?:@[\w][\w./-]*)?"
        r"|(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)+)$",
        max_length=1024,
    ),
    Expected(
        "a model such as gs://bucket/folder, hf://organisation/name@revision, or a path in the container such as "
        "/models/ranker"
    ),
]
"""Where a model lies: in a bucket, on Hugging Face, in the image or on a volume."""


class Version(BaseModel):
    """`versions.<name>`: one immutable version of the model."""

    model_config = PART

    image: Image = Field(examples=["us-docker.pkg.dev/example-ml/serving/triton:25.09"])
    """Container image of the server."""

    model: ModelPath = Field(examples=["gs://example-ml-models/ranker/v8"])
    """Model artefact: in a bucket, on Hugging Face (`hf://organisation/name@revision`), or a path in the container, of
    the image or of one of `volumes`. `#` and its generation after a path in a bucket are recorded, for an object that
    is never overwritten."""

    loader: Literal["runai-streamer"] | None = None
    """How a model in a bucket is read. Left out: by the server itself or through Cloud Storage FUSE."""

    replicas: Replicas = Field(examples=[{"min": 0, "max": 2}])
    """Replicas of this version."""

    gpu: WholeNumber | None = Field(default=None, ge=1, le=1024)
    """GPUs per replica; several whole nodes together where they are more than one node has. Left out: none."""

    tpu: WholeNumber | None = Field(default=None, ge=1, le=100_000)
    """TPU chips per replica. Left out: none."""

    cpu: CpuQuantity | None = None
    """CPU per replica, of each node where it is spread over several. Left out: a replica's part of its node."""

    memory: MemoryQuantity | None = None
    """Memory per replica, of each node where it is spread over several. Left out: a replica's part of its node."""

    command: tuple[Argument, ...] = Field(default=(), max_length=100, examples=[["python3", "-m", "server"]])
    """What is run in the container, before the arguments. Left out: what is right for the server's own image."""

    temporary_storage: MemoryQuantity | None = None
    """What a replica may write on its node's disk (`/tmp`, logs), such as `200Gi`; all of it is asked for. Left out: up
    to 10Gi, of which 1Gi is asked for."""

    arguments: tuple[Argument, ...] = Field(default=(), max_length=100, examples=[["--max-model-len=8192"]])
    """Further arguments of the server, after those that Weighbridge gives it."""

    environment: dict[VariableName, VariableText] = Field(
        default_factory=dict, max_length=100, examples=[{"VLLM_LOGGING_LEVEL": "WARNING"}]
    )
    """Further variables of the server's environment; no secrets, as everybody who reads the spec reads them. `$(NAME)`
    stands for another of them, or for one of `secrets`."""

    secrets: dict[VariableName, Secret] = Field(
        default_factory=dict,
        max_length=100,
        examples=[{"HF_TOKEN": {"secret": "hugging-face", "key": "token"}}],
    )
    """Variables whose values are kept in Secrets of the namespace `serving`, which somebody else makes, or in Secret
    Manager (`projects/P/secrets/S/versions/3`)."""

    secret_files: dict[ContainerPath, Secret] = Field(
        default_factory=dict,
        max_length=100,
        examples=[{"/etc/keys/token": "projects/example-ml/secrets/token/versions/3"}],
    )
    """The same as files, by their path in the container."""

    volumes: dict[DnsLabel, Volume] = Field(
        default_factory=dict, max_length=20, examples=[{"scratch": {"mount": "/scratch", "memory": "8Gi"}}]
    )
    """Further folders of the container."""

    load_time: Duration | None = None
    """How long a replica may take from its start until it can answer. Left out: what is usual for the server."""

    accepted: Acceptance | None = None
    """Who accepted it for traffic. Left out: nobody has, which blocks on production once it takes any."""


MetricName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$", max_length=128),
    Expected("a Prometheus metric's name of letters, digits, underscores and colons"),
]
UrlPath = Annotated[
    str,
    StringConstraints(pattern=r"^/[a-zA-Z0-9_./~-]*$", max_length=255),
    Expected("a path such as /healthz, without a query"),
]
RoutePath = Annotated[
    str,
    StringConstraints(pattern=r"^(?:/[a-zA-Z0-9_~-][a-zA-Z0-9_.~-]*)+$", max_length=100),
    Expected("a path such as /ranker, without a slash at its end"),
]
HeaderName = Annotated[
    str,
    # No header that clients send by themselves, such as `te`, chooses a version.
    StringConstraints(pattern=r"^[Xx]-[A-Za-z0-9-]{1,61}$"),
    Expected("a header's name such as x-model-version, which begins with x-"),
]
Port = Annotated[WholeNumber, Field(ge=1024, le=65535)]
"""Above 1023: servers run as an ordinary user."""


SubscriptionPath = Annotated[
    str,
    StringConstraints(
        pattern=r"^projects/[a-z][a-z0-9-]{4,28}[a-z0-9]/subscriptions/[A-Za-z][A-Za-z0-9._~%+-]{2,254}$",
        max_length=320,
    ),
    Expected("a Pub/Sub subscription such as projects/example-ml/subscriptions/reviews"),
]
QueueQuery = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4096),
    Expected("a PromQL expression such as sum(my_queue_length)"),
]


class OutsideQueue(BaseModel):
    """`scale_on.queue`: what waits for the endpoint, counted by somebody who is there while no replica is.

    One of the two. KEDA reads it (`cluster.operators.keda`), so the endpoint may have no replica while nothing waits.
    """

    model_config = ConfigDict(
        **PART,
        json_schema_extra={"oneOf": [{"required": [way], "maxProperties": 1} for way in ("subscription", "query")]},
    )

    subscription: SubscriptionPath | None = Field(default=None, examples=["projects/example-ml/subscriptions/reviews"])
    """Pub/Sub subscription whose undelivered messages wait, one that pushes to the endpoint or that something pulls."""

    query: QueueQuery | None = Field(default=None, examples=["llm_d_epp_flow_control_queue_size"])
    """PromQL of what waits, asked of the project's Cloud Monitoring; its series are added up."""

    @model_validator(mode="after")
    def _one(self) -> OutsideQueue:
        if (self.subscription is None) == (self.query is None):
            raise PydanticCustomError(
                "unit", "expected {expected}", {"expected": "`subscription` or `query`, one of them"}
            )
        return self


class ScaleOn(BaseModel):
    """`scale_on`: what the autoscaler follows, a gauge of the replicas or a queue outside them."""

    model_config = ConfigDict(
        **PART,
        json_schema_extra={
            "oneOf": [{"required": [way, "per_replica"], "maxProperties": 2} for way in ("metric", "queue")]
        },
    )

    metric: MetricName | None = Field(default=None, examples=["inference_queue_length"])
    """A gauge that each replica exposes."""

    queue: OutsideQueue | None = None
    """A queue outside the replicas, by which they may go away altogether; `replicas.min: 0` then means none."""

    per_replica: GaugeTarget = Field(examples=[4])
    """What one replica should carry on average, such as `4` requests or `0.8` of its cache."""

    @model_validator(mode="after")
    def _one(self) -> ScaleOn:
        if (self.metric is None) == (self.queue is None):
            expected = "`metric` (a gauge of the replicas) or `queue` (outside them), one of them"
            raise PydanticCustomError("unit", "expected {expected}", {"expected": expected})
        return self


class CustomServer(BaseModel):
    """`custom`: the conventions of a server of your own; with `server: custom` only."""

    model_config = PART

    port: Port = Field(examples=[8080])
    """Port of the HTTP API."""

    health_path: UrlPath = Field(examples=["/healthz"])
    """Answers 200 when the model can serve."""

    metrics_port: Port | None = None
    """Port of the metrics. Left out: `port`."""

    metrics_path: UrlPath = "/metrics"
    """Path of the metrics."""

    requests: MetricName | None = None
    """Counter of requests. Left out: requests and errors are not watched."""

    errors: MetricName | None = None
    """Counter of failed requests, a part of `requests`."""

    latency_seconds: MetricName | None = None
    """Histogram of latencies in seconds, without `_bucket`. Left out: latency is not watched."""

    first_token_seconds: MetricName | None = None
    """Histogram of times to the first token in seconds, without `_bucket`; of language models."""

    between_tokens_seconds: MetricName | None = None
    """Histogram of times between two tokens of an answer in seconds, without `_bucket`; of language models."""

    cache_used: MetricName | None = None
    """Gauge of the share of the key-value cache that is used, from 0 to 1; of language models."""

    model_argument: (
        Annotated[str, StringConstraints(min_length=1, max_length=200), Expected("an argument such as --model={model}")]
        | None
    ) = None
    """Argument that names the model's folder, with `{model}` in it. Left out: the folder is in MODEL_PATH only."""


class Slo(BaseModel):
    """`slo`: what users are promised."""

    model_config = PART

    availability: Percent = Field(examples=["99.9%"])
    """Share of good requests, below 100%."""

    latency_p99: Latency = Field(examples=["400ms"])
    """Latency that 99 of 100 requests stay under."""


def _no_rollout(given: Any) -> Any:
    return None if given == "none" else given


class Endpoint(BaseModel):
    """`endpoints.<name>`: a model served under one hostname, or a part of one."""

    model_config = PART

    node_pool: Annotated[DnsLabel, KeyOf("node_pools")] = Field(examples=["system"])
    """The node pool its replicas run on."""

    hostname: Hostname = Field(examples=["ranker.example.com"])
    """Name that clients call."""

    path: RoutePath | None = Field(default=None, examples=["/ranker"])
    """Where under that name it answers, so that several endpoints share one; its servers don't see it. Left out: at the
    root."""

    server: Server = Field(examples=["triton"])
    """Model server; ports, probes and metrics follow from it."""

    profile: Profile | None = None
    """What its requests are: `tabular`, `text`, `image`, or `none` where nothing of them can be compared. Decides which
    signals it must have. Left out: by server, `text` for vLLM and `tabular` else."""

    custom: CustomServer | None = None
    """Conventions of your own server; with `server: custom` only."""

    scale_on: ScaleOn | None = None
    """What the autoscaler follows. Left out: the server's queue, or CPU on pools without accelerators."""

    longest_request: Duration | None = None
    """After this a request is cut off, and a replica that goes away waits as long. Left out: by server."""

    pin_header: HeaderName = "x-model-version"
    """Header with which testers choose a version by name, whatever the weights."""

    cloud_armor: DnsLabel | None = None
    """Cloud Armor policy in front of it, by name. Left out: none."""

    public_paths: tuple[UrlPath, ...] = Field(default=(), max_length=16, examples=[["/predict"]])
    """Paths that the gateway passes on, each with all below it; that of the readiness probe always is. Left out: those
    of the server's API without management and metrics; of a `custom` server all."""

    called_from: tuple[DnsLabel, ...] = Field(default=(), max_length=50)
    """Namespaces of the cluster whose pods may call the servers past the gateway. Left out: none."""

    reaches: tuple[Cidr, ...] = Field(default=(), max_length=50)
    """Ranges outside the cluster that its servers may open connections to, on every port, such as that of a feature
    store. Left out: what any server needs, and HTTPS to addresses outside the network."""

    iap: StrictBool = False
    """Lets in only people and services that Identity-Aware Proxy knows."""

    slo: Slo | None = None
    """Service level objective. Left out: latency and outages are not alerted on."""

    watch: Watch | None = None
    """What its requests and predictions are compared with."""

    thresholds: Thresholds | None = None
    """Where it differs from `monitoring.thresholds`."""

    measure_only: StrictBool = False
    """Its alerts tell nobody yet; with `measure_only_until`."""

    measure_only_until: Day | None = None
    """The day from which `measure_only` is a violation."""

    inference_pool: InferencePool | None = None
    """A picker chooses the replica for each request, by queue and cached prefixes. Left out: replicas take turns."""

    versions: dict[DnsLabel, Version] = Field(
        min_length=1,
        examples=[
            {
                "v8": {
                    "image": "us-docker.pkg.dev/example-ml/serving/triton:25.09",
                    "model": "gs://example-ml-models/ranker/v8",
                    "replicas": {"min": 0, "max": 2},
                }
            }
        ],
    )
    """Versions that exist now."""

    stable: DnsLabel = Field(examples=["v8"])
    """The version that serves whatever the candidate does not."""

    rollout: Annotated[
        Rollout | None,
        BeforeValidator(_no_rollout, json_schema_input_type=Rollout | Literal["none"] | None),
    ] = None
    """The current rollout. Left out, or `none`: `stable` takes all traffic."""
