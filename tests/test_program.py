"""The program as Pulumi runs it: `__main__.py` with the specs of `stacks/`."""

from __future__ import annotations

import json
import runpy
import shutil
from pathlib import Path
from typing import Any

import pulumi
import pytest

from tests.support.paths import GOLDEN, ROOT
from tests.support.recording import Recording, Registered, held, record
from weighbridge.catalog import load as load_catalog
from weighbridge.quota.demand import spec_demand
from weighbridge.quota.holders import graph_demand
from weighbridge.quota.ledger import Demand
from weighbridge.resources.values import Unknown
from weighbridge.stacks.load import read_folder

STACKS = ("dev", "prod", "staging")


def run(stack: str, root: Path = ROOT, *, preview: bool = True) -> Recording:
    return record(lambda: runpy.run_path(str(root / "__main__.py"), run_name="__main__"), stack, preview=preview)


def plain(value: Any) -> Any:
    """As JSON has it: whole numbers without a point, the unknown by name."""
    match value:
        case Unknown():
            return "<unknown>"
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
    return value


def written(resource: Registered) -> dict[str, Any]:
    entry = {
        "urn": resource.urn,
        "parent": resource.parent,
        "provider": resource.provider.rpartition("::")[0],  # without the provider's id
        "inputs": plain(resource.inputs),
        "dependencies": list(resource.dependencies),
        "ignoreChanges": list(resource.ignore_changes),
        "customTimeouts": dict(resource.timeouts),
    }
    return {key: value for key, value in entry.items() if value}


@pytest.mark.parametrize("stack", STACKS)
def test_what_a_stack_would_create(stack, update_golden):
    resources = sorted((written(each) for each in run(stack).resources), key=lambda entry: entry["urn"])
    text = json.dumps(resources, indent=1, sort_keys=True) + "\n"

    file = GOLDEN / stack / "resources.json"
    if update_golden:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), "if this is meant: pytest tests/test_program.py --update-golden"


@pytest.mark.parametrize("stack", STACKS)
def test_what_a_stack_creates_draws_what_its_spec_says(stack):
    folder, catalog = read_folder(ROOT / "stacks"), load_catalog()

    created = graph_demand(held(run(stack)), folder.quota, catalog)

    assert amounts(created) == amounts(spec_demand(folder.specs[stack], folder.quota, catalog))
    assert created.doubts == ()


def amounts(demand: Demand) -> list[tuple[Any, ...]]:
    return sorted((str(claim.key), claim.holder, claim.steady, claim.peak) for claim in demand.claims)


def test_outputs_of_an_applied_stack():
    recording = run("dev", preview=False)

    (said,) = (each for urn, each in recording.outputs.items() if "pulumi:pulumi:Stack::" in urn)
    assert {name: value for name, value in said.items() if name != "kubeconfig"} == {
        "address": "203.0.113.7",
        "cluster": "dev",
        "dns_records": {
            "ranker.dev.example.com": {
                "name": "_acme.ranker.dev.example.com.",
                "type": "CNAME",
                "data": "0a1b.authorize.",
            }
        },
        "location": "us-central1",
        "nat_addresses": ["203.0.113.7"],
        "node_pools": {"serve-l4": "serve-l4", "system": "system"},
    }
    assert json.loads(said["kubeconfig"])["current-context"] == "dev"


@pytest.fixture
def copy(tmp_path) -> Path:
    shutil.copy(ROOT / "__main__.py", tmp_path)
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    for file in (tmp_path / "stacks").iterdir():
        file.chmod(0o644)
    return tmp_path


def test_a_wrong_spec_says_what_is_wrong_and_creates_nothing(copy):
    spec = copy / "stacks" / "dev.yaml"
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace("machine_type: g2-standard-4", "machine_typ: g2-standard-4"), encoding="utf-8")

    with pytest.raises(pulumi.RunError) as stopped:
        run("dev", copy)

    # Pulumi prints a RunError's text alone, without a traceback; the cause is hidden for the same reason.
    assert str(stopped.value).startswith(f"{spec}:10:5: node_pools.serve-l4.machine_typ: ")
    assert stopped.value.__suppress_context__


def test_a_stack_without_a_spec_is_no_traceback_either(copy):
    with pytest.raises(pulumi.RunError, match="there is no such file"):
        run("perf", copy)


def test_the_program_is_short_and_decides_nothing():
    lines = (ROOT / "__main__.py").read_text(encoding="utf-8").splitlines()

    assert len(lines) < 30
