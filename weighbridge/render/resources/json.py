"""The resources of a stack for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from weighbridge.render.plain_value import plain, whole
from weighbridge.resources.graph import Resource

SCHEMA_VERSION = "1.0"


def render(resources: Sequence[Resource]) -> str:
    """Sorted keys; what is unknown is ``{"unknown": true}``, and what is secret ``{"secret": true}``."""
    listed = [
        {
            "urn": resource.urn,
            "type": resource.type,
            "name": resource.name,
            "parent": resource.parent,
            "inputs": whole({name: plain(value) for name, value in resource.inputs.items()}),
            "read": resource.read,
            "protect": resource.options.protect,
            "ignore_changes": list(resource.options.ignore_changes),
            "retain_on_delete": resource.options.retain_on_delete,
        }
        for resource in resources
    ]
    content = {"schema_version": SCHEMA_VERSION, "resources": listed}
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
