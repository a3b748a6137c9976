"""Where an expression stops being PromQL, with a parser that says only whether."""

from __future__ import annotations

import pytest

from weighbridge.signals.syntax_position import position_of, surroundings, tokens


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("sum by (app) (x)", ["sum", "by", "(", "app", ")", "(", "x", ")"]),
        (
            'up{job=~"a b",v!="\\"x"}[5m]',
            ["up", "{", "job", "=~", '"a b"', ",", "v", "!=", '"\\"x"', "}", "[", "5m", "]"],
        ),
        ("a >= bool 1.5e-3 # a comment\n+ b", ["a", ">=", "bool", "1.5e-3", "+", "b"]),
        ("", []),
    ],
)
def test_tokens_with_comments_left_out(expression, expected):
    assert [text for _, text in tokens(expression)] == expected
    assert all(expression[at:].startswith(text) for at, text in tokens(expression))


def test_each_token_knows_the_bracket_around_it_and_the_token_before():
    found = {token: (bracket, before) for token, bracket, before in surroundings('sum by (app) (up{job="x"}[5m])')}
    assert found["sum"] == ("", "")
    assert found["app"] == ("(", "(")
    assert found["job"] == ("{", "{")
    assert found["5m"] == ("[", "[")
    assert found["up"] == ("(", "(")


def plus_only(text: str) -> str | None:
    """The parser of a small language: names joined by ``+``, brackets around them."""
    depth, name_is_due = 0, True
    for _, word in tokens(text):
        if word.isalpha() == name_is_due and (word.isalpha() or word == "+"):
            name_is_due = not name_is_due
        elif word == "(" and name_is_due:
            depth += 1
        elif word == ")" and depth and not name_is_due:
            depth -= 1
        else:
            return f"unexpected {word}"
    if depth:
        return "unclosed left parenthesis"
    return "unexpected end" if name_is_due else None


@pytest.mark.parametrize(
    ("expression", "position"),
    [
        ("a + b c", 6),
        ("a + + b", 4),
        ("(a + b) - c", 8),
        ("a + (b + ", 4),  # the bracket that nothing closes
        ("(a + (b", 5),  # the innermost of them
        ("a +", 3),  # something is missing at the end
        ("+ a", 0),
    ],
)
def test_it_is_the_first_token_after_which_nothing_helps(expression, position):
    assert position_of(expression, plus_only) == position


def test_of_several_calls_it_is_the_one_that_is_wrong_by_itself():
    def complaint(text: str) -> str | None:
        return "wrong number of arguments in call to function 'rate'" if "rate()" in text else None

    assert position_of("rate(a) + sum(rate())", complaint) == 14
