"""Pulumi's property paths (``a.b[0]["c d"]``, ``list[*].x``, ``*``), and what `ignoreChanges` does with them.

As the engine's `sdk/go/common/resource/properties_path.go`: a path that can't be parsed is passed over, and one whose
way ends early or whose lists differ in length changes what it can.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from weighbridge.resources.values import Secret, Unknown, Value, bare

Path: TypeAlias = tuple[str | int, ...]
"""Names and list positions, outermost first."""

EVERY = "*"

_STEP = re.compile(
    r"""
    \[ " (?P<quoted> (?: \\" | [^"] )* ) " \]
  | \[ (?P<index> -?[0-9]+ ) \]
  | (?P<every> \[\*\] )
  | \.? (?P<name> [^.\[]+ )
  | \. (?= \[ )
    """,
    re.VERBOSE,
)


def parse(text: str) -> Path | None:
    """The steps of a path; None where the engine would pass over it."""
    steps: list[str | int] = []
    position = 0
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None or (position == 0 and text[0] == "."):
            return None
        position = found.end()
        if found["index"] is not None:
            steps.append(int(found["index"]))
        elif found["every"] is not None:
            steps.append(EVERY)
        elif found["quoted"] is not None:
            steps.append(found["quoted"].replace('\\"', '"'))
        elif found["name"] is not None:
            steps.append(found["name"])
    return tuple(steps) or None


def after_ignoring(inputs: Mapping[str, Value], old: Mapping[str, Value], paths: Iterable[str]) -> Mapping[str, Value]:
    """A program's inputs with what the paths name as it was before: what the engine judges and deploys."""
    kept: Value = inputs
    for text in paths:
        path = parse(text)
        if path is not None:
            kept = _reset(path, old, kept)
    return kept if isinstance(kept, Mapping) else inputs


def with_unknown(inputs: Mapping[str, Value], path: Path) -> Mapping[str, Value]:
    """The inputs with an `Unknown` for each that ignoring the path may change, whatever was there before."""
    changed = _unknown_at(path, inputs)
    return changed if isinstance(changed, Mapping) else dict.fromkeys(inputs, Unknown())


def _reset(path: Path, old: Value, new: Value) -> Value:
    """`new` with the value of `old` at the path; `new` is not changed."""
    before, after, key = bare(old), bare(new), path[0]
    inner: Value = after
    if isinstance(after, Mapping) and isinstance(key, str):
        inner = _reset_object(path, before if isinstance(before, Mapping) else None, after)
    elif isinstance(before, list) and isinstance(after, list) and (isinstance(key, int) or key == EVERY):
        items = list(after)
        for index in range(min(len(before), len(after))) if key == EVERY else (key,):
            if isinstance(index, int) and 0 <= index < min(len(before), len(after)):
                items[index] = before[index] if len(path) == 1 else _reset(path[1:], before[index], after[index])
        inner = items
    return Secret(inner) if isinstance(new, Secret) or isinstance(old, Secret) else inner


def _reset_object(path: Path, old: Mapping[str, Value] | None, new: Mapping[str, Value]) -> Value:
    key, rest = str(path[0]), path[1:]
    if key == EVERY:
        if old is None:
            return new
        if not rest:
            return old
        return {name: _reset(rest, old[name], value) if name in old else value for name, value in new.items()}
    if rest:
        return {**new, key: _reset(rest, old.get(key), new[key])} if old is not None and key in new else new
    without = {name: value for name, value in new.items() if name != key}
    return {**without, key: old[key]} if old is not None and key in old else without


def _unknown_at(path: Path, value: Value) -> Value:
    if not path:
        return Unknown()
    inner, key, rest = bare(value), path[0], path[1:]
    if isinstance(inner, Mapping) and isinstance(key, str):
        if key == EVERY:
            return {name: _unknown_at(rest, item) for name, item in inner.items()} if rest else Unknown()
        # Ignoring makes no object that isn't there, but may bring the last name of the path.
        return {**inner, key: _unknown_at(rest, inner.get(key))} if key in inner or not rest else inner
    if isinstance(inner, list):
        return [_unknown_at(rest, item) if key in (EVERY, index) else item for index, item in enumerate(inner)]
    return inner
