"""Where in a spec something stands that resources or messages know by a name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from weighbridge.conventions import nccl_installer_name, picker_name, version_name
from weighbridge.files.problem import KeyPath
from weighbridge.spec.root import Spec

_SLICE = re.compile(r"-s[0-9]+$")


def path_of(spec: Spec, *names: str | None) -> KeyPath | None:
    """The key path of the first name that is an object of a version, a node pool, an endpoint or a pipeline.

    A slice of a node pool stands where its pool does.
    """
    return next((path for name in names if name for path in _paths(spec, name)), None)


def _paths(spec: Spec, name: str) -> Iterator[KeyPath]:
    for endpoint, of_endpoint in spec.endpoints.items():
        for version in of_endpoint.versions:
            owned = version_name(endpoint, version)
            if name in (owned, picker_name(owned)):
                yield "endpoints", endpoint, "versions", version
    for pool in spec.node_pools:
        if name == nccl_installer_name(pool):
            yield "node_pools", pool
    for candidate in (name, _SLICE.sub("", name)):
        for section in ("node_pools", "endpoints", "pipelines"):
            if candidate in getattr(spec, section):
                yield section, candidate
