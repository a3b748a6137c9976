"""What a version is, as one short text: two that run anything different have different fingerprints.

**What counts.** All keys of the version and of its endpoint, minus the lists below of those that are free; so a key
that a model gets later counts by construction, and the test of this module fails until somebody has said which it is.
With them count the stack, whether it is production, and the names of endpoint and version: a record can't be carried
from staging to production, from one endpoint to another, or to a version of another name. The host name counts, because
it decides whose requests a version gets.

**What does not.** A key that equals its default: one that is added to the model later changes no record, as long as its
default means what leaving it out has meant, and writing a default out changes nothing either. How a value is spelled:
`1000m` is `1`, and mappings have no order. What isn't in the spec: the files behind a path and the image behind a tag
(they are recorded as written), values of Secrets, what a node pool gives to a version that asks for no CPU or memory,
and the version of Weighbridge.

**Where it lies.** `versions.<name>.accepted` records who let the version take traffic (see `acceptance`), and each
entry of `rollout.approvals` what its step was approved for (see `record`). Who may do either is decided in `authority`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import TypeAlias

from pydantic import BaseModel

from weighbridge.rollouts.authority import Authority
from weighbridge.spec.endpoint import Endpoint

Canonical: TypeAlias = "dict[str, Canonical] | list[Canonical] | str | int | bool"
"""What canonical JSON is made of; never a float, which has several spellings."""

FORMAT = 1
"""Raised where the same spec is to have another fingerprint than before, which voids every record."""

FREE_OF_VERSION: Mapping[str, str] = {
    "replicas": "how many run, not what",
    "load_time": "how long a start is waited for",
    "accepted": "the record itself",
}
"""With why it is free."""

FREE_OF_ENDPOINT: Mapping[str, str] = {
    "node_pool": "where it runs",
    "scale_on": "how many run",
    "longest_request": "how long it is waited for",
    "cloud_armor": "who gets in",
    "iap": "who gets in",
    "called_from": "who gets in",
    "public_paths": "who gets in",
    "reaches": "whom it may ask",
    "slo": "what is promised",
    "profile": "what is watched",
    "watch": "what is watched",
    "thresholds": "what is watched",
    "measure_only": "who is told",
    "measure_only_until": "who is told",
    "versions": "each has a fingerprint of its own",
    "stable": "which version takes what is for acceptance and approvals to say",
    "rollout": "which version takes what is for acceptance and approvals to say",
}
"""With why it is free."""

_SHOWN = len("sha256:") + 12
_COMMIT = re.compile("@[0-9a-f]{40}$")


def fingerprint(authority: Authority, name: str, endpoint: Endpoint, version: str) -> str:
    """The fingerprint of a version of endpoint `name`, as ``sha256:`` and 64 hexadecimal digits."""
    content: Canonical = {
        "format": FORMAT,
        "stack": authority.stack,
        "production": authority.production,
        "endpoint": {"name": name, "keys": _written(endpoint, FREE_OF_ENDPOINT)},
        "version": {"name": version, "keys": _written(endpoint.versions[version], FREE_OF_VERSION)},
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def fingerprint_otherwise(authority: Authority, name: str, endpoint: Endpoint, version: str) -> str:
    """The fingerprint that it would have if `production` were turned, and nothing else."""
    return fingerprint(replace(authority, production=not authority.production), name, endpoint, version)


def short(digest: str) -> str:
    """As messages show it, which have no room for all of it."""
    return digest[:_SHOWN]


def names_one_model(model: str) -> bool:
    """Whether a model's name means one object and no later one: with its generation, or its commit on Hugging Face.

    What lies in the image is as exact as the image's own name.
    """
    if model.startswith("hf://"):
        return _COMMIT.search(model) is not None
    return model.startswith("/") or "#" in model


def _written(model: BaseModel, free: Mapping[str, str] | None = None) -> dict[str, Canonical]:
    """The keys of a model that differ from their defaults, without those that are free."""
    return {
        field: _canonical(value)
        for field, described in type(model).model_fields.items()
        if field not in (free or ())
        and (value := getattr(model, field)) != described.get_default(call_default_factory=True, validated_data={})
    }


def _canonical(value: object) -> Canonical:
    """Raises `TypeError` for a type that has no one spelling here: a key of a new type must be given one."""
    match value:
        case bool() | int() | str():
            return value
        case Decimal():
            return f"{value.normalize():f}"
        case float():
            return f"{Decimal(str(value)).normalize():f}"
        case timedelta():
            return f"{value / timedelta(microseconds=1):.0f}us"
        case BaseModel():
            return _written(value)
        case tuple() | list():
            return [_canonical(item) for item in value]
        case Mapping():
            return {str(key): _canonical(item) for key, item in value.items()}
    raise TypeError(f"no canonical spelling for {type(value).__name__}")
