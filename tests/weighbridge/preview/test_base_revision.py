"""A stack beside the same stack of another revision: what differs, whose pack judges, and a base that can't be run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.support.claim_books import book, claim
from tests.support.graphs import cluster, resource
from tests.support.judged_previews import NOW, SHARED_QUOTA, graph, pool
from tests.support.paths import ROOT
from tests.weighbridge.preview.test_revision import git
from weighbridge.claims.book_text import book_text
from weighbridge.host import HostError, Outcome
from weighbridge.preview import run
from weighbridge.preview.base_revision import PACK
from weighbridge.preview.result import Operation, PreviewVerdict
from weighbridge.preview.started import Request
from weighbridge.render.preview import json as as_json
from weighbridge.render.preview import markdown as as_markdown
from weighbridge.render.preview import text as as_text
from weighbridge.render.preview.wording import base_lines

SMALL, LARGE = graph(cluster(), pool(2)), graph(cluster(), pool(3))


class Host:
    """Answers for the program of the base and for that of the working tree, and notes what it was asked."""

    def __init__(self, base, head) -> None:
        self.answers = [base, head]
        self.asked: list[tuple[Path, Path, str]] = []

    def __call__(self, program, pack, *_):
        self.asked.append((program.folder, pack.folder, (program.folder / "stacks" / "dev.yaml").read_text()))
        answer = self.answers.pop(0)
        if isinstance(answer, HostError):
            raise answer
        return Outcome(answer, (), (SHARED_QUOTA,))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path / "Pulumi.yaml")
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "PulumiPolicy.yaml").write_text("runtime: python\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "c")
    return tmp_path


def preview(project, monkeypatch, base, head):
    host = Host(base, head)
    monkeypatch.setattr(run, "run_host", host)
    return run.run_preview(Request("dev", project, base="HEAD"), NOW), host


def change(project, old, new, file="dev.yaml"):
    path = project / "stacks" / file
    text = path.read_text()
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new))


def test_the_difference_of_resources_quota_cost_and_limits(project, monkeypatch):
    change(project, "limit: 24}", "limit: 32}", "quota.yaml")
    change(project, "nodes: {min: 0, max: 2}", "nodes: {min: 0, max: 3}")
    result, _ = preview(project, monkeypatch, SMALL, LARGE)
    assert (result.verdict, result.compared, result.with_state) == (PreviewVerdict.ADMITTED, True, False)
    (changed,) = (one for one in result.changes if one.operation is not Operation.SAME)
    assert result.base.changes == result.changes
    assert [(one.path, one.old, one.new) for one in changed.properties] == [("autoscaling.totalMaxNodeCount", 2.0, 3.0)]
    l4 = next(line for line in result.quota if line.row.display == "NVIDIA L4")
    assert (l4.before.peak, l4.peak, l4.during) == (2, 3, None)
    assert result.cost.most > result.cost.most_before
    assert result.base.cost.most == result.cost.most_before
    limits = {(one.display, one.what, one.before, one.after) for one in result.base.limits}
    assert ("NVIDIA L4", "limit", 24, 32) in limits
    assert result.base.revision.startswith("HEAD (")
    assert result.since == result.base.revision


def test_the_base_has_its_own_specs_and_the_working_trees_pack(project, monkeypatch):
    change(project, "monthly_usd: 2500", "monthly_usd: 2600")
    (project / "policies" / "PulumiPolicy.yaml").write_text("runtime: python # changed\n")
    result, host = preview(project, monkeypatch, SMALL, SMALL)
    (base, base_pack, base_spec), (head, head_pack, head_spec) = host.asked
    assert (head, head_pack) == (project, project / "policies")
    assert base != project
    assert base_pack == base / PACK
    assert not base.exists()
    assert ("monthly_usd: 2500" in base_spec, "monthly_usd: 2600" in head_spec) == (True, True)
    assert (result.base.budget_before, result.cost.budget) == (2500, 2600)


def test_a_rollout_and_what_is_watched_are_compared(project, monkeypatch):
    change(project, "    hostname:", "    slo: {availability: 99.9%, latency_p99: 400ms}\n    hostname:")
    result, _ = preview(project, monkeypatch, SMALL, SMALL)
    cells = {(one.name, one.state, other.state) for one, other in result.base.cells}
    assert ("latency", "could be watched", "watched") in cells or ("latency", "blind", "watched") in cells
    assert result.base.rollouts == ()


def test_what_blocked_the_base_and_no_longer_does_is_mended(project, monkeypatch):
    result, _ = preview(project, monkeypatch, graph(cluster(), pool(500)), SMALL)
    assert result.verdict is PreviewVerdict.ADMITTED
    assert result.base.verdict is PreviewVerdict.COULD_NOT_JUDGE  # this pack admits what the ledger does not


def test_a_base_without_the_stack_makes_everything_new(project, monkeypatch):
    git(project, "rm", "--quiet", "--cached", "stacks/dev.yaml")
    git(project, "commit", "--quiet", "--message", "c")
    host = Host(SMALL, SMALL)
    host.answers.pop(0)
    monkeypatch.setattr(run, "run_host", host)
    result = run.run_preview(Request("dev", project, base="HEAD"), NOW)
    assert result.base.existed is False
    assert {one.operation for one in result.changes} == {Operation.CREATE}
    assert result.verdict is PreviewVerdict.ADMITTED


def test_a_base_that_cannot_run_says_why_and_judges_nothing(project, monkeypatch):
    result, host = preview(project, monkeypatch, HostError("the program raised ValueError", "trace"), SMALL)
    assert (result.verdict, result.exit_code) == (PreviewVerdict.COULD_NOT_JUDGE, 3)
    assert result.failure.reason.startswith("the base HEAD (")
    assert result.failure.reason.endswith(") can't be run: the program raised ValueError")
    assert result.failure.detail == "trace"
    assert len(host.asked) == 1


def test_a_base_whose_spec_is_wrong_says_where(project, monkeypatch):
    good = (project / "stacks" / "dev.yaml").read_text()
    change(project, "machine_type: g2-standard-4", "machin_type: g2-standard-4")
    git(project, "commit", "--quiet", "--all", "--message", "c")
    (project / "stacks" / "dev.yaml").write_text(good)
    result, _ = preview(project, monkeypatch, SMALL, SMALL)
    assert result.exit_code == 3
    assert ") can't be run: stacks/dev.yaml:10:5: node_pools.serve-l4.machin_type: unknown key" in result.failure.reason


def test_secrets_of_the_base_are_compared_and_not_shown(project, monkeypatch):
    def with_secret(text):
        secret = resource("kubernetes:core/v1:Secret", "token", {"stringData": {"token": text}})
        return graph(cluster(), pool(2), secret)

    result, _ = preview(project, monkeypatch, with_secret("canary-old"), with_secret("canary-new"))
    (changed,) = (one for one in result.changes if one.operation is not Operation.SAME)
    assert [one.path for one in changed.properties] == ["stringData"]
    assert "canary" not in repr(changed)


def test_who_else_would_no_longer_fit_is_told_in_every_report(project, monkeypatch):
    """The store lies in the working tree, in no revision, and the base is judged beside the same claims."""
    (project / "held").mkdir()
    (project / "held" / "example-ml.claims").write_bytes(book_text(book(claim("prod", "pr-9", 14))))
    change(project, "pulled_at:", "claims: {store: held}\npulled_at:", "quota.yaml")
    git(project, "commit", "--quiet", "--all", "--message", "claims")
    change(project, "nodes: {min: 0, max: 2}", "nodes: {min: 0, max: 5}")
    result, _ = preview(project, monkeypatch, SMALL, graph(cluster(), pool(5)))
    (effect,) = (one for one in result.base.effects if any(short.display == "NVIDIA L4" for short in one.short))
    assert (effect.stack, effect.holder) == ("prod", "pr-9")
    line = "pr-9 with its claim for prod would no longer fit: NVIDIA L4 26 of 24 in us-central1"
    assert ("others", line) in list(base_lines(result, result.base))
    assert line in " ".join(as_text.render(result).split())
    assert f"- others: {line}" in as_markdown.render(result)
    assert json.loads(as_json.render(result))["base"]["effects"][0]["holder"] == "pr-9"
    assert not result.base.blocked
