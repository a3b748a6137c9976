"""`preview`, `report` and `render` as a user meets them: flags, files, exit codes, one wording."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import yaml

from tests.support.example_pull_request import change_prod
from tests.support.paths import ROOT, copy_project
from tests.support.results import blocked
from tests.weighbridge.cli.test_main import PATIENT, change, command_line, weighbridge
from tests.weighbridge.preview.test_revision import git
from tests.weighbridge.render.preview.test_formats import SCHEMA

__all__ = ["command_line"]


@pytest.fixture
def project(tmp_path):
    """A copy of the example stacks in a repository."""
    copy_project(tmp_path)
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "c")
    return tmp_path


def test_the_version(project, command_line):
    ran = command_line(project, "--version")
    assert (ran.returncode, ran.stdout) == (0, "weighbridge 0.1.0\n")


def test_the_folder_may_be_named_before_or_after_the_command(project, tmp_path_factory, command_line):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    good = "dev, prod, staging and the quota file: good\n"
    assert command_line(elsewhere, "-C", str(project), "validate").stdout == good
    assert command_line(elsewhere, "validate", "-C", str(project)).stdout == good
    assert command_line(elsewhere, "-C", str(elsewhere), "validate", "-C", str(project)).stdout == good
    lacking = command_line(elsewhere, "validate")
    assert lacking.returncode == 2
    assert "there is no Pulumi.yaml in" in lacking.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("preview", "pord"),
        ("report", "pord", "-o", "x.html"),
        ("render", "pord"),
        ("validate", "pord"),
        ("dashboard", "pord"),
        ("signals", "list", "-s", "pord"),
        ("runbook", "ranker", "-s", "pord"),
        ("rollout", "status", "ranker", "-s", "pord"),
        ("preview", "pord", "--changed-since", "HEAD"),
    ],
)
def test_an_unknown_stack_has_one_wording(project, command_line, command):
    ran = command_line(project, *command)
    assert (ran.returncode, ran.stdout, ran.stderr) == (
        2, "", "weighbridge: there is no stack 'pord'; there are dev, prod, staging. Did you mean `prod`?\n",
    )  # fmt: skip


def test_stacks_that_a_change_touches(project, command_line):
    change(project, "monthly_usd: 2500", "monthly_usd: 2600")
    ran = command_line(project, "preview", "--changed-since", "main", "--list")
    assert (ran.returncode, ran.stdout) == (0, "dev\n")
    assert ran.stderr.startswith("touched since main (")
    ran = command_line(project, "preview", "prod", "--changed-since", "main")
    assert (ran.returncode, ran.stdout) == (0, "")
    assert ran.stderr.endswith(") touches prod\n")


def test_what_frees_quota_is_deployed_before_what_takes_it(project, command_line):
    wanted = ("preview", "--changed-since", "main", "--list", "--deploy-order")
    change(project, "nodes: {min: 1, max: 2}", "nodes: {min: 1, max: 3}")
    change(project, "nodes: {min: 2, max: 4}", "nodes: {min: 2, max: 3}", "prod.yaml")
    assert command_line(project, *wanted).stdout == "prod\ndev\n"
    assert command_line(project, *wanted[:-1]).stdout == "dev\nprod\n"
    git(project, "commit", "--all", "--message", "all at once")
    assert command_line(project, "preview", "--list").stdout == "dev\nprod\nstaging\n"
    git(project, "checkout", "--quiet", "main")
    (project / "stacks" / "quota.yaml").write_text("nonsense")
    ran = command_line(project, *wanted)
    assert ran.returncode == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name a STACK, or a revision with --changed-since"),
        (("dev", "--list"), "--list: without --changed-since it lists all stacks, so name none"),
        (("--list", "--deploy-order"), "--deploy-order: it orders what --changed-since and --list find, so give both"),
        (
            ("--changed-since", "main", "--format", "json"),
            "--format json: several stacks don't fit into one: write files, -o out/{stack}.FILE",
        ),
        (
            ("--changed-since", "main", "--also", "sarif=x.sarif"),
            "x.sarif: several stacks would overwrite it: put {stack} into its name",
        ),
        (
            ("--changed-since", "main", "--against", "state.json"),
            "--against state.json: it is the state of one stack, so name that STACK",
        ),
    ],
)
def test_what_cannot_be_asked_says_what_can(project, command_line, arguments, message):
    (project / "Pulumi.yaml").write_text((project / "Pulumi.yaml").read_text() + "# touched\n")
    ran = command_line(project, "preview", *arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.splitlines()[-1] == f"weighbridge: {message}"


def test_a_wrong_spec_is_reported_in_every_format_and_still_ends_with_2(project, command_line):
    change(project, "machine_type: g2-standard-4", "machin_type: g2-standard-4")
    kinds = ("json", "html", "sarif", "junit", "codequality")
    ran = command_line(
        project, "preview", "dev", "--format", "markdown", *(f"--also={kind}=out/dev.{kind}" for kind in kinds)
    )
    assert ran.returncode == 2
    assert "\n**⛔ WRONG SPEC** dev: 1 problem, and nothing was run\n" in ran.stdout
    assert "- `wrong-spec` stacks/dev.yaml:10: node&#95;pools.serve-l4.machin&#95;type: unknown key." in ran.stdout
    assert ran.stderr.splitlines()[-1].startswith("stacks/dev.yaml:10:5: node_pools.serve-l4.machin_type: unknown key.")
    found = json.loads((project / "out/dev.json").read_text())
    assert (found["verdict"], found["exit_code"], found["violations"][0]["location"]["line"]) == ("wrong spec", 2, 10)
    (run,) = json.loads((project / "out/dev.sarif").read_text())["runs"]
    assert run["results"][0]["ruleId"] == "weighbridge/wrong-spec"
    assert ET.parse(project / "out/dev.junit").getroot().get("failures") == "1"  # noqa: S314 - our own file
    assert "Wrong spec" in (project / "out/dev.html").read_text()


def test_where_all_reports_go_into_files_the_verdict_is_printed(project, command_line, monkeypatch):
    monkeypatch.setattr("weighbridge.preview.run.run_preview", lambda request, *_: blocked(stack=request.stack))
    verdict = "BLOCKED  dev (example-ml, us-central1): 1 violation\n  and 1 piece of advice, which blocks nothing\n"
    ran = command_line(project, "report", "dev", "-o", "report.html")
    assert (ran.returncode, ran.stdout) == (1, verdict)
    assert command_line(project, "preview", "dev", "--format", "json", "-o", "dev.json").stdout == verdict
    assert command_line(project, "preview", "dev", "--json-lines", "--also", "html=x.html").stdout.count("\n") == 1


@pytest.mark.slow
def test_the_resources_of_a_stack_in_real_processes():
    ran = weighbridge(ROOT, "render", "dev", "--kind", "NodePool", "--name", "serve-l4", *PATIENT[:2])
    assert ran.returncode == 0, ran.stderr
    documents = list(yaml.safe_load_all(ran.stdout))
    assert [document["type"] for document in documents] == [
        "gcp:container/nodePool:NodePool",
        "weighbridge:index:NodePool",
    ]
    assert documents[0]["inputs"]["autoscaling"]["totalMaxNodeCount"] == 2


KINDS = ("json", "markdown", "html", "sarif", "junit", "codequality")


@pytest.mark.slow
def test_a_pull_request_is_reviewed_in_every_format_in_real_processes(project):
    """A pool raised, a rollout advanced, an alert's threshold changed, a pool renamed."""
    change_prod(project)
    also = [f"--also={kind}=out/{kind}" for kind in KINDS]
    ran = weighbridge(project, "preview", "prod", "--base", "main", *also, *PATIENT)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    for words in (
        "it was admitted",
        "new block canary-approval, ranker",
        "rollout ranker: v7 90%, v8 10% → v7 50%, v8 50%",
        "alert ranker-latency-burn changes",
        "DELETE train-a100 is deleted",
        "autoscaling.totalMaxNodeCount: 6 → 8",
        "bool 400000) … → … bool 300000)",
    ):
        assert words in " ".join(ran.stdout.split()), words
    assert [line for line in ran.stdout.splitlines() if len(line) > 80 and " " in line.strip()] == []
    read = {kind: (project / "out" / kind).read_text() for kind in KINDS}
    for words in ("2 to create, ", " to update, 2 to delete", "1 blocker ", "nearest its limit: ", "(+$1,246)"):
        assert words in read["markdown"][:600], words
    assert "| NVIDIA L4 | 7 → 9 |" in read["markdown"]
    assert '"delete: train-a100<br/>gcp NodePool"' in read["markdown"]
    assert "50%</b> ▶ now" in read["html"]
    found = json.loads(read["json"])
    assert found["base"]["verdict"] == "admitted"
    assert [one["policy"] for one in found["base"]["added"]] == ["canary-approval"]
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    assert json.loads(read["codequality"])[0]["check_name"] == "canary-approval"
    assert json.loads(read["sarif"])["runs"][0]["results"]
    assert ET.fromstring(read["junit"]).get("failures") == "1"  # noqa: S314 - our own text
    assert git(project, "worktree", "list").count("\n") == 1
