"""The GKE cluster as the spec writes it."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, StrictBool
from pydantic_core import PydanticCustomError

from weighbridge.spec.security import Security
from weighbridge.units import PART, Count, Duration, Expected, Image, MemoryQuantity, TimeOfDay

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


class Cluster(BaseModel):
    """`cluster`: one regional Standard GKE cluster. Everything has a default."""

    model_config = PART

    release_channel: Literal["rapid", "regular", "stable", "extended"] = "regular"
    """GKE release channel."""

    maintenance: Maintenance | None = None
    """When GKE may upgrade. Left out: GKE chooses any time."""

    auto_provisioning: AutoProvisioning | None = None
    """Node auto-provisioning. Left out: off, so only declared pools exist."""

    control_plane_access: tuple[Cidr, ...] = ()
    """IPv4 ranges that may reach the control plane by address. Left out: only through Google's DNS endpoint and IAM."""

    leader_worker_set: Literal["present"] | None = None
    """`present`: the controller of LeaderWorkerSets is there already. Left out: it is installed where a replica of an
    endpoint has several pods."""
    security: Security = Security()
    """What is closed beyond the defaults. Left out: pods are closed to one another, the rest is as GKE has it."""

    metrics_adapter_image: Image | None = None
    """Image of the adapter through which autoscalers read metrics, such as a copy pinned by digest. Left out: Google's
    own, by tag."""

    kueue: StrictBool = False
    """Kueue admits the workloads, with a ClusterQueue named after each pipeline. Left out: nobody is told of workloads
    that wait for quota."""
