"""Files of tests for promtool, and what is read from its answer."""

from __future__ import annotations

import pytest
import yaml

from tests.support.specs import prod
from weighbridge.signals.cases import ConditionCases, cases_of
from weighbridge.signals.promtool import (
    AlertingRule,
    FailedExpectation,
    NotRun,
    TestFile,
    _selector,
    rule_of,
    run,
    write,
)
from weighbridge.signals.subjects import subjects
from weighbridge.signals.watched import watched


@pytest.fixture(scope="module")
def cases() -> ConditionCases:
    (signal,) = (signal for signal in watched(subjects(prod())) if signal.key == "ranker-feature-skew")
    return cases_of(signal)[0]


def test_a_rule_is_named_and_labelled_as_its_policy(cases):
    rule = rule_of(cases)
    assert (rule.name, rule.hold_seconds) == ("FeatureSkew", 1800)
    assert rule.labels == {"severity": "ticket", "signal": "feature-skew", "subject": "ranker"}
    assert rule.expression == cases.condition.expression


def test_the_files_are_what_promtool_reads(cases, tmp_path):
    files = write(cases, tmp_path)
    (rules,) = tmp_path.glob(f"{cases.key}*rules*")
    (group,) = yaml.safe_load(rules.read_text())["groups"]
    (rule,) = group["rules"]
    assert (rule["alert"], rule["for"]) == ("FeatureSkew", "1800s")
    assert sum(file.count for file in files) == sum(len(case.checks) for case in cases.cases)
    for file in files:
        content = yaml.safe_load(file.path.read_text())
        assert content["rule_files"] == [rules.name]
        checks = [check for test in content["tests"] for check in test["alert_rule_test"]]
        assert len(checks) == file.count
        assert {check["alertname"] for check in checks} == {"FeatureSkew"}
        assert {bool(check["exp_alerts"]) for check in checks} == {True, False}


def test_other_rules_may_be_held_to_the_same_cases(cases, tmp_path):
    other = AlertingRule("Wrong", "vector(1)", 0, {})
    write(cases, tmp_path, [other])
    (rules,) = tmp_path.glob(f"{cases.key}*rules*")
    (group,) = yaml.safe_load(rules.read_text())["groups"]
    assert group["rules"] == [{"alert": "Wrong", "expr": "vector(1)", "labels": {}}]


def test_labels_are_quoted_as_promql_wants_it():
    assert _selector("up", [("a", 'say "x"\\'), ("b", "two\nlines")]) == 'up{a="say \\"x\\"\\\\", b="two\\nlines"}'


def promtool(folder, body):
    program = folder / "promtool"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    return program


FAILED = """  FAILED:
    name: it moved,
    alertname: FeatureSkew, time: 30m,
        exp:[], got:[Labels:{}]"""


def test_what_it_says_of_each_file_comes_in_the_order_of_the_files(cases, tmp_path):
    files = [TestFile(tmp_path / name, cases, 1) for name in ("a.test.yml", "b.test.yml", "c.test.yml")]
    program = promtool(
        tmp_path,
        f"""for file in "$@"; do
case $file in
  b*) printf 'Unit Testing:  %s\\n%s\\n\\n' "$file" '{FAILED}' ;;
  *.yml) printf 'Unit Testing:  %s\\n  SUCCESS\\n\\n' "$file" ;;
esac
done""",
    )
    found = run(program, files)
    assert [(verdict.file, verdict.passed) for verdict in found] == list(zip(files, (True, False, True), strict=True))
    assert [verdict.failures for verdict in found] == [(), (FailedExpectation("FeatureSkew", "it moved", "30m"),), ()]
    assert found[1].output == FAILED.strip()


def test_of_a_file_that_it_says_nothing_of_all_its_words_are_kept(cases, tmp_path):
    (found,) = run(promtool(tmp_path, "echo no such flag"), [TestFile(tmp_path / "a.test.yml", cases, 1)])
    assert (found.passed, found.failures, found.output) == (False, (), "no such flag")


def test_a_program_that_can_t_be_run_is_no_verdict(cases, tmp_path):
    with pytest.raises(NotRun, match="can't be run"):
        run(tmp_path / "nowhere", [TestFile(tmp_path / "a.test.yml", cases, 1)])
