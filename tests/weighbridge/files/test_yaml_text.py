"""YAML 1.2 by its core schema, without what a spec has no use for; where each key and value stands."""

import math

import pytest

from weighbridge.files.yaml_text import DEEPEST, NotYaml, parse, positions, scalar

BILLION_LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 8))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("False", False), ("yes", "yes"), ("on", "on"), ("tRue", "tRue"),
        ("12", 12), ("-0", 0), ("+7", 7), ("0o17", 15), ("0x1F", 31), ("017", 17), ("1_000", "1_000"),
        (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("-1.5E-1", -0.15), ("1.2.3", "1.2.3"), (".inf", math.inf),
        ("-.Inf", -math.inf), ("2026-11-20", "2026-11-20"), ("12:30", "12:30"), ("30m", "30m"), ("-", "-"),
        ("9" * 41, "9" * 41),
    ],
)  # fmt: skip
def test_what_an_unquoted_text_means(text, value):
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


def test_a_document_is_plain_values():
    document = parse("a: {b: [1, 'x', \"2\"]}\nc: &c {d: 1.5}\ne: *c\n")
    assert document.value == {"a": {"b": [1, "x", "2"]}, "c": {"d": 1.5}, "e": {"d": 1.5}}
    assert document.problems == ()


@pytest.mark.parametrize(
    ("text", "path", "at", "message"),
    [
        ("a:\n", ("a",), (1, 3), "nothing is given: give a value, or remove it"),
        ("a: ~\n", ("a",), (1, 4), "nothing is given: give a value, or remove it"),
        ("a: !!str 1\n", ("a",), (1, 4), "the tag !!str is not allowed: write the plain value"),
        ("a: {<<: 1}\n", ("a",), (1, 5), "merge keys (`<<`) are not allowed: write the keys out"),
        ("a: 1\na: 2\n", ("a",), (2, 1), "this key is given twice: remove one"),
        ("1: a\n", ("1",), (1, 1), '1 is not text: write it as "1"'),
        ("? [a]\n: 1\n", (), (1, 3), "a key is a word, not a list, a mapping or an alias"),
        ("&x a: 1\n", ("a",), (1, 1), "a key has neither a tag nor an anchor"),
        ("a: *none\n", ("a",), (1, 4), "*none refers to nothing: no &none comes before it"),
    ],
)
def test_what_a_spec_has_no_use_for_is_a_problem(text, path, at, message):
    (problem,) = parse(text).problems
    assert (problem.path, (problem.line, problem.column), problem.message) == (path, at, message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("# only a comment\n", "the file is empty"),
        ("a: 1\n---\nb: 1\n", "a second document begins here: one file holds one, so remove this `---`"),
        ("a: &a [*a]\n", "*a refers to a part of the file that it is in"),
        ("a: " + "[" * (DEEPEST + 1), f"more than {DEEPEST} levels deep"),
        (BILLION_LAUGHS, "aliases here stand for more than 100,000 values: write them out"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_to_its_end_stops(text, message):
    with pytest.raises(NotYaml) as stopped:
        parse(text)
    assert str(stopped.value) == message


def test_every_key_and_value_has_its_position():
    found = positions("a:\n  - b: 1\n  - {c: x}\n")
    assert found == {
        ((), False): (1, 1), (("a",), True): (1, 1), (("a",), False): (2, 3),
        (("a", 0), False): (2, 5), (("a", 0, "b"), True): (2, 5), (("a", 0, "b"), False): (2, 8),
        (("a", 1), False): (3, 5), (("a", 1, "c"), True): (3, 6), (("a", 1, "c"), False): (3, 9),
    }  # fmt: skip


def test_positions_before_an_error_are_still_right():
    assert positions("a: 1\nb: [\n")[("a",), False] == (1, 4)
