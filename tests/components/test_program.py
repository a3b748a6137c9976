"""The program as Pulumi runs it: `__main__.py`, which is all `program`, with the specs of `stacks/`."""

from __future__ import annotations

import json
import runpy
import shutil
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from tests.support.paths import GOLDEN, ROOT
from tests.support.recording import Recording, Registration, held, record
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


def short(urn: str) -> str:
    """`<module>:<Kind>::<name>`: the parents that a URN repeats are in the parent's own entry."""
    return urn.rpartition("$")[2] if "$" in urn else urn.partition("::")[2].partition("::")[2]


def written(resource: Registration) -> dict[str, Any]:
    entry = {
        "urn": resource.urn,
        "parent": short(resource.parent),
        "provider": short(resource.provider.rpartition("::")[0]),  # without the provider's id
        "inputs": {
            key: json.loads(value) if key == "dashboardJson" else value for key, value in plain(resource.inputs).items()
        },
        "dependencies": [short(urn) for urn in resource.dependencies],
        "ignoreChanges": list(resource.ignore_changes),
        "replaceOnChanges": list(resource.replace_on_changes),
        "customTimeouts": dict(resource.timeouts),
        "protect": resource.protect,
    }
    return {key: value for key, value in entry.items() if value}


class Readable(yaml.SafeDumper):
    """YAML in which a text of several lines stands as its lines."""


Readable.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def by_kind(stack: str) -> dict[str, str]:
    """What a stack would create, a text for each kind of resource, so that a diff names what changed."""
    kinds: dict[str, dict[str, Any]] = {}
    for resource in run(stack).resources:
        kinds.setdefault(resource.type.rpartition(":")[2], {})[short(resource.urn)] = written(resource)
    return {
        f"{kind}.yaml": yaml.dump(resources, Dumper=Readable, sort_keys=True, width=1_000, allow_unicode=True)
        for kind, resources in kinds.items()
    }


@pytest.mark.parametrize("stack", STACKS)
def test_what_a_stack_would_create(stack, update_golden):
    created, folder = by_kind(stack), GOLDEN / stack / "resources"
    if update_golden:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, text in created.items():
            (folder / name).write_text(text, encoding="utf-8")
    expected = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
    assert created.keys() == expected.keys()
    for name, text in created.items():
        assert text == expected[name], "if this is meant: pytest tests/components/test_program.py --update-golden"


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

    (stack_outputs,) = (outputs for urn, outputs in recording.outputs.items() if "pulumi:pulumi:Stack::" in urn)
    assert {name: value for name, value in stack_outputs.items() if name != "kubeconfig"} == {
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
    assert json.loads(stack_outputs["kubeconfig"])["current-context"] == "dev"


@pytest.fixture
def copy(tmp_path) -> Path:
    for name in ("__main__.py", "Pulumi.yaml"):
        shutil.copy(ROOT / name, tmp_path)
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


def test_resources_of_ones_own_are_added_below_the_platform(copy):
    program = copy / "__main__.py"
    own = 'pulumi.ComponentResource("own:index:Thing", f"next-to-{len(platform.node_pools)}-pools")\n'
    program.write_text(program.read_text(encoding="utf-8") + own, encoding="utf-8")
    assert run("dev", copy).only("own:index:Thing").name == "next-to-2-pools"
