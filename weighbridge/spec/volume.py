"""Volumes of a version, and the secrets that it is given, as the spec writes them.

Every volume exists already, or is memory: none is created, so that no spec draws on the quota of disks unseen.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from weighbridge.units import PART, BucketPath, DnsLabel, Expected, MayBeSecret, MemoryQuantity, SecretVersion, Zone

ContainerPath = Annotated[
    str,
    StringConstraints(pattern=r"^(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)+$", max_length=255),
    Expected("an absolute path such as /weights, without a slash at its end"),
]
"""A folder or file in the container."""

ObjectName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$"),
    Expected("a name of lower-case letters, digits, hyphens and dots"),
]
CloudName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$"),
    Expected("a name of lower-case letters, digits and hyphens, a letter first"),
]
_ADDRESS = "an IPv4 address such as 10.20.0.2"


def _address(text: str) -> str:
    try:
        return str(IPv4Address(text))
    except ValueError:
        raise PydanticCustomError("unit", "expected {expected}", {"expected": _ADDRESS}) from None


Address = Annotated[
    str,
    AfterValidator(_address),
    Field(json_schema_extra={"pattern": r"^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$"}),
    Expected(_ADDRESS),
]


class CloudStorage(BaseModel):
    """`cloud_storage`: a bucket, or a folder of it, through Cloud Storage FUSE."""

    model_config = PART

    bucket: BucketPath = Field(examples=["gs://example-ml-data/embeddings"])
    """The bucket, and the folder of it that is mounted."""

    profile: Literal["serving", "training", "checkpointing"] | None = None
    """Google's profile, which sizes caches by bucket and node (GKE 1.35.1 or later). Left out: the driver's own
    defaults."""

    file_cache: MemoryQuantity | None = None
    """Most that files read once may take of the node's disk or local SSD. Left out: nothing is kept; not with a
    `profile`, which decides on it."""


class HyperdiskMl(BaseModel):
    """`hyperdisk_ml`: a Hyperdisk ML that exists and is filled, read by many nodes at once."""

    model_config = PART

    disk: CloudName = Field(examples=["llama-weights"])
    """Name of the disk, in every zone of `zones`."""

    zones: tuple[Zone, ...] = Field(min_length=1, max_length=20, examples=[["us-central1-a"]])
    """Zones that have a disk of this name. Of several, each needs the label `goog-gke-multi-zone: true`."""

    size: MemoryQuantity = Field(examples=["500Gi"])
    """How large it is."""


class Filestore(BaseModel):
    """`filestore`: a share of a Filestore instance that exists."""

    model_config = PART

    instance: CloudName = Field(examples=["models"])
    """Name of the instance."""

    location: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z]+-[a-z]+[0-9]+(?:-[a-z0-9]+)?$"),
        Expected("a zone or region such as us-central1-a"),
    ] = Field(examples=["us-central1-a"])
    """Its zone, or its region."""

    share: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,63}$"), Expected("the share's name such as vol1")
    ] = Field(examples=["vol1"])
    """Name of the share."""

    address: Address = Field(examples=["10.20.0.2"])
    """The instance's address in the network."""

    size: MemoryQuantity = Field(examples=["2560Gi"])
    """How large the share is."""


class Lustre(BaseModel):
    """`lustre`: a Managed Lustre instance that exists, in the cluster's network."""

    model_config = PART

    instance: CloudName = Field(examples=["models"])
    """Name of the instance."""

    location: Zone = Field(examples=["us-central1-a"])
    """Its zone."""

    filesystem: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z][a-z0-9]{0,7}$"),
        Expected("a Lustre file system's name of 1 to 8 characters"),
    ] = Field(examples=["models"])
    """Name of its file system."""

    address: Address = Field(examples=["10.30.0.2"])
    """Address of its mount point."""

    size: MemoryQuantity = Field(examples=["18000Gi"])
    """How large it is."""


_KINDS = ("cloud_storage", "hyperdisk_ml", "filestore", "lustre", "claim", "memory")
_ONE_KIND = f"exactly one of {', '.join(_KINDS)}"

Source: TypeAlias = CloudStorage | HyperdiskMl | Filestore | Lustre


class Volume(BaseModel):
    """`volumes.<name>`: a folder of the container that is not the image's. Exactly one key says what it is."""

    model_config = ConfigDict(**PART, json_schema_extra={"oneOf": [{"required": [kind]} for kind in _KINDS]})

    mount: ContainerPath = Field(examples=["/weights"])
    """Where it is in the container."""

    writable: StrictBool = False
    """Whether the server may write to it; memory can always be written to, Hyperdisk ML never."""

    cloud_storage: CloudStorage | None = None
    """A bucket."""

    hyperdisk_ml: HyperdiskMl | None = None
    """A Hyperdisk ML."""

    filestore: Filestore | None = None
    """A share of Filestore."""

    lustre: Lustre | None = None
    """A Managed Lustre instance."""

    claim: ObjectName | None = None
    """A PersistentVolumeClaim of the namespace `serving`, which somebody else makes."""

    memory: MemoryQuantity | None = None
    """Memory of the node, which counts as memory of the replica; at most this much."""

    @model_validator(mode="after")
    def _one_kind(self) -> Volume:
        if sum(getattr(self, kind) is not None for kind in _KINDS) != 1:
            raise PydanticCustomError("unit", "expected {expected}", {"expected": _ONE_KIND})
        return self


_WAYS: tuple[set[str], ...] = ({"secret", "key"}, {"version"})
_ONE_WAY = "secret and key of a Kubernetes Secret, or a Secret Manager version such as projects/P/secrets/S/versions/3"
_SECRET_VERSION = TypeAdapter(SecretVersion)


def _secret_version(given: Any) -> Any:
    """A version that is written alone, as the model has it; checked here, where the place is that of the text."""
    if not isinstance(given, str):
        return given
    try:
        return {"version": _SECRET_VERSION.validate_python(given)}
    except ValidationError:
        raise PydanticCustomError("hidden", "expected {expected}", {"expected": _ONE_WAY}) from None


class SecretValue(BaseModel):
    """A value that is kept elsewhere; never the value itself."""

    model_config = ConfigDict(
        **PART, json_schema_extra={"oneOf": [{"required": [*sorted(way)], "maxProperties": len(way)} for way in _WAYS]}
    )

    secret: Annotated[DnsLabel, MayBeSecret()] | None = Field(default=None, examples=["hugging-face"])
    """Name of a Secret of the namespace `serving`, which somebody else makes; with `key`."""

    key: (
        Annotated[
            str,
            StringConstraints(pattern=r"^[-._a-zA-Z0-9]{1,253}$"),
            Expected("a key of a Secret: letters, digits, hyphens, dots and underscores"),
            MayBeSecret(),
        ]
        | None
    ) = Field(default=None, examples=["token"])
    """Which of its values."""

    version: SecretVersion | None = None
    """Version of a secret in Secret Manager, `projects/P/secrets/S/versions/3`; may be written alone, as a text."""

    @model_validator(mode="after")
    def _one_way(self) -> SecretValue:
        if {name for name, value in self if value is not None} not in _WAYS:
            raise PydanticCustomError("unit", "expected {expected}", {"expected": _ONE_WAY})
        return self


Secret: TypeAlias = Annotated[
    SecretValue,
    BeforeValidator(_secret_version, json_schema_input_type=SecretValue | SecretVersion),
]
"""A value in a Kubernetes Secret, or in Secret Manager."""
