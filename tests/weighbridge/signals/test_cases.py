"""Every alert does what it is for: promtool runs the cases of all specs, and wrong alerts are noticed."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.mutants import is_equivalent, mutants_of, survivors
from tests.support.prometheus import or_skip, promtool
from tests.support.signal_cases import all_cases, signals_of
from tests.support.specs import everything, full, prod, varied
from weighbridge.signals import promtool as files
from weighbridge.signals.cases import cases_of_spec
from weighbridge.signals.expression import selectors_of
from weighbridge.signals.rows import catalogue
from weighbridge.signals.scenarios import scenarios
from weighbridge.stacks.load import read_spec

SEED = 20261125
NEVER_ALIVE = {"direction", "label", "window"}


@pytest.fixture(scope="module")
def program():
    return or_skip(promtool)


def test_every_signal_has_a_story_and_every_story_a_signal():
    covered = [signal for scenario in scenarios().scenarios for signal in scenario.signals]
    readable = {row.id for row in catalogue().signals if not row.filter}
    assert Counter(covered) == Counter(readable)


def test_series_of_stories_have_the_labels_that_their_emitters_give():
    of_targets = {"cluster", "namespace", "pod", "pipeline", "stage", "app"}
    by_rest = {*of_targets, "monitored_resource", "pod_name", "resource_name"}
    exposed = {
        metric.name: {*metric.labels, *by_rest} for emitter in catalogue().emitters for metric in emitter.metrics
    }
    for cases in all_cases():
        for series in (series for case in cases.cases for series in case.series):
            if series.metric in exposed:
                assert {name for name, _ in series.labels} <= exposed[series.metric], (cases.key, series)


def test_every_metric_that_an_alert_reads_is_in_its_story():
    for cases in all_cases():
        covered = {series.metric for case in cases.cases for series in case.series}
        read = {selector.metric for selector in selectors_of(cases.condition.expression)}
        assert read <= covered, cases.key


def test_an_alert_carries_the_labels_that_its_text_names():
    """A label that an expression loses would leave a hole in the message."""
    for cases in all_cases():
        carried = {name for name, _ in cases.alert_labels}
        families = {"gpu_family", "vm_family", "tpu_family", "quota_metric"}
        assert set(cases.signal.row.names) - families <= carried, cases.key


@pytest.mark.slow
def test_the_cases_of_the_full_spec_pass(program, tmp_path):
    """Of the burn rates, whose stories last days, one of errors and one of latency; the slow test has them all."""
    burns = {"ranker-availability-burn-1h", "tagger-latency-burn-1h"}
    kept = [cases for cases in all_cases() if "-burn-" not in cases.key or cases.key in burns]
    assert burns <= {cases.key for cases in kept}
    assert len(all_cases()) > len(kept) > 70
    assert checks_that_hold(program, tmp_path, kept) > 1500


@pytest.mark.slow
def test_the_cases_of_every_spec_pass(program, tmp_path):
    """Cases of the same text are run once: the full spec has all signals of production."""
    seen, checks = set(), 0
    for number, spec in enumerate((full(), *everything(), varied())):
        folder = tmp_path / str(number)
        folder.mkdir()
        new = [
            cases
            for cases in cases_of_spec(spec, signals_of(spec))
            if (cases.condition.expression, cases.cases) not in seen
        ]
        seen |= {(cases.condition.expression, cases.cases) for cases in new}
        checks += checks_that_hold(program, folder, new)
    assert checks > 3000


@pytest.mark.slow
@pytest.mark.parametrize("stack", ["fleet", "llm", "train"])
def test_the_cases_of_specs_that_platform_teams_write_pass(program, tmp_path, shared, stack):
    spec = read_spec(shared("design") / "examples2" / f"{stack}.yaml")
    assert checks_that_hold(program, tmp_path, cases_of_spec(spec, signals_of(spec))) > 50


SLEEPS = (
    ("cluster:\n", "cluster:\n  operators: {keda: installed}\n"),
    ("replicas: {min: 2, max: 4}", "replicas: {min: 0, max: 4}"),
)
SERVER = "    server: triton\n"


def gone(queue: str):
    """The cases of the alerts on replicas that are gone, where the endpoint follows a queue."""
    spec = prod(*SLEEPS, (SERVER, f"{SERVER}    scale_on: {{queue: {queue}, per_replica: 9}}\n"))
    return [cases for cases in cases_of_spec(spec, signals_of(spec)) if cases.signal.row.id == "replicas-gone"]


def test_a_version_that_sleeps_is_missed_only_once_something_waits(program, tmp_path):
    stable, candidate = gone("{subscription: projects/example-ml/subscriptions/clicks}")
    assert stable.condition.expression.endswith('subscription_id="clicks"}))[2400s:1m]) > 0)')
    assert "clicks" not in candidate.condition.expression  # it always has one
    assert "it sleeps, as nothing waits" in [case.name for case in stable.cases]
    assert checks_that_hold(program, tmp_path, [stable, candidate]) > 20


@pytest.mark.parametrize(("query", "count"), [("waiting{gate='a'}", 2), ("waiting - 3", 1)])
def test_a_queue_that_series_can_not_be_made_up_for_has_no_cases(query, count):
    assert len(gone(f'{{query: "{query}"}}')) == count


def checks_that_hold(program, folder, conditions):
    """How many promtool has made; one that fails, fails the test."""
    verdicts = files.run(program, [file for cases in conditions for file in files.write(cases, folder)])
    assert [f"{verdict.file.path.name}\n{verdict.output}" for verdict in verdicts if not verdict.passed] == []
    return sum(verdict.file.count for verdict in verdicts)


def test_a_wrong_alert_fails_and_is_named(program, tmp_path):
    (cases,) = (condition for condition in all_cases() if condition.key == "click-features-failing")
    (right,) = [files.rule_of(cases)]
    wrong = files.AlertingRule("Wrong", right.expression.replace(">= 3", ">= 4"), right.hold_seconds, right.labels)
    (verdict,) = files.run(program, files.write(cases, tmp_path, [right, wrong]))
    assert not verdict.passed
    assert {failure.alert for failure in verdict.failures} == {"Wrong"}
    assert files.FailedExpectation("Wrong", "it fires, but not before its time", "1m") in verdict.failures


def test_a_program_that_is_no_promtool_is_said(tmp_path):
    (cases,) = (condition for condition in all_cases() if condition.key == "click-features-failing")
    written = files.write(cases, tmp_path)
    with pytest.raises(files.NotRun, match="can't be run: No such file"):
        files.run(tmp_path / "promtool", written)


def test_changes_of_the_spec_reach_the_cases(tmp_path):
    changed = prod(("  notify:\n", "  thresholds: {failures: 5}\n  notify:\n"))
    (cases,) = (
        condition
        for condition in cases_of_spec(changed, signals_of(changed))
        if condition.key == "click-features-failing"
    )
    (written,) = files.write(cases, tmp_path)
    assert "values: 5+0x" in written.path.read_text()
    assert ">= 5" in (tmp_path / "click-features-failing.rules.yml").read_text()


@pytest.mark.parametrize("conditions", [6, pytest.param(20, marks=pytest.mark.slow)])
def test_wrong_alerts_are_noticed(program, conditions):
    """A sample of what `make mutate` does: some mutants of each of some conditions."""
    chance = random.Random(SEED)
    quick = [condition for condition in all_cases() if "burn" not in condition.key and "quota" not in condition.key]
    tried = [mutant for cases in chance.sample(quick, conditions) for mutant in _some(chance, mutants_of(cases), 3)]
    left = [mutant for mutant in survivors(program, tried) if not is_equivalent(mutant)]
    assert len(tried) == 3 * conditions
    assert [str(mutant) for mutant in left if mutant.kind in NEVER_ALIVE] == []
    assert 1 - len(left) / len(tried) >= 0.9, [str(mutant) for mutant in left]


def _some(chance, mutants, count):
    return chance.sample(mutants, min(count, len(mutants)))
