"""libyaml's messages in plain words, each with its line and column."""

import pytest

from weighbridge.files.yaml_text import NotYaml, parse
from weighbridge.files.yaml_words import explain

COLON = "a `:` is not expected here: check the indentation, or quote the text if the colon is part of it"
DASH = "this line is in a list, so it should begin with `-`: check the indentation (in what begins on line 1)"


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("a: b: c\n", (1, 5), COLON),
        ("a: 1\n b: 2\n", (2, 3), COLON),
        ("a: {b: 1\nc: 2\n", (2, 2), "a `,` or `}` is missing before this (in what begins on line 1)"),
        ("a: [1\nb: 2\n", (2, 2), "a `,` or `]` is missing before this (in what begins on line 1)"),
        ("a: [\n", (2, 1), "a value is missing here"),
        ("a: 'x\n", (2, 1), "a quoted text is not closed before the end of the file (in what begins on line 1)"),
        ('a: "\\q"\n', (1, 5), "this escape is unknown in double quotes: use single quotes, or double the `\\`"),
        ("a:\n\tb: 1\n", (2, 1), "a tab can't indent: use spaces"),
        ("a: @b\n", (1, 4), "a value can't begin with `@`: quote it"),
        ("a: \x07\n", (1, 4), "a control character is not allowed here"),
        ("- a\nb: 1\n", (2, 1), DASH),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_plain_words(text, at, words):
    with pytest.raises(NotYaml) as stopped:
        parse(text)
    problem = stopped.value.problem
    assert (problem.message, (problem.line, problem.column)) == (f"not valid YAML: {words}", at)


def test_half_of_a_surrogate_pair_is_no_character():
    with pytest.raises(NotYaml, match="half of a surrogate pair is no character"):
        parse("a: \ud800\n")
    assert explain(RuntimeError("anything else"), "").message == "not valid YAML"
