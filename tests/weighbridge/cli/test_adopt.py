"""`weighbridge adopt` as people run it: what it prints, writes, and refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.paths import ROOT
from tests.support.recorded_pools import NOT_SAID, RECORDED, cluster
from weighbridge.cli.main import app
from weighbridge.stacks.load import read_spec

OWNER = "ml-infra@example.com"
TEXT = json.dumps(cluster(RECORDED[0], NOT_SAID[0][0]))


@pytest.fixture
def project(tmp_path) -> Path:
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    return tmp_path


def adopt(project: Path, *arguments: str, stdin: str = TEXT) -> tuple[int, str]:
    given = ["adopt", "-", "--stack", "platform", "--owner", OWNER, "-C", str(project), *arguments]
    done = CliRunner().invoke(app, given, input=stdin)
    return done.exit_code, done.output.replace(f"{project}/", "")


def test_it_writes_a_spec_and_says_what_stays_and_what_is_left_out(project):
    code, output = adopt(project)
    assert code == 0
    assert output == (
        "1 of 2 pools of platform are in stacks/platform.yaml, by import id:\n"
        "  example-ml/us-central1/platform/default-pool\n"
        "    stays, as setting ours would replace the pool: networkConfig,\n"
        "      nodeConfig.metadata, nodeConfig.oauthScopes, nodeConfig.serviceAccount,\n"
        "      nodeConfig.shieldedInstanceConfig\n"
        "    stays, as setting ours would make new nodes: version, nodeConfig.gcfsConfig,\n"
        "      nodeConfig.gvnic\n"
        "    stays, as an import changes nothing: nodeConfig.labels,\n"
        "      nodeConfig.resourceLabels\n"
        "  preempted is left out, as its nodes are preemptible, which the spec doesn't\n"
        "    have: spot nodes are their successors\n"
        "\n"
        "Next: list platform under stacks in the quota file, then\n"
        "  weighbridge preview platform\n"
        "Once the pools are imported, take nodeConfig.labels out of `keeps` of those that\n"
        "endpoints and pipelines are to run on: it is by a label that pods find them.\n"
    )
    assert read_spec(project / "stacks" / "platform.yaml").node_pools["default-pool"].adopted is not None


def test_a_dry_run_writes_nothing_and_shows_the_spec(project):
    code, output = adopt(project, "--dry-run")
    assert (code, output.partition("\n")[0]) == (0, "version: 1")
    assert "nothing was written (--dry-run)" in output
    assert not (project / "stacks" / "platform.yaml").exists()


def test_pools_from_a_file_of_their_own(project):
    file = project / "pools.json"
    file.write_text(json.dumps([RECORDED[1]]), encoding="utf-8")
    code, output = adopt(project, "--pools", str(file), "--dry-run")
    assert code == 0
    assert "platform/queued" in output


def test_a_spec_that_is_there_is_not_written_over(project):
    adopt(project)
    assert adopt(project) == (
        2,
        "weighbridge: stacks/platform.yaml is there already: choose another stack, or remove it first\n",
    )


@pytest.mark.parametrize("stdin", ["", "\x00\x01", "{}", "[" * 100_000, '"text"', '{"selfLink": 3}'])
def test_what_is_no_cluster_is_said_on_one_line(project, stdin):
    code, output = adopt(project, stdin=stdin)
    assert code == 2
    assert output.startswith("weighbridge: ")
    assert "Traceback" not in output


def test_an_owner_that_is_no_address_is_the_user_s_mistake(project):
    code, output = adopt(project, "--owner", "nobody")
    assert code == 2
    assert "owner: expected" in output
