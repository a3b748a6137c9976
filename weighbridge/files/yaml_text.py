"""Reads YAML text into plain values, fast and safely.

libyaml splits the text into events; the builder here makes dicts, lists and scalars of them by the core schema of YAML
1.2 (``yes`` and ``2026-11-20`` stay text), and refuses what a spec has no use for: nulls, tags, merge keys, several
documents, keys that are not text, keys given twice, depth and alias expansion without end. Positions cost as much as
all the rest, so a second pass works them out, only for a file with problems.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from sys import intern
from typing import Any, TypeAlias

import yaml

from weighbridge.errors import WrongInput
from weighbridge.files.problem import KeyPath, Problem
from weighbridge.files.yaml_words import explain

Plain: TypeAlias = "dict[str, Plain] | list[Plain] | str | float | int | bool | None"
"""A value as a YAML or JSON text has it."""

Positions: TypeAlias = dict[tuple[KeyPath, bool], tuple[int, int]]
"""Line and column (from 1) by path; True for the key, False for the value."""

MOST_BYTES = 5_000_000
DEEPEST = 50
MOST_ALIASED = 100_000  # values that aliases may stand for, all together

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# The core schema of YAML 1.2, section 10.3.2.
_WORDS: Mapping[str, Plain] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **{sign + word: float(sign + "inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
}
_NUMBER_BEGINS = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?[0-9]{1,40}|0o[0-7]{1,40}|0x[0-9a-fA-F]{1,40}")  # longer ones are typing errors: text
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?")


class NotYaml(WrongInput):
    """The text can't be read to its end."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Document:
    """What a text says, and what is wrong with how it says it."""

    value: Plain
    problems: tuple[Problem, ...]  # with line and column


def parse(text: str) -> Document:
    """The one document of a text. Raises `NotYaml`."""
    builder = _Builder(text, None)
    return Document(builder.document(), tuple(builder.problems))


def positions(text: str) -> Positions:
    """Where each key and value of a text stands; as far as it can be read."""
    found: Positions = {}
    with suppress(NotYaml):  # the caller has that problem already; the positions before it are still right
        _Builder(text, found).document()
    return found


def scalar(text: str) -> Plain:
    """What an unquoted text means."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in _NUMBER_BEGINS:
        if _INTEGER.fullmatch(text):
            return int(text, 0 if text[:2] in ("0o", "0x") else 10)
        if _FLOAT.fullmatch(text):
            return float(text)
    return intern(text)


class _Builder:
    """One pass over the events of a text."""

    def __init__(self, text: str, found: Positions | None) -> None:
        self.problems: list[Problem] = []
        self._found = found
        self._path: list[str | int] = []
        self._anchors: dict[str, tuple[Plain, int] | None] = {}  # value and size; None while it is being read
        self._values = 0
        self._aliased = 0
        if len(text) > MOST_BYTES:
            raise NotYaml(Problem((), f"more than {MOST_BYTES // 1_000_000} MB: this can't be meant"))
        try:
            self._loader = LOADER(text)
        except (yaml.YAMLError, UnicodeEncodeError) as error:
            raise NotYaml(explain(error, text)) from error
        self._text = text

    def document(self) -> Plain:
        try:
            return self._document(self._loader.get_event)
        except (yaml.YAMLError, UnicodeEncodeError) as error:
            raise NotYaml(explain(error, self._text)) from error
        finally:
            self._loader.dispose()

    def _document(self, next_event: Any) -> Plain:
        next_event()  # the stream begins
        event = next_event()
        if isinstance(event, yaml.StreamEndEvent):
            raise NotYaml(Problem((), "the file is empty"))
        value = self._node(next_event(), next_event)
        next_event()  # the document ends
        event = next_event()
        if not isinstance(event, yaml.StreamEndEvent):
            raise self._stop(event, "a second document begins here: one file holds one, so remove this `---`")
        return value

    def _node(self, event: Any, next_event: Any) -> Plain:
        kind = type(event)
        self._values += 1
        if self._found is not None:
            self._found[tuple(self._path), False] = _position(event)
        if kind is yaml.AliasEvent:
            return self._alias(event)
        anchor = event.anchor
        before = self._values
        if anchor is not None:
            self._anchors[anchor] = None
        if event.tag is not None:
            self._problem(event, f"the tag {_shown_tag(event.tag)} is not allowed: write the plain value")
        if kind is yaml.ScalarEvent:
            value = scalar(event.value) if event.implicit[0] else intern(event.value)
            if value is None:
                self._problem(event, "nothing is given: give a value, or remove it")
        elif len(self._path) >= DEEPEST:
            raise self._stop(event, f"more than {DEEPEST} levels deep")
        elif kind is yaml.MappingStartEvent:
            value = self._mapping(next_event)
        else:
            value = self._sequence(next_event)
        if anchor is not None:
            self._anchors[anchor] = value, self._values - before + 1
        return value

    def _mapping(self, next_event: Any) -> dict[str, Plain]:
        value: dict[str, Plain] = {}
        path = self._path
        while True:
            event = next_event()
            if type(event) is yaml.MappingEndEvent:
                return value
            key = self._key(event, value, next_event)
            path.append(key if key is not None else "?")
            if self._found is not None:
                self._found.setdefault((tuple(path), True), _position(event))
            item = self._node(next_event(), next_event)
            path.pop()
            if key is not None:
                value[key] = item

    def _key(self, event: Any, value: dict[str, Plain], next_event: Any) -> str | None:
        """The key's text; None, with a problem, if it can't be one."""
        if type(event) is not yaml.ScalarEvent:
            self._problem(event, "a key is a word, not a list, a mapping or an alias")
            self._path.append("?")
            self._node(event, next_event)
            self._path.pop()
            return None
        text: str = event.value
        if event.implicit[0]:
            if text == "<<":
                self._problem(event, "merge keys (`<<`) are not allowed: write the keys out")
                return None
            if not isinstance(scalar(text), str):
                self._problem(event, f'{text or "an empty key"} is not text: write it as "{text}"', text)
                return None
        if event.tag is not None or event.anchor is not None:
            self._problem(event, "a key has neither a tag nor an anchor", text)
            return None
        if text in value:
            self._problem(event, "this key is given twice: remove one", text)
        return intern(text)

    def _sequence(self, next_event: Any) -> list[Plain]:
        value: list[Plain] = []
        path = self._path
        while True:
            event = next_event()
            if type(event) is yaml.SequenceEndEvent:
                return value
            path.append(len(value))
            value.append(self._node(event, next_event))
            path.pop()

    def _alias(self, event: Any) -> Plain:
        if event.anchor not in self._anchors:
            self._problem(event, f"*{event.anchor} refers to nothing: no &{event.anchor} comes before it")
            return None
        known = self._anchors[event.anchor]
        if known is None:
            raise self._stop(event, f"*{event.anchor} refers to a part of the file that it is in")
        value, size = known
        self._aliased += size
        self._values += size
        if self._aliased > MOST_ALIASED:
            raise self._stop(event, f"aliases here stand for more than {MOST_ALIASED:,} values: write them out")
        return value

    def _problem(self, event: Any, message: str, key: str | None = None) -> None:
        self.problems.append(self._made(event, message, key))

    def _stop(self, event: Any, message: str) -> NotYaml:
        return NotYaml(self._made(event, message, None))

    def _made(self, event: Any, message: str, key: str | None) -> Problem:
        line, column = _position(event)
        path = (*self._path, key) if key else tuple(self._path)
        return Problem(path, message, on_key=key is not None, line=line, column=column)


def _position(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _shown_tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")[:60]
