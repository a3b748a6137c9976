"""Expressions at one moment: as promtool evaluates them, and a refusal of what isn't evaluated."""

from __future__ import annotations

import math
import subprocess

import pytest
import yaml

from tests.support.prometheus import or_skip, promtool
from weighbridge.signals.evaluate import NotEvaluated, evaluate
from weighbridge.signals.expression import NotPromQl

AT = 120
SERIES: dict[str, dict[tuple[tuple[str, str], ...], float]] = {
    "x": {(("a", "1"), ("b", "1")): 1.5, (("a", "1"), ("b", "2")): -2.5, (("a", "2"), ("b", "1")): 0.0},
    "y": {(("a", "1"),): 3.0, (("a", "2"),): 0.0, (("a", "3"), ("c", "1")): 1e-05},
    "z": {(("a", "1"), ("b", "1")): math.inf, (("a", "1"), ("b", "2")): 7.0},
}
EXPRESSIONS = (
    'x{b="1"}', 'y{c=""}', 'x{d="1"}', "missing",
    "x > 0", "x >= 1.5", "x < 0", "x <= 0", "x == 0", "x != 0", "0 < x", "1.5 <= x",
    "x + 1", "x - 1", "1 - x", "2 * x", "x / 2", "x / 0", "0 / x", "-1 * x / 0", "y / 1e-300 / 1e-300",
    "abs(x)", "time() - x", "time() - 20 * 2 - y > 77",
    "max by (a) (x)", "min by (a) (x)", "count by (a) (x)", "count by (b, a) (x > 0)", "max by (nothing) (x)",
    "max by (a) (z - on (a, b) z)", "min by (a) (0 / x)",
    "max by (a) (x) > on (a) y", "max by (a) (x) < on (a) max by (a) (y)", "max by (a) (x) / on (a) y",
    "y - on (a) max by (a) (x)", "x and on (a) y", "x and on (b) y", "x and on (a) y == 3", "x and on (c) y > 100",
    "(max by (a) (x) > on (a) min by (a) (x)) > 1 and on (a) count by (a) (x) >= 2",
)  # fmt: skip


def evaluated(expression):
    series = {
        metric: {frozenset(labels): value for labels, value in vector.items()} for metric, vector in SERIES.items()
    }
    return evaluate(expression, series, AT)


def test_every_operator_gives_what_prometheus_gives(tmp_path):
    program = or_skip(promtool)
    checks = [check for expression in EXPRESSIONS for check in expected(expression)]
    written = [
        {"series": selector(metric, labels), "values": f"_ {value!r}".replace("inf", "Inf")}
        for metric, vector in SERIES.items()
        for labels, value in vector.items()
    ]
    tests = [{"interval": f"{AT}s", "input_series": written, "promql_expr_test": checks}]
    content = {"rule_files": [], "evaluation_interval": f"{AT}s", "tests": tests}
    (tmp_path / "expressions.test.yml").write_text(yaml.safe_dump(content))
    command = [str(program), "test", "rules", "expressions.test.yml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "SUCCESS" in done.stdout) == (0, True), done.stdout + done.stderr
    assert sum(bool(evaluated(expression)) for expression in EXPRESSIONS) > 30


def expected(expression):
    """What promtool must find: all numbers, and as many entries; it takes no NaN for another."""
    values = evaluated(expression)
    numbers = [
        {"labels": selector("", labels), "value": value} for labels, value in values.items() if not math.isnan(value)
    ]
    count = [{"labels": "{}", "value": len(values)}] if values else []
    # `* 1`, so that no result has a metric's name
    yield {"expr": f"({expression}) * 1 >= -Inf", "eval_time": f"{AT}s", "exp_samples": numbers}
    yield {"expr": f"count({expression})", "eval_time": f"{AT}s", "exp_samples": count}


def selector(metric, labels):
    return metric + "{" + ", ".join(f'{name}="{value}"' for name, value in sorted(labels)) + "}"


def test_a_name_is_no_label_and_the_order_is_that_of_the_series():
    assert list(evaluated("x < 1").items()) == [
        (frozenset({("a", "1"), ("b", "2")}), -2.5),
        (frozenset({("a", "2"), ("b", "1")}), 0.0),
    ]


@pytest.mark.parametrize(
    "expression",
    [
        "sum by (a) (x)", "max without (a) (x)", "max(x)", "topk by (a) (1, x)",
        "x > y", "x > ignoring (b) y", "x and y", "x or on (a) y", "x unless on (a) y", "x > bool 0", "x ^ 2", "x % 2",
        "x > on (a) group_left() y", "x > on (a) y", "y > on (a) x", "z - on (c) y",
        'x{a=~"1"}', 'x{a!="1"}', '{a="1"}', "x offset 5m", "x @ 60", "rate(x[5m])", "absent(x)", "-x", "1 > bool 0",
        "time()", "1", '"text"',
    ],
)  # fmt: skip
def test_what_is_beyond_it_is_refused_and_never_quiet(expression):
    with pytest.raises(NotEvaluated, match=r"^`.*` is beyond the PromQL that is evaluated here$"):
        evaluated(expression)


def test_the_message_names_the_part():
    with pytest.raises(NotEvaluated) as refused:
        evaluated("x > 1 and on (a) rate(y[5m]) > 0")
    assert str(refused.value) == "`rate(y[5m])` is beyond the PromQL that is evaluated here"


def test_what_is_no_promql_is_refused_as_such():
    with pytest.raises(NotPromQl):
        evaluated("x >")
