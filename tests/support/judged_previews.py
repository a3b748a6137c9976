"""What a program of dev registers and a pack reports, for previews whose host is not run."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from tests.support.graphs import cluster, node_pool
from tests.support.paths import ROOT
from weighbridge.host import Diagnostic, PolicyInfo
from weighbridge.resources.graph import Graph, Resource
from weighbridge.resources.held_resource import HeldResource

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
SHARED_QUOTA = PolicyInfo("shared-quota", "D.", "mandatory", "stack", "R.", "https://weighbridge.dev/x")


def graph(*resources: HeldResource) -> Graph:
    return Graph("weighbridge", "dev", tuple(_registered(resource) for resource in resources))


def _registered(resource: HeldResource) -> Resource:
    return Resource(resource.urn, resource.type, resource.name, custom=True, inputs=resource.inputs)


def pool(most: float, name: str = "serve-l4", /, **node_config: object) -> HeldResource:
    """So many nodes of one L4 at most."""
    return node_pool(
        name,
        nodeConfig={
            "machineType": "g2-standard-4",
            "diskSizeGb": 100.0,
            "diskType": "pd-balanced",
            "guestAccelerators": [{"type": "nvidia-l4", "count": 1.0}],
            **node_config,
        },
        autoscaling={"totalMinNodeCount": 0.0, "totalMaxNodeCount": most},
        upgradeSettings={"maxSurge": 0.0, "maxUnavailable": 1.0},
    )


FITS, TOO_MANY = graph(cluster(), pool(2)), graph(cluster(), pool(500))


def diagnostic(message: str = "m", urn: str = "", attachment: str = "", level: str = "mandatory") -> Diagnostic:
    return Diagnostic("shared-quota", "weighbridge", level, message, "D.", urn, "", attachment)  # type: ignore[arg-type] # a literal of the test


def line(text: str) -> int:
    lines = (ROOT / "stacks" / "dev.yaml").read_text().splitlines()
    return next(number for number, one in enumerate(lines, start=1) if one.startswith(text))


def exported(folder: Path, *resources: HeldResource) -> Path:
    listed = [{"urn": one.urn, "type": one.type, "custom": True, "inputs": dict(one.inputs)} for one in resources]
    file = folder / "state.json"
    file.write_text(json.dumps({"version": 3, "deployment": {"resources": listed}}), encoding="utf-8")
    return file
