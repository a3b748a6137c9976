"""What the pack remembers of a run, and when it forgets it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from policies.run import Run, UnreadableSpecs
from tests.support.graphs import cluster, node_pool
from tests.support.paths import project_with
from weighbridge.files.project import Project
from weighbridge.quota.ledger import Demand
from weighbridge.resources.values import Secret
from weighbridge.rules.violation import Violation
from weighbridge.stacks.spec_cache import CI

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def run(stacks: Path) -> Run:
    return Run(lambda _project: project_with(stacks), lambda: NOW)


def test_a_new_run_knows_nothing_of_the_last(run: Run):
    run.begin("dev", "weighbridge", dry_run=False)
    run.remember(cluster())
    run.report(Violation("placement", "m"))
    one = run.input_of_one(node_pool())
    run.admit(node_pool(), one.demand)
    assert (len(run.analyzed), len(run.reported), len(run.admitted), len(one.around.clusters)) == (1, 1, 1, 1)
    run.begin("dev", "weighbridge", dry_run=True)
    assert (run.analyzed, run.reported, run.admitted, run.dry_run) == ({}, {}, {}, True)
    assert run.input_of_one(node_pool()).around.clusters == ()


def test_what_draws_nothing_is_not_remembered(run: Run):
    run.admit(cluster(), Demand())
    assert run.admitted == {}


def test_a_stack_s_own_spec_is_not_among_the_others(run: Run):
    run.begin("dev", "weighbridge", dry_run=False)
    given = run.input_of_stack((cluster(), node_pool()))
    assert given.spec is not None
    assert (given.stack, given.spec.environment, set(given.shared.others)) == ("dev", "dev", {"prod"})
    assert given.around.clusters == (cluster(),)


def test_nothing_that_was_kept_of_a_spec_is_believed(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in CI:
        monkeypatch.delenv(name, raising=False)
    run.begin("dev", "weighbridge", dry_run=False)
    assert run.shared("dev").others["prod"].claims
    assert not (tmp_path / "cache").exists()


def test_all_rules_of_a_run_are_asked_at_one_moment(stacks: Path):
    ticking = iter(NOW + timedelta(seconds=n) for n in range(9))
    run = Run(lambda _project: project_with(stacks), lambda: next(ticking))
    assert run.now == run.now == NOW
    run.forget()
    assert run.now == NOW + timedelta(seconds=1)


def test_keys_differ_though_words_do_not(run: Run):
    assert run.report(Violation("placement", "m")) != run.report(Violation("placement", "m"))


def test_specs_that_cannot_be_read_say_so_line_by_line(run: Run, stacks: Path):
    (stacks / "prod.yaml").write_text("version: 1\nenvironment: prod\nnode_poolz: {}\n")
    with pytest.raises(UnreadableSpecs) as error:
        run.input_of_stack((cluster(),))
    assert any(line.startswith(f"{stacks}/prod.yaml:3:1: node_poolz: ") for line in error.value.lines)


def test_the_project_is_asked_where_its_specs_are_announced_or_by_its_urns(stacks: Path):
    asked: list[str] = []

    def project_of(name: str) -> Project:
        asked.append(name)
        return project_with(stacks)

    run = Run(project_of, lambda: NOW)
    run.begin("dev", "announced", dry_run=False)
    run.input_of_stack((cluster(),))
    run.begin("dev", "", dry_run=False)
    run.remember(cluster())
    run.input_of_stack((cluster(),))
    assert asked == ["announced", "weighbridge"]


def test_what_is_reported_shows_no_secret_of_the_program(run: Run):
    run.remember(node_pool(nodeConfig={"metadata": Secret({"key": "it's hunter2"})}))
    key = run.report(Violation("placement", "saw it's hunter2 and 'it\\'s hunter2'", holder="it's hunter2"))
    assert run.reported[key] == Violation("placement", "saw [secret] and '[secret]'", holder="[secret]")
