"""Folders of small specs that a test changes, and all that is said of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.support.specs import CATALOG, NOW, PROJECT, REGION
from weighbridge.files.problem import FolderError
from weighbridge.quota.demand import demand_of_stacks
from weighbridge.quota.ledger import build_ledger
from weighbridge.render.quota import json as quota_json
from weighbridge.render.quota import text as quota_text
from weighbridge.rules.shared_quota import judge_all
from weighbridge.stacks.load import read_folder
from weighbridge.stacks.spec_cache import SpecCache

LIMITS = ("N2-CPUS-per-project-region", "NVIDIA-L4-GPUS-per-project-region", "SSD-TOTAL-GB-per-project-region")


def small_spec(stack: str, **pools: dict[str, Any]) -> dict[str, Any]:
    """A spec to be written; its pools are merged into a small one."""
    small = {"machine_type": "n2-standard-8", "nodes": {"min": 0, "max": 3}}
    return {
        "version": 1, "environment": stack, "owner": "ml@example.com",
        "cloud": {"project": PROJECT, "region": REGION, "zones": [f"{REGION}-a"]},
        "node_pools": {name: {**small, **pool} for name, pool in (pools or {"batch": {}}).items()},
    }  # fmt: skip


def small_quota(**keys: Any) -> dict[str, Any]:
    """A quota file to be written."""
    limits = [{"quota": quota, "region": REGION, "limit": 100} for quota in LIMITS]
    return {"version": 1, "project": PROJECT, "pulled_at": "2026-11-20T08:00:00Z", "limits": limits, **keys}


def write(stacks: Path, **files: dict[str, Any]) -> None:
    """Writes files by their stems."""
    stacks.mkdir(parents=True, exist_ok=True)
    for stem, content in files.items():
        (stacks / f"{stem}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")


def ledger_of(stacks: Path, cache: SpecCache | None, judged: str | None = None) -> str:
    """Everything that `weighbridge quota` may print of a folder, in both formats, or what is wrong with it.

    Where one stack is judged, what is wrong with the others comes first.
    """
    try:
        folder = read_folder(stacks, CATALOG, judged, cache)
    except FolderError as error:
        return str(error)
    demands = demand_of_stacks(folder.demands, folder.quota, CATALOG)
    ledger = build_ledger(folder.quota, demands, CATALOG, NOW)
    over = judge_all(demands, folder.quota, CATALOG, NOW)
    lines = [line for error in folder.bounded.values() for line in error.lines()]
    return "\n".join(lines) + quota_text.render(ledger, sorted(demands), over) + quota_json.render(ledger, over, NOW)
