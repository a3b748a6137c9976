"""What all stacks share, as `stacks/quota.yaml` writes it: limits, what is held already, declared, exempted."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints
from pydantic.config import JsonDict

from weighbridge.spec.node_pool import AttachedGpu
from weighbridge.units import (
    PART,
    Count,
    Day,
    Digest,
    DnsLabel,
    Duration,
    Email,
    Expected,
    FormatVersion,
    Hostname,
    Percent,
    ProjectId,
    Timestamp,
    WholeNumber,
    Zone,
    parse_choice,
)

QUOTA_FILE = "stacks/quota.yaml"
"""How messages name the file."""

UNLIMITED = -1
"""How the Cloud Quotas API spells a limit without end."""

UNLIMITED_BY_SIZE = 2**53
"""Limits this large mean unlimited; some of Google's interfaces write 2**63 - 1."""

LONGEST_CALENDAR_DAYS = 90
"""Google's most for a reservation in calendar mode; the least is one day. Source: its page on calendar mode."""

QuotaName = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?:[A-Z0-9][A-Z0-9-]*-per-project(?:-region|-zone)?|[A-Z][A-Za-z0-9]*PerProjectRegion)$"
    ),
    Expected("a Cloud Quotas id such as NVIDIA-L4-GPUS-per-project-region"),
]
Place = Annotated[
    str,
    StringConstraints(pattern=r"^(?:global|[a-z]+-[a-z]+[0-9]+)$"),
    Expected("a region such as us-central1, or global"),
]
Region = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]+-[a-z]+[0-9]+$"),
    Expected("a region such as us-central1"),
]
Dimensions = dict[
    Annotated[str, StringConstraints(pattern=r"^[a-z_]+$"), Expected("a dimension's name such as gpu_family")], str
]

Words = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    Expected("a few words, at most 200 characters"),
]
StackName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9._-]+$", max_length=100),
    Expected("a Pulumi stack's name: letters, digits, hyphens, underscores and periods, at most 100"),
]
"""Of a stack that may have no spec."""
ReservationName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z](?:[a-z0-9-]*[a-z0-9])?$", max_length=63),
    Expected("a reservation's name: lower-case letters, digits and hyphens, a letter first, at most 63"),
]
MachinePattern = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$", max_length=60),
    Expected("a machine family such as g2, or a machine type such as g2-standard-12"),
]
TypePattern = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9-]+:[^\s:]*:[^\s:]+$", max_length=200),
    Expected("a resource type such as gcp:dataproc/cluster:Cluster; * stands for any text"),
]
UrnPattern = Annotated[
    str,
    StringConstraints(pattern=r"^urn:pulumi:\S+$", max_length=1000),
    Expected("a URN such as urn:pulumi:dev::project::type::name, in which * stands for any text"),
]
Urn = Annotated[
    str,
    StringConstraints(pattern=r"^urn:pulumi:[^\s*]+$", max_length=1000),
    Expected("a resource's whole URN, as the report names it, without *"),
]
StorePath = Annotated[
    str,
    StringConstraints(pattern=r"^(?:gs://[a-z0-9][a-z0-9._-]{1,61}[a-z0-9](?:/\S*)?|[^\s:]+)$"),
    Expected("a folder, or a Cloud Storage path such as gs://bucket/claims"),
]


FilePath = Annotated[
    str,
    StringConstraints(pattern=r"^[^\s:]+$", max_length=500),
    Expected("the path of a file, such as policies/admission.pub"),
]


class Limit(BaseModel):
    """One limit as Google granted it."""

    model_config = PART

    quota: QuotaName = Field(examples=["NVIDIA-L4-GPUS-per-project-region"])
    """Cloud Quotas id."""

    region: Place = Field(examples=["us-central1"])
    """Region, or `global`."""

    dimensions: Dimensions = Field(default_factory=dict)
    """Further dimensions, such as `gpu_family: NVIDIA_H100`."""

    limit: Annotated[int, Field(strict=True, ge=UNLIMITED, le=UNLIMITED_BY_SIZE, examples=[24])]
    """Granted amount in the quota's unit; -1 is unlimited."""

    used: Count | None = Field(default=None, examples=[9])
    """What was used of it when the limits were pulled, for people to read. Left out: Google didn't say."""

    fixed: StrictBool = False
    """The limit is a budget: `weighbridge quota pull` lowers it and never raises it, whatever Google grants."""


