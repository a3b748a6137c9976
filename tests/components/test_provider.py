"""The package for other languages: one component without arguments, made by the one program."""

from __future__ import annotations

import json
import sys

import pulumi
import pytest
from google.rpc import status_pb2

from components.ml_platform import PLATFORM_TYPE
from tests.support.paths import ROOT
from tests.support.recording import Recording, record
from weighbridge import __version__

# Pulumi's provider and Google's clients, which other tests use, have the same message each, and a process takes one.
sys.modules["pulumi.runtime.proto.status_pb2"] = status_pb2

from components.provider import _PlatformProvider, schema  # noqa: E402


def construct(name: str = "platform", inputs=None, type_: str = PLATFORM_TYPE, stack: str = "dev", folder=ROOT):
    """What is made, and what the program in the other language is given."""
    given: dict[str, object] = {}

    def program() -> None:
        result = _PlatformProvider(folder, {}).construct(name, type_, inputs or {}, pulumi.ResourceOptions())
        given.update(result.state)
        pulumi.export("urn", result.urn)

    return record(program, stack), given


def described():
    """The schema, as Pulumi reads it."""
    return json.loads(json.dumps(schema()))


def under(recording: Recording) -> set[str]:
    return {resource.urn for resource in recording.resources if not resource.type.startswith("pulumi:pulumi:")}


def test_the_name_is_the_programs_and_all_else_is_the_specs():
    named, outputs = construct("platform")
    assert named.only(PLATFORM_TYPE).name == "platform"
    assert named.only("gcp:container/cluster:Cluster").inputs["name"] == "dev"
    same, _ = construct("dev")
    assert len(under(same)) == len(under(named))
    properties = described()["resources"][PLATFORM_TYPE]["properties"]
    assert set(outputs) == set(properties) - {"dnsNameServers"}, "dev makes no zone"


def test_without_endpoints_only_what_is_always_there_is_given(tmp_path):
    (tmp_path / "stacks").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: weighbridge\nruntime: nodejs\n")
    (tmp_path / "stacks" / "quota.yaml").write_text((ROOT / "stacks" / "quota.yaml").read_text())
    (tmp_path / "stacks" / "dev.yaml").write_text(
        "version: 1\nenvironment: dev\nowner: ml@example.com\n"
        "cloud: {project: example-ml, region: us-central1, zones: [us-central1-a]}\n"
        "node_pools: {cpu: {machine_type: e2-standard-4, nodes: {min: 0, max: 1}}}\n"
    )
    _, outputs = construct(folder=tmp_path)
    assert sorted(outputs) == sorted(described()["resources"][PLATFORM_TYPE]["required"])


def test_the_schema_is_of_this_version_and_every_language_keeps_that():
    assert described()["version"] == __version__
    assert described()["language"]["nodejs"] == {"respectSchemaVersion": True}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"inputs": {"stack": "prod"}}, "platform: takes no arguments, got stack: all of it stands in the spec"),
        ({"type_": "weighbridge:index:Bucket"}, "weighbridge has no weighbridge:index:Bucket, only weighbridge:index:"),
        ({"stack": "qa"}, r"stacks/qa.yaml: there is no such file. Stacks in .*: dev, prod, staging"),
    ],
)
def test_what_it_can_not_make_is_said_without_a_traceback(given, message):
    with pytest.raises(pulumi.InputPropertiesError, match=message):
        construct(**given)
