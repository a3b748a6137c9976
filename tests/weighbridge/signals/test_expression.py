import subprocess
import sys
from contextlib import suppress
from datetime import timedelta

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.random_promql import expressions
from weighbridge.signals.expression import (
    Match,
    NotPromQl,
    longest_range,
    metrics_of,
    normal,
    references,
    selectors_of,
)
from weighbridge.signals.syntax_position import tokens


@given(expressions)
def test_what_an_expression_reads(made):
    assert metrics_of(made.text) == tuple(dict.fromkeys(made.names))
    assert references(made.text) == len(made.names)
    assert [selector.reach for selector in selectors_of(made.text)] == [
        timedelta(minutes=most) for most in made.minutes
    ]
    assert longest_range(made.text) == made.reach


@given(expressions, st.sampled_from([" ", "\n", "\t "]))
def test_spaces_and_comments_change_nothing(made, space):
    spread = "# why\n" + space.join(text for _, text in tokens(made.text)) + " # because"
    assert normal(spread) == normal(made.text)
    assert normal(normal(made.text)) == normal(made.text)


@given(expressions, st.data())
def test_cut_text_is_refused_at_a_place_in_it(made, data):
    cut = made.text[: data.draw(st.integers(0, len(made.text)))]
    with suppress(ValueError):
        promql_parser.parse(cut)
        return
    with pytest.raises(NotPromQl) as caught:
        normal(cut)
    assert 0 <= caught.value.position <= len(cut)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('up{b="1",a="2"}', 'up{a="2", b="1"}'),
        ("up{a='x'}", 'up{a="x"}'),
        (r"up{a=~`x\.y`}", r'up{a=~"x\\.y"}'),
        ("sum(up) by (a)", "sum by (a) (up)"),
        ("up[90m]", "up[1h30m]"),
    ],
)
def test_spellings_of_the_same(one, other):
    assert normal(one) == normal(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('up{a="1"}', 'up{a="2"}'),
        ('up{a="x y"}', 'up{a="x  y"}'),
        ("up[1h]", "up[1h:]"),
        ("a / b", "b / a"),
        ("up > 1", "up >= 1"),
    ],
)
def test_what_differs_stays_different(one, other):
    assert normal(one) != normal(other)


def test_selectors_carry_matchers_and_ranges():
    found = selectors_of('rate(x_bucket{le="0.5", code!~"5.."}[5m] offset 1h) / {__name__="y"}')
    assert [(selector.metric, selector.span, selector.reach) for selector in found] == [
        ("x_bucket", timedelta(minutes=5), timedelta(minutes=65)),
        ("y", timedelta(0), timedelta(0)),
    ]
    assert set(found[0].matches) == {Match("le", "=", "0.5"), Match("code", "!~", "5..")}
    assert found[0].value("le") == "0.5"
    assert found[0].value("code") is None
    assert found[1].matches == ()
    assert found[0].text == 'x_bucket{code!~"5..",le="0.5"}[5m] offset 1h'


def test_a_name_that_is_no_name_is_kept_as_a_matcher():
    (found,) = selectors_of('{__name__=~"a.*", job="x"}')
    assert found.metric is None
    assert Match("__name__", "=~", "a.*") in found.matches
    (twice,) = selectors_of('{__name__="a", __name__="b"}')
    assert twice.metric is None
    assert len(twice.matches) == 2


@pytest.mark.parametrize(
    ("expression", "line", "column", "message"),
    [
        ("", 1, 1, "no expression found in input, at its end"),
        ("sum(rate(", 1, 9, "unclosed left parenthesis, at `(`"),
        (
            "rate(a[5m]) + rate(b)", 1, 15,
            "expected type matrix in call to function 'rate', got vector, at `rate(b)`",
        ),
        ("a +\n  on (x)\n  b c", 3, 5, "invalid promql query, at `c`"),
        ("a > > b", 1, 5, "invalid promql query, at `> b`"),
        ("a > ", 1, 5, "invalid promql query, at its end"),
        ("x + nosuch(y)", 1, 5, "unknown function with name 'nosuch', at `nosuch(y)`"),
        ('a{b=~"("}', 1, 6, 'illegal regex for (, at `"("}`'),
        ('a{b="1', 1, 5, 'unterminated quoted string ", at `"1`'),
        (
            'a{b="1" or c="2"}', 1, 9,
            'matchers are joined by commas, `or` between them is not Prometheus\' grammar, at `or c="2"}`',
        ),
        ("rate(a[5x])", 1, 8, "bad number or duration syntax: 5x, at `5x])`"),
        ("sum(a))", 1, 7, "unexpected right parenthesis ')', at `)`"),
        ("a ? b", 1, 3, "unexpected character: '?', at `? b`"),
        ('up{__name__="x"}', 1, 4, "metric name must not be set twice: 'up' or 'x', at `__name__=\"x\"}`"),
        ("{}", 1, 2, "vector selector must contain at least one non-empty matcher, at `}`"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("reads", [metrics_of, selectors_of, references, normal, longest_range])
def test_where_text_stops_being_promql(reads, expression, line, column, message):
    with pytest.raises(NotPromQl) as caught:
        reads(expression)
    assert str(caught.value) == f"line {line}, column {column}: {message}"


def test_functions_of_googles_dialect_that_were_renamed_later_are_known():
    assert metrics_of("holt_winters(a[1h], 0.5, 0.1)") == ("a",)


@pytest.mark.parametrize(
    "module", ["weighbridge.cli.main", "weighbridge.signals.lint", "weighbridge.signals.expression"]
)
def test_the_parser_is_not_loaded_before_it_is_needed(module):
    code = f"import sys, {module}; sys.exit('promql_parser' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
