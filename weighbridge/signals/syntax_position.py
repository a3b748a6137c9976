"""Where an expression stops being PromQL. The parser says what is wrong, but not where.

A beginning of the text is sound if something could still follow that makes it PromQL. The position is that of the first
token after which nothing can.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import TypeAlias

Complaint: TypeAlias = Callable[[str], str | None]
"""What the parser says against a text, None where it takes it."""

_TOKEN = re.compile(
    r"""\#[^\n]*                                  # a comment
      | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' | `[^`]*`
      | \.?[0-9](?:[eE][+-]|[\w.])*              # a number or a time span, good or bad
      | [A-Za-z_:][\w:]*
      | =~ | !~ | [=!<>]= | \S""",
    re.VERBOSE,
)
_CLOSING = {"(": ")", "{": "}", "[": "]"}
_CALL = re.compile(r"in call to (?:function )?'(\w+)'|unknown function with name '(\w+)'")
# What may follow a sound beginning, before its brackets are closed and after.
_AFTER = ("", " x")
_ENDINGS = ("", " x", ' a="b"', '="b"', ' "b"', ' "b",', " 5m", ":", "(x)", " (x)", "[5m]", " x[5m]")
_GRAMMAR = ("invalid ", "unexpected ", "unclosed ", "no expression", "unterminated ", "bad ", "metric name must not ")


def tokens(expression: str) -> Iterator[tuple[int, str]]:
    """The tokens with their offsets, comments left out."""
    for found in _TOKEN.finditer(expression):
        if not found[0].startswith("#"):
            yield found.start(), found[0]


def surroundings(expression: str) -> Iterator[tuple[str, str, str]]:
    """Each token of PromQL with the bracket around it and the token before it; empty where there is none."""
    brackets, before = [""], ""
    for _, token in tokens(expression):
        if token in _CLOSING.values() and len(brackets) > 1:
            brackets.pop()
        yield token, brackets[-1], before
        if token in _CLOSING:
            brackets.append(token)
        before = token


def position_of(expression: str, complaint: Complaint) -> int:
    """The offset, in characters, of what the parser complains about; the end of the text where something is missing."""
    refusal = complaint(expression) or ""
    found = list(tokens(expression))
    if refusal.startswith("unclosed ") and (open_brackets := _open(expression, found)):
        return open_brackets[-1]
    if call := _CALL.search(refusal):
        return _call(expression, found, call[1] or call[2], complaint)

    def hopeless(count: int) -> bool:
        beginning = expression[: found[count][0] + len(found[count][1])]
        closing = "".join(_CLOSING[beginning[at]] for at in reversed(_open(beginning, found[: count + 1])))
        answers = (complaint(beginning + ending + closing + after) for after in _AFTER for ending in _ENDINGS)
        return all(answer is not None and (answer == refusal or answer.startswith(_GRAMMAR)) for answer in answers)

    first = bisect_left(range(len(found)), x=True, key=hopeless)
    return found[first][0] if first < len(found) else len(expression)


def _open(expression: str, found: list[tuple[int, str]]) -> list[int]:
    """Offsets of brackets that nothing closes, outermost first."""
    stack: list[int] = []
    for at, text in found:
        if text in _CLOSING:
            stack.append(at)
        elif stack and text == _CLOSING[expression[stack[-1]]]:
            stack.pop()
    return stack


def _call(expression: str, found: list[tuple[int, str]], name: str, complaint: Complaint) -> int:
    """The first call of this name that is wrong by itself."""
    refusal = complaint(expression)
    calls = [index for index, (_, text) in enumerate(found) if text == name]
    for index in calls:
        depth = 0
        for at, text in found[index + 1 :]:
            depth += (text == "(") - (text == ")")
            if depth == 0:
                if complaint(expression[found[index][0] : at + 1]) == refusal:
                    return found[index][0]
                break
    return found[calls[0]][0] if calls else 0