class Unexplained(BaseModel):
    """Use of a limit that neither stacks nor `outside` nor reservations account for. `weighbridge quota pull` keeps it.

    It counts as outside use, until a pull finds less, or its owner writes it under `outside`.
    """

    model_config = PART

    quota: QuotaName = Field(examples=["NVIDIA-L4-GPUS-per-project-region"])
    """Cloud Quotas id."""

    region: Place = Field(examples=["us-central1"])
    """Region, or `global`."""

    dimensions: Dimensions = Field(default_factory=dict)
    """Further dimensions."""

    amount: WholeNumber = Field(ge=1, le=UNLIMITED_BY_SIZE, examples=[4])
    """How much of it, in the quota's unit."""

    what: Words | None = Field(default=None, examples=["VMs notebook-1 and notebook-2"])
    """What Google names of it. Left out: nothing."""


class Outside(BaseModel):
    """A use of the quota that is in none of the stacks."""

    model_config = PART

    what: Words = Field(examples=["search team notebooks"])
    """What it is, in words."""

    quota: QuotaName = Field(examples=["NVIDIA-L4-GPUS-per-project-region"])
    """Cloud Quotas id."""

    region: Place = Field(examples=["us-central1"])
    """Region, or `global`."""

    dimensions: Dimensions = Field(default_factory=dict)
    """Further dimensions."""

    amount: Count = Field(examples=[2])
    """The most it uses, in the quota's unit."""

    owner: Email = Field(examples=["search-ml@example.com"])
    """Who answers for it."""

    review_by: Day = Field(examples=["2035-01-31"])
    """The last day on which this entry is believed; afterwards it is a violation."""


class ListedStack(BaseModel):
    """`stacks.<stack>`: that a stack exists, whatever its own spec says."""

    model_config = PART

    production: StrictBool = False
    """Its spec has to say `production: true`; one that stops saying so is blocked."""

    hostnames: tuple[Hostname, ...] = Field(default=(), max_length=1000, examples=[["ranker.example.com"]])
    """Host names that no other stack may serve, in its spec or by its program. Left out: whoever asks first."""


def kept_hostnames(quota: QuotaFile) -> dict[str, str]:
    """Host names that are kept for one stack, with that stack."""
    return {host: stack for stack, listed in (quota.stacks or {}).items() for host in listed.hostnames}


class CalendarPeriod(BaseModel):
    """`calendar`: when a reservation made in calendar mode exists; Google ends it, and what runs on it, by itself."""

    model_config = PART

    start: Day = Field(alias="from", examples=["2026-12-01"])
    """The day on which it begins."""

    end: Day = Field(alias="to", examples=["2027-01-15"])
    """The day on which it ends, 1 to 90 days later."""


class HeldReservation(BaseModel):
    """A reservation of machines. Making it took the quota, used or not; node pools that name it take none once more."""

    model_config = PART

    name: ReservationName = Field(examples=["h100-block-1"])
    """Its name; one that exists in several zones has an entry for each."""

    project: ProjectId | None = None
    """The project that it lives in. Left out: the project of this file."""

    zone: Zone = Field(examples=["us-central1-a"])
    """Its zone."""

    machine_type: str = Field(examples=["a3-highgpu-8g"])
    """The machine type that it holds. Pools that name it have the same."""

    count: WholeNumber = Field(ge=1, le=1_000_000, examples=[4])
    """Machines. All pools that name it fit in it together, at their peaks."""

    gpu: AttachedGpu | None = None
    """GPUs attached to each machine, where its type brings none (N1)."""

    local_ssd: WholeNumber = Field(default=0, ge=0, le=32)
    """375 GB disks of each machine, beyond those that its type brings."""

    shared: StrictBool = False
    """Other projects may use it as well: then Google charges its use once more, in the project that uses it."""

    calendar: CalendarPeriod | None = None
    """Made in calendar mode: its machines take no quota; their disks and addresses do. Left out: it was not."""

    starts: Day | None = Field(default=None, examples=["2027-01-15"])
    """The day on which a reservation of the future begins. It counts from now on, as Google needs the quota then."""

    owner: Email | None = Field(default=None, examples=["ml-infra@example.com"])
    """Who answers for it. Left out: the owners of this file, as of one that was pulled."""

    review_by: Day | None = Field(default=None, examples=["2035-01-31"])
    """The last day on which this entry is believed; afterwards it is a violation. Left out: it stands until removed."""


