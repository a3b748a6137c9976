"""What is watched, what the alerts' tests gave and what their expressions lack, for a terminal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.support.specs import everything, prod
from weighbridge.render.signals.text import MOST_SAID, lint, matrix, verdicts
from weighbridge.signals.cases import cases_of
from weighbridge.signals.coverage import coverage
from weighbridge.signals.promtool import TestFile, TestVerdict
from weighbridge.signals.subjects import subjects
from weighbridge.signals.watched import watched
from weighbridge.spec.monitoring import SignalExemption

EXEMPT = SignalExemption.model_validate(
    {
        "of": "ranker",
        "cell": "serving/quota-use",
        "reason": "elsewhere",
        "owner": "ml@example.com",
        "until": "2026-12-31",
    }
)


def cells(spec, *exempt):
    of = subjects(spec)
    return coverage(of, watched(of), exempt, date(2026, 11, 25))


def test_blind_spots_come_first_with_what_to_say_and_one_reason_for_those_alike():
    found = cells(everything()[0])
    blind = [cell for cell in found if cell.blind]
    lines = matrix("dev", found).splitlines()
    assert lines[0] == f"BLIND  {len(blind)} of {len(found)} required signals of dev are not watched"
    reasons = {(".".join(cell.subject.part), cell.blind) for cell in blind}
    assert sum(line.strip().startswith("blind: ") for line in lines) == len(reasons)
    assert max(map(len, lines)) <= 80


def test_everything_watched_is_said_in_one_line_and_exemptions_by_name():
    found = [replace(cell, blind="") for cell in cells(prod(), EXEMPT)]
    lines = matrix("prod", found).splitlines()
    assert lines[0] == f"WATCHED  all {len(found)} required signals of prod, exempt ones included"
    assert lines[lines.index("Exempt") + 1] == "  ranker quota-use until 2026-12-31, ml@example.com: elsewhere"
    assert "ranker (serving)" in lines


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], "dev: all 7 conditions are good\n"),
        ([("a", "too long")], "dev: 1 finding in 7 conditions\n\n  a: too long\n"),
        ([("a", "x"), ("b", "y")], "dev: 2 findings in 7 conditions\n\n  a: x\n  b: y\n"),
    ],
)
def test_findings_of_the_lint(found, expected):
    assert lint("dev", 7, found) == expected


@pytest.fixture(scope="module")
def files():
    signals = {signal.row.id: signal for signal in watched(subjects(prod())) if signal.subject.name == "ranker"}
    return [
        TestFile(Path(f"{id_}.test.yml"), cases_of(signals[id_])[0], 5) for id_ in ("feature-skew", "replicas-gone")
    ]


def test_all_passed(files):
    assert verdicts("prod", ["project-quota-exceeded"], [TestVerdict(file, True, (), "SUCCESS") for file in files]) == (
        "PASSED  10 cases of prod, 2 signals\n"
        "\n"
        "  signal                cases  failed\n"
        "  ranker-feature-skew       5\n"
        "  ranker-replicas-gone      5\n"
        "  project-quota-exceeded: a threshold condition, which promtool can't test\n"
    )


def test_what_failed_comes_with_promtools_words_up_to_a_bound(files):
    words = "\n".join(f"line {number}" for number in range(MOST_SAID + 1))
    good, bad = TestVerdict(files[0], True, (), "SUCCESS"), TestVerdict(files[1], False, (), words)
    lines = verdicts("prod", [], [good, bad]).splitlines()
    assert lines[0] == "FAILED  5 of 10 cases of prod, 2 signals"  # it couldn't be run, so all of its cases
    assert lines[2:5] == ["  ranker-replicas-gone", "    replicas-gone.test.yml", "    line 0"]
    assert "    and 2 lines more; keep the files with --keep" in lines
    assert lines[-1].split() == ["ranker-replicas-gone", "5", "5"]
