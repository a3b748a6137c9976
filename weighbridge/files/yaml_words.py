"""libyaml's messages in plain words."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from weighbridge.files.problem import Problem

_PLAIN: Mapping[str, str] = {
    "mapping values are not allowed in this context": (
        "a `:` is not expected here: check the indentation, or quote the text if the colon is part of it"
    ),
    "did not find expected key": "this doesn't fit the lines above: check indentation, quotes and brackets",
    "did not find expected '-' indicator": "this line is in a list, so it should begin with `-`: check the indentation",
    "did not find expected ',' or '}'": "a `,` or `}` is missing before this",
    "did not find expected ',' or ']'": "a `,` or `]` is missing before this",
    "did not find expected node content": "a value is missing here",
    "did not find expected <document start>": "nothing can follow the end of the document: check the indentation",
    "could not find expected ':'": "a `:` is missing after the key",
    "found unexpected end of stream": "a quoted text is not closed before the end of the file",
    "found unexpected document indicator": "a quoted text is not closed before this line",
    "found unknown escape character": "this escape is unknown in double quotes: use single quotes, or double the `\\`",
    "found a tab character that violates indentation": "a tab can't indent: use spaces",
    "control characters are not allowed": "a control character is not allowed here",
}


def explain(error: Exception, text: str) -> Problem:
    """The problem that libyaml, or the encoder before it, has with a text."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        message = _message(error, _character(text, mark.line, mark.column))
        return Problem((), f"not valid YAML: {message}", line=mark.line + 1, column=mark.column + 1)
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position] if isinstance(error.position, int) else ""
        column = len(before) - (before.rfind("\n") + 1)
        message = "a control character is not allowed here"
        return Problem((), f"not valid YAML: {message}", line=before.count("\n") + 1, column=column + 1)
    if isinstance(error, UnicodeEncodeError):
        return Problem((), "not valid YAML: half of a surrogate pair is no character")
    return Problem((), "not valid YAML")  # pragma: no cover - PyYAML has no other errors


def _message(error: yaml.MarkedYAMLError, character: str) -> str:
    problem = str(error.problem)
    if problem.startswith("found character that cannot start any token"):
        if character == "\t":
            return "a tab can't indent: use spaces"
        return f"a value can't begin with `{character}`: quote it"
    message = _PLAIN.get(problem, problem)
    begun = error.context_mark
    if begun is not None and error.problem_mark is not None and begun.line != error.problem_mark.line:
        return f"{message} (in what begins on line {begun.line + 1})"
    return message


def _character(text: str, line: int, column: int) -> str:
    lines = text.split("\n")
    return lines[line][column : column + 1] if line < len(lines) else ""