class StatedDemand(BaseModel):
    """A part of one limit."""

    model_config = PART

    quota: QuotaName = Field(examples=["IN-USE-ADDRESSES-per-project-region"])
    """Cloud Quotas id."""

    region: Place = Field(examples=["us-central1"])
    """Region, or `global`."""

    dimensions: Dimensions = Field(default_factory=dict)
    """Further dimensions."""

    amount: Count = Field(examples=[1])
    """The most of it, in the quota's unit."""


class BeyondSpec(BaseModel):
    """What the program of a stack may draw beyond its spec. Every stack counts it, as part of that one."""

    model_config = PART

    stack: StackName = Field(examples=["dev"])
    """The stack; it may be one without a spec."""

    quota: QuotaName = Field(examples=["NVIDIA-L4-GPUS-per-project-region"])
    """Cloud Quotas id."""

    region: Place = Field(examples=["us-central1"])
    """Region, or `global`."""

    dimensions: Dimensions = Field(default_factory=dict)
    """Further dimensions."""

    amount: Count = Field(examples=[2])
    """The most that it draws beyond its spec, in the quota's unit."""

    reason: Words = Field(examples=["load test of the autumn release"])
    """Why the spec doesn't say it."""

    owner: Email = Field(examples=["ml-platform@example.com"])
    """Who answers for it."""

    review_by: Day = Field(examples=["2035-01-31"])
    """The last day on which this entry is believed; afterwards it is a violation."""


_ONE_TARGET: JsonDict = {"oneOf": [{"required": ["type"]}, {"required": ["urn"]}]}


class AllowedResource(BaseModel):
    """Resources that nobody can count, and that may exist all the same, with the demand they are taken to have.

    What can be counted is counted, whatever stands here.
    """

    model_config = ConfigDict(**PART, json_schema_extra=_ONE_TARGET)

    type: TypePattern | None = Field(default=None, examples=["gcp:dataproc/cluster:Cluster"])
    """Their type; `*` stands for any text. Either this or `urn`."""

    urn: UrnPattern | None = Field(
        default=None, examples=["urn:pulumi:dev::weighbridge::gcp:dataproc/cluster:Cluster::features"]
    )
    """Their URN; `*` stands for any text."""

    stack: StackName | None = Field(default=None, examples=["dev"])
    """The only stack that may have them. Left out: any; required with `demand`, which counts as part of that stack."""

    chart: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = Field(
        default=None, examples=["oci://registry.k8s.io/kueue/charts/kueue"]
    )
    """Of a Helm release: the chart it has to name, exactly."""

    version: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = Field(
        default=None, examples=["0.14.1"]
    )
    """Of a Helm release: the chart's version, exactly."""

    digest: Digest | None = None
    """Of a Helm release: what its chart has to end with, after an `@`; no other release is held to a digest."""

    demand: tuple[StatedDemand, ...] = ()
    """What each of them is taken to hold. Left out: nothing of any shared limit."""

    at_most: WholeNumber = Field(default=1, ge=1, le=10_000)
    """How many of them are counted for the stack, where they have a demand."""

    reason: Words = Field(examples=["two workers of e2-standard-4 that the feature jobs share"])
    """Why it is fine."""

    owner: Email = Field(examples=["ml-platform@example.com"])
    """Who answers for it."""

    review_by: Day = Field(examples=["2035-01-31"])
    """The last day on which this entry is believed; afterwards it is a violation."""


PLACES = ("name", "urn", "path", "quota")
"""Keys of an exemption that say where the violation is; each has one of them."""

_ONE_PLACE: JsonDict = {"oneOf": [{"required": [name]} for name in PLACES]}


