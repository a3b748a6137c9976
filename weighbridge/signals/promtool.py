"""promtool's rule and test files of cases, and what promtool says of them.

promtool evaluates every rule of a file up to the latest moment of its longest test, so each condition has files of its
own, one for each interval of evaluation.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weighbridge.errors import NoVerdict
from weighbridge.signals.cases import Case, ConditionCases, by_interval
from weighbridge.signals.timeline import values

TEST_SUFFIX = ".test.yml"
RULES_SUFFIX = ".rules.yml"
SECONDS_A_RUN = 300
BATCHES_A_CORE = 3

HOW_TO_GET = "install Prometheus 2.42 or newer (Debian: package prometheus), or name it with --promtool"

_FILE = re.compile(r"^Unit Testing:  (.*)$", re.MULTILINE)
_FAILURE = re.compile(r"^ +name: (?P<name>.*),\n +alertname: ?(?P<alert>[^,]*), time: (?P<time>[^,]*),", re.MULTILINE)


class NotRun(NoVerdict):
    """promtool couldn't be run to its end; the message says why, and how to get one."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}; {HOW_TO_GET}")


@dataclass(frozen=True, slots=True)
class AlertingRule:
    """One alert as promtool takes it."""

    name: str
    expression: str
    hold_seconds: int
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class TestFile:
    """One file of tests: the path, whose cases they are, and how many."""

    __test__ = False  # pytest takes a class of this name for a test

    path: Path
    of: ConditionCases
    count: int


@dataclass(frozen=True, slots=True)
class FailedExpectation:
    """One check that didn't hold: which alert, in which case, when."""

    alert: str
    case: str
    time: str


@dataclass(frozen=True, slots=True)
class TestVerdict:
    """What promtool made of a file. Without failures and not passed, it couldn't even run it."""

    __test__ = False  # pytest takes a class of this name for a test

    file: TestFile
    passed: bool
    failures: tuple[FailedExpectation, ...]
    output: str


def rule_of(cases: ConditionCases) -> AlertingRule:
    """The alert of a condition, named and labelled as the policy is."""
    signal = cases.signal
    name = "".join(word.capitalize() for word in signal.row.id.split("-"))
    labels = {"severity": signal.row.severity, "signal": signal.row.id, "subject": signal.subject.name}
    return AlertingRule(name, cases.condition.expression, signal.hold_seconds, labels)


def write(cases: ConditionCases, folder: Path, rules: Sequence[AlertingRule] | None = None) -> tuple[TestFile, ...]:
    """Writes the files of a condition. `rules`: other alerts to be held to the same; left out: the condition's own."""
    held = rules if rules is not None else (rule_of(cases),)
    group = {"name": cases.key, "rules": [_rule(rule) for rule in held]}
    (folder / f"{cases.key}{RULES_SUFFIX}").write_text(_yaml({"groups": [group]}), encoding="utf-8")
    return tuple(_write_tests(cases, folder, held))


def run(program: Path, files: Sequence[TestFile]) -> tuple[TestVerdict, ...]:
    """What promtool says, in the order of the files; several processes at once. Raises `NotRun`."""
    workers = os.cpu_count() or 1
    # A few batches a core: starting promtool costs more than most files, and some files take long.
    count = min(len(files), workers * BATCHES_A_CORE)
    batches = [files[at::count] for at in range(count)]
    with ThreadPoolExecutor(workers) as pool:
        found = [verdict for batch in pool.map(lambda batch: _run(program, batch), batches) for verdict in batch]
    by_path = {verdict.file.path: verdict for verdict in found}
    return tuple(by_path[file.path] for file in files)


def _run(program: Path, files: Sequence[TestFile]) -> tuple[TestVerdict, ...]:
    folder = files[0].path.parent
    environment = {"GOGC": "400", **os.environ}  # it makes much that is short-lived, and ends soon
    try:
        done = subprocess.run(
            [str(program.resolve()), "test", "rules", *(file.path.name for file in files)],
            cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            timeout=SECONDS_A_RUN,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NotRun(f"{program} did not end within {SECONDS_A_RUN} s") from None
    except OSError as error:
        raise NotRun(f"{program} can't be run: {error.strerror}") from None
    begins = {match[1].strip(): match for match in _FILE.finditer(done.stdout)}
    ends = sorted([*(match.start() for match in begins.values()), len(done.stdout)])
    verdicts = []
    for file in files:
        begin = begins.get(file.path.name)
        end = next((end for end in ends if begin and end > begin.start()), 0)
        output = done.stdout[begin.end() : end].strip() if begin else done.stdout.strip()
        failures = tuple(
            FailedExpectation(match["alert"], match["name"], match["time"]) for match in _FAILURE.finditer(output)
        )
        verdicts.append(TestVerdict(file, output == "SUCCESS", failures, output))
    return tuple(verdicts)


def _write_tests(cases: ConditionCases, folder: Path, rules: Sequence[AlertingRule]) -> Iterator[TestFile]:
    groups = list(by_interval(cases.cases))
    for seconds, group in groups:
        suffix = f"-every-{seconds}s" if len(groups) > 1 else ""
        path = folder / f"{cases.key}{suffix}{TEST_SUFFIX}"
        content = {
            "rule_files": [f"{cases.key}{RULES_SUFFIX}"],
            "evaluation_interval": f"{seconds}s",
            "tests": [_test(case, cases, rules) for case in group],
        }
        path.write_text(_yaml(content), encoding="utf-8")
        yield TestFile(path, cases, sum(len(case.checks) for case in group))


def _rule(rule: AlertingRule) -> dict[str, Any]:
    hold = {"for": f"{rule.hold_seconds}s"} if rule.hold_seconds else {}
    return {"alert": rule.name, "expr": rule.expression, **hold, "labels": rule.labels}


def _test(case: Case, cases: ConditionCases, rules: Sequence[AlertingRule]) -> dict[str, Any]:
    until = max((check.seconds for check in case.checks), default=0)
    written = ((series, values(series.line, cases.sample_seconds, until)) for series in case.series)
    return {
        "name": case.name,
        "interval": f"{cases.sample_seconds}s",
        "input_series": [
            {"series": _selector(series.metric, series.labels), "values": text} for series, text in written if text
        ],
        "alert_rule_test": list(_checks(case, cases, rules)),
    }


def _checks(case: Case, cases: ConditionCases, rules: Iterable[AlertingRule]) -> Iterator[dict[str, Any]]:
    for check in case.checks:
        for rule in rules:
            labels = {**dict(cases.alert_labels), **rule.labels}
            yield {
                "eval_time": f"{check.seconds}s",
                "alertname": rule.name,
                "exp_alerts": [{"exp_labels": labels}] if check.fires else [],
            }


def _selector(metric: str, labels: Sequence[tuple[str, str]]) -> str:
    quoted = (f'{key}="{_escaped(value)}"' for key, value in labels)
    return f"{metric}{{{', '.join(quoted)}}}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _yaml(content: dict[str, Any]) -> str:
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(yaml.dump(content, Dumper=dumper, sort_keys=False, allow_unicode=True, width=120))
