"""The GKE cluster as the spec writes it."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, StrictBool, StringConstraints
from pydantic_core import PydanticCustomError

from weighbridge.spec.gke_version import ControlPlaneVersion
from weighbridge.spec.operators import Operators
from weighbridge.spec.security import Security
from weighbridge.units import PART, Count, DnsLabel, Duration, Expected, Image, MemoryQuantity, TimeOfDay, Zone

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


_RANGE = "an IPv4 range such as 203.0.113.0/24, host bits zero"


def _network(text: str) -> str:
    try:
        return str(IPv4Network(text))
    except ValueError:
        raise PydanticCustomError("unit", "expected {expected}", {"expected": _RANGE}) from None


Cidr = Annotated[
    str,
    AfterValidator(_network),
    Field(json_schema_extra={"pattern": r"^[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?$"}),
    Expected(_RANGE),
]


NetworkResourceName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z](?:[a-z0-9-]*[a-z0-9])?$", max_length=63),
    Expected("a name of lower-case letters, digits and hyphens, a letter first, no hyphen last, at most 63 characters"),
]
"""Compute Engine's rule for names of networks, subnetworks and their ranges."""


ServiceAccount = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]@[a-z0-9.-]+\.gserviceaccount\.com$", max_length=254),
    Expected("the address of a service account such as gke-nodes@example-ml.iam.gserviceaccount.com"),
]
KmsKey = Annotated[
    str,
    StringConstraints(
        pattern=r"^projects/[a-z0-9.:-]+/locations/[a-z0-9-]+/keyRings/[A-Za-z0-9_-]{1,63}/cryptoKeys/[A-Za-z0-9_-]{1,63}$"
    ),
    Expected("a Cloud KMS key such as projects/example-keys/locations/us-central1/keyRings/gke/cryptoKeys/disks"),
]
"""The key itself, not one version of it."""


class Maintenance(BaseModel):
    """`cluster.maintenance`: when GKE may upgrade, in UTC."""

    model_config = PART

    days: tuple[Weekday, ...] = Field(min_length=1, max_length=7, examples=[["sat", "sun"]])
    """Days of the week."""

    start: TimeOfDay = Field(examples=["02:00"])
    """Time of day in UTC, quoted: `"02:00"`."""

    duration: Duration = Field(examples=["6h"])
    """Length of each window, from 4h to 24h (GKE asks for at least four hours)."""


class AutoProvisioning(BaseModel):
    """`cluster.auto_provisioning`: the most that GKE may create in pools nobody declared. All of it is charged."""

    model_config = PART

    cpu: Count = Field(examples=[64])
    """Most vCPUs in the whole cluster; charged to the quota of every CPU family, as GKE may pick any."""

    memory: MemoryQuantity = Field(examples=["256Gi"])
    """Most memory in the whole cluster, such as `256Gi`."""

    gpus: dict[str, Count] = Field(default_factory=dict)
    """Most GPUs by GKE accelerator name, such as `nvidia-l4: 4`. A model left out is not provisioned."""


class ExistingCluster(BaseModel):
    """`cluster.existing`: a Standard cluster that somebody else made, with what is known of it. One stack for each."""

    model_config = PART

    name: DnsLabel = Field(examples=["shared"])
    """Its name, in this stack's project."""

    zone: Zone | None = None
    """Of a zonal cluster. Left out: it is regional, in this stack's region."""

    version: ControlPlaneVersion = Field(examples=["1.33"])
    """Version of its control plane, quoted."""

    dns_endpoint: StrictBool = True
    """Its control plane answers at Google's DNS endpoint, from outside the network too."""

    workload_identity: StrictBool = True
    """Workload Identity Federation, with the project's own pool."""

    gateway_api: StrictBool = False
    """The Gateway API, standard channel."""

    managed_prometheus: StrictBool = True
    """Managed collection of Google Cloud Managed Service for Prometheus."""

    gcs_fuse: StrictBool = False
    """The Cloud Storage FUSE driver."""

    secret_manager: StrictBool = False
    """The Secret Manager add-on."""

    secret_sync: StrictBool = False
    """Its synchronization with Kubernetes Secrets."""

    filestore: StrictBool = False
    """The Filestore driver."""

    lustre: StrictBool = False
    """The Managed Lustre driver."""

    custom_metrics: StrictBool = False
    """Something serves `custom.metrics.k8s.io` there already, so that no adapter is installed for autoscaling."""

    dataplane_v2: StrictBool = False
    """GKE Dataplane V2."""

    multi_networking: StrictBool = False
    """Nodes may have several interfaces."""


class Cluster(BaseModel):
    """`cluster`: one regional Standard GKE cluster. Everything has a default."""

    model_config = PART

    existing: ExistingCluster | None = None
    """A cluster that is there, in which pools, endpoints, pipelines and what watches them are created. Left out: one is
    created."""

    release_channel: Literal["rapid", "regular", "stable", "extended"] = "regular"
    """GKE release channel."""

    version: ControlPlaneVersion | None = Field(default=None, examples=["1.33"])
    """Lowest version of the control plane, quoted: `"1.33"` or whole. Left out: the channel's. GKE upgrades past it."""

    maintenance: Maintenance | None = None
    """When GKE may upgrade. Left out: GKE chooses any time."""

    auto_provisioning: AutoProvisioning | None = None
    """Node auto-provisioning. Left out: off, so only declared pools exist."""

    control_plane_access: tuple[Cidr, ...] = ()
    """IPv4 ranges that may reach the control plane by address. Left out: only through Google's DNS endpoint and IAM."""

    leader_worker_set: Literal["present"] | None = None
    """`present`: the controller of LeaderWorkerSets is there already. Left out: it is installed where a replica of an
    endpoint has several pods."""

    operators: Operators = Operators()
    """Controllers of training and batch jobs. Left out: none."""

    security: Security = Security()
    """What is closed beyond the defaults. Left out: pods are closed to one another, the rest is as GKE has it."""

    metrics_adapter_image: Image | None = None
    """Image of the adapter through which autoscalers read metrics, such as a copy pinned by digest. Left out: Google's
    own, by tag."""

    control_plane_address: Literal["public", "private"] = "public"
    """With `control_plane_access`: whether its address is public, or private in the nodes' network."""

    control_plane_subnetwork: NetworkResourceName | None = None
    """With a private address in a network that exists: the subnetwork that it is in. Left out: the nodes'. A change
    replaces the cluster."""

    node_service_account: ServiceAccount | None = Field(
        default=None, examples=["gke-nodes@example-ml.iam.gserviceaccount.com"]
    )
    """Service account of the nodes that is there, with the roles that nodes need. Left out: one is created, with no
    others. A change replaces pools."""

    boot_disk_key: KmsKey | None = Field(
        default=None, examples=["projects/example-keys/locations/us-central1/keyRings/gke/cryptoKeys/disks"]
    )
    """Cloud KMS key of the nodes' boot disks, which Compute Engine's service agent may use. Left out: Google's key. A
    change replaces pools."""

    kueue: StrictBool | Literal["installed"] = False
    """Kueue (`v1beta2`) admits the pipelines' jobs: each pipeline gets a queue of its guarantee, its ceiling and a
    second fence in its namespace (`docs/queues.md`). `true`: it is in the cluster. `installed`: this stack installs its
    chart, pinned. Left out: `guaranteed` and `at_most` are only watched, and nobody is told of jobs that wait for
    quota."""