class Exemption(BaseModel):
    """One violation that is let pass for a while: of one rule, in one place. Google's own limits have none."""

    model_config = ConfigDict(**PART, json_schema_extra=_ONE_PLACE)

    rule: str = Field(examples=["endpoint-security"])
    """The rule, as the report names it."""

    name: Words | None = Field(default=None, examples=["ranker-v7"])
    """What the violation's message calls it; `stack` says of which stack. One of `name`, `urn`, `path` and `quota`."""

    urn: Urn | None = None
    """The resource that the violation is about."""

    path: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = Field(
        default=None, examples=["endpoints.ranker.versions.v8"]
    )
    """The key of the spec that it is about, with dots; `stack` says whose."""

    quota: QuotaName | None = None
    """The limit that it is about, with `region`; `stack` says whose use of it."""

    region: Place | None = None
    """Of `quota`: its region, or `global`."""

    dimensions: Dimensions = Field(default_factory=dict)
    """Of `quota`: further dimensions."""

    stack: StackName | None = Field(default=None, examples=["prod"])
    """The stack, with `name`, `path` and `quota`; a URN names its own."""

    reason: Words = Field(examples=["the node exporter reads the host until its own pool exists"])
    """Why it may pass."""

    owner: Email = Field(examples=["ml-platform@example.com"])
    """Who asked for it, and mends it."""

    approver: Email = Field(examples=["quota-owners@example.com"])
    """Who allowed it: somebody else than the owner."""

    until: Day = Field(examples=["2026-12-20"])
    """The last day on which it holds: at most 30 days ahead for rules that guard the quota, a year for others."""


_ONE_PRICE: JsonDict = {"oneOf": [{"required": ["discount"]}, {"required": ["usd_per_hour"]}]}


class CommittedUse(BaseModel):
    """What a committed-use contract makes nodes cost. Every cost counts it until the day on which it ends.

    Spot, flex-start and queued nodes cost what they cost without: Google gives no such discount on them.
    """

    model_config = ConfigDict(**PART, json_schema_extra=_ONE_PRICE)

    machines: MachinePattern = Field(examples=["g2"])
    """A machine family, or one machine type, which goes before its family."""

    region: Region = Field(examples=["us-central1"])
    """The region that it was made for."""

    years: Annotated[Literal[1, 3], BeforeValidator(parse_choice)] = Field(examples=[1])
    """For how long it was made."""

    discount: Percent | None = Field(default=None, examples=["37%"])
    """What it takes off the list price of the whole machine. Either this or `usd_per_hour`."""

    usd_per_hour: Annotated[float, Field(strict=True, gt=0, le=100_000, allow_inf_nan=False)] | None = None
    """US dollars an hour of one machine; with a machine type. Counts where nobody lists a price, too."""

    nodes: WholeNumber | None = Field(default=None, ge=1, le=1_000_000)
    """With a machine type and `stack`: how many nodes of that stack it covers. They are paid whether they run or not;
    nodes beyond them cost what they cost without. Left out: all nodes."""

    stack: StackName | None = Field(default=None, examples=["prod"])
    """The only stack whose nodes it covers. Left out: those of every stack."""

    until: Day = Field(examples=["2027-11-30"])
    """Its last day. From the next day on list prices count again, and each cost says so."""


RequestState = Literal["pending", "granted", "denied"]


class QuotaRequest(BaseModel):
    """More of a limit, asked of Google by the program of one stack. What was asked for counts once it is pulled."""

    model_config = PART

    quota: QuotaName = Field(examples=["NVIDIA-L4-GPUS-per-project-region"])
    """Cloud Quotas id."""

    region: Place = Field(examples=["us-central1"])
    """Region, or `global`."""

    dimensions: Dimensions = Field(default_factory=dict)
    """Further dimensions."""

    value: WholeNumber = Field(ge=1, le=UNLIMITED_BY_SIZE, examples=[32])
    """The whole limit that is asked for, not what is to be added."""

    stack: DnsLabel = Field(examples=["prod"])
    """The stack whose program asks. When it is destroyed the request stays, as Google deletes none."""

    contact: Email = Field(examples=["ml-platform@example.com"])
    """Whom Google may ask."""

    justification: Annotated[str, StringConstraints(min_length=1, max_length=500)] = Field(
        examples=["dev 2 + prod 21 + staging 2 at peak, 2 outside, 3 kept free"]
    )
    """Why, as Google reads it."""

    state: RequestState | None = None
    """What came of it, as pulled. Left out: nobody has asked Google yet, or nothing was pulled since."""

    granted: WholeNumber | None = Field(default=None, ge=UNLIMITED, le=UNLIMITED_BY_SIZE)
    """What Google granted by this request, as pulled."""


class ClaimStore(BaseModel):
    """`claims`: where pull requests reserve quota before they are merged."""

    model_config = PART

    store: StorePath = Field(examples=["gs://example-ml-quota/claims"])
    """A folder, relative to the project's, or a Cloud Storage path."""


class AdmissionGate(BaseModel):
    """`admission`: an update needs a ticket, which `weighbridge admit` signs after a clean preview."""

    model_config = PART

    public_key: FilePath = Field(examples=["policies/admission.pub"])
    """Ed25519 public key in PEM, relative to the project's folder: it lies in the pack's, and has the pack's owners."""


class QuotaFile(BaseModel):
    """`stacks/quota.yaml`."""

    model_config = PART

    version: FormatVersion = Field(examples=[1])
    """Format of this file."""

    project: ProjectId = Field(examples=["example-ml"])
    """The project whose limits these are."""

    pulled_at: Timestamp = Field(examples=["2026-11-20T08:00:00Z"])
    """When the limits were read from Google Cloud."""

    max_age: Duration | None = None
    """Limits pulled longer ago than this admit nothing. Left out: they never expire."""

    keep_free: Percent = Decimal(0)
    """Part of every limit that no stack may plan with, rounded up."""

    limits: tuple[Limit, ...] = Field(
        min_length=1, examples=[[{"quota": "NVIDIA-L4-GPUS-per-project-region", "region": "us-central1", "limit": 24}]]
    )
    """The limits. One that is missing counts as zero, except those that Google sets on some projects only."""

    spot_pools: tuple[str, ...] = ()
    """Whose preemptible quota was granted; spot use of all others draws on standard quota."""

    shares: dict[DnsLabel, Percent] = Field(default_factory=dict)
    """The most of any one limit that a stack may take. A stack left out may take all of it."""

    outside: tuple[Outside, ...] = ()
    """What else runs in the project."""

    unexplained: tuple[Unexplained, ...] = ()
    """Use that nothing here accounts for, as pulled. It counts as outside use."""

    stacks: dict[DnsLabel, ListedStack] | None = None
    """Every stack there is. One that is listed has a spec; another may not draw on a limit. Left out: the specs."""

    reservations: tuple[HeldReservation, ...] = ()
    """Reservations of machines. A node pool may use those that are listed here, and no other."""

    sold: dict[Zone, tuple[MachinePattern, ...]] = Field(default_factory=dict)
    """What zones sell, as pulled: machine families, or single machine types where a zone sells only some of a family. A
    zone that is left out: nobody has asked."""

    requests: tuple[QuotaRequest, ...] = ()
    """What is asked of Google, by the programs of stacks: see `weighbridge quota request`."""

    commitments: tuple[CommittedUse, ...] = ()
    """Committed-use prices, which costs count. Left out: list prices."""

    approvers: dict[DnsLabel, tuple[Email, ...]] = Field(default_factory=dict)
    """Who may accept a version and approve a step, by stack. A stack left out: anybody but the owner of its spec."""

    allow: tuple[AllowedResource, ...] = ()
    """Resources that nobody can count and that may exist all the same."""

    beyond_spec: tuple[BeyondSpec, ...] = ()
    """What stacks may draw beyond their specs."""

    exemptions: tuple[Exemption, ...] = ()
    """Violations that are let pass for a while."""

    claims: ClaimStore | None = None
    """Where pull requests reserve quota. Left out: nowhere."""

    admission: AdmissionGate | None = None
    """By which key tickets of updates are signed. Left out: an update needs none."""
