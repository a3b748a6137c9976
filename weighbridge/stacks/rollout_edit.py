"""Writes a changed rollout into the text of a spec; every other character stays as it is.

Edits are made at the positions that the parser reports. A round trip through ruamel.yaml would be shorter, but moves
the blank line behind a list to before what is appended to it. What comes out is read again and must be exactly the
change that was meant: aliases and merge keys, where one text stands for several, are refused so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from weighbridge.files.problem import FileError, Problem
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.rollout import Rollout
from weighbridge.spec.root import Spec
from weighbridge.stacks.load import parse_spec
from weighbridge.units import format_timestamp, percent

KeyNames = tuple[str, ...]


def rewrite(text: str, file: Path, name: str, changed: Endpoint) -> str:
    """The text with endpoint `name` made equal to `changed` in `stable`, `versions` and `rollout`.

    Raises `FileError` where the text can't be edited without touching something else.
    """
    spec = parse_spec(text, file)
    wanted = spec.model_copy(update={"endpoints": {**spec.endpoints, name: changed}})
    edited = text
    try:
        for edit in _edits(name, spec.endpoints[name], changed):
            edited = edit.apply(edited)
    except (LookupError, yaml.YAMLError):  # a merge key hides the text, or an edit took an anchor away
        edited = ""
    if _read(edited, file) != wanted:
        message = "can't be edited without changing something else (an alias, a merge key?): edit its rollout by hand"
        raise FileError(file, [Problem((), f"endpoints.{name} {message}")])
    return edited


@dataclass(frozen=True, slots=True)
class _Set:
    """A scalar at a path becomes another; a key that isn't there is added at the end of its mapping."""

    path: KeyNames
    value: str

    def apply(self, text: str) -> str:
        parent = _node(text, self.path[:-1])
        found = _entry(parent, self.path[-1])
        if found is not None:
            _, node = found
            return text[: node.start_mark.index] + self.value + text[node.end_mark.index :]
        return _insert(text, parent, f"{self.path[-1]}: {self.value}")


@dataclass(frozen=True, slots=True)
class _Append:
    """A list at a path gets one item more; a list that isn't there is begun."""

    path: KeyNames
    item: str

    def apply(self, text: str) -> str:
        parent = _node(text, self.path[:-1])
        found = _entry(parent, self.path[-1])
        if found is None:
            if parent.flow_style:
                return _insert(text, parent, f"{self.path[-1]}: [{self.item}]")
            column = parent.start_mark.column
            return _insert(text, parent, f"{self.path[-1]}:\n{' ' * (column + 2)}- {self.item}")
        return _insert(text, _collection(found[1], self.path), self.item)


@dataclass(frozen=True, slots=True)
class _Remove:
    """A key and its value go, with the rest of their lines."""

    path: KeyNames

    def apply(self, text: str) -> str:
        parent = _node(text, self.path[:-1])
        found = _entry(parent, self.path[-1])
        if found is None:
            return text
        key, value = found
        start, end = key.start_mark.index, _end(value)
        if parent.flow_style:
            after = text[end:].lstrip(" \n")
            if after.startswith(","):
                rest = after[1:].lstrip(" ")
                return text[:start] + rest
            return text[:start].rstrip(" \n").removesuffix(",") + text[end:]
        line = text.rfind("\n", 0, start) + 1
        newline = text.find("\n", end)
        return text[:line] + (text[newline + 1 :] if newline >= 0 else "")


_Edit = _Set | _Append | _Remove


def _edits(name: str, old: Endpoint, new: Endpoint) -> Iterator[_Edit]:
    here: KeyNames = ("endpoints", name)
    for gone in set(old.versions) - set(new.versions):
        yield _Remove((*here, "versions", gone))
    if new.stable != old.stable:
        yield _Set((*here, "stable"), new.stable)
    if old.rollout is not None and new.rollout is None:
        yield _Remove((*here, "rollout"))
    elif old.rollout is not None and new.rollout is not None:
        yield from _rollout_edits((*here, "rollout"), old.rollout, new.rollout)


def _rollout_edits(here: KeyNames, old: Rollout, new: Rollout) -> Iterator[_Edit]:
    if new.at != old.at:
        yield _Set((*here, "at"), percent(new.at))
    for approval in new.approvals[len(old.approvals) :]:
        entry = f"step: {percent(approval.step)}, by: {approval.by}, at: {format_timestamp(approval.at)}"
        yield _Append((*here, "approvals"), f"{{{entry}, reason: {_scalar(approval.reason)}}}")
    for reached in new.reached[len(old.reached) :]:
        yield _Append((*here, "reached"), f"{{step: {percent(reached.step)}, at: {format_timestamp(reached.at)}}}")
    back = new.rolled_back
    if back is not None and old.rolled_back is None:
        entry = f"at: {format_timestamp(back.at)}, weight: {percent(back.weight)}, reason: {_scalar(back.reason)}"
        yield _Set((*here, "rolled_back"), f"{{{entry}}}")


def _read(text: str, file: Path) -> Spec | None:
    try:
        return parse_spec(text, file)
    except FileError:
        return None


def _node(text: str, path: KeyNames) -> yaml.CollectionNode:
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    for name in path:
        found = _entry(node, name) if isinstance(node, yaml.MappingNode) else None
        if found is None:
            raise LookupError(path)
        node = found[1]
    return _collection(node, path)


def _collection(node: yaml.Node | None, path: KeyNames) -> yaml.CollectionNode:
    if isinstance(node, yaml.CollectionNode):
        return node
    raise LookupError(path)


def _entry(node: yaml.Node, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next(((key, value) for key, value in pairs if key.value == name), None)


def _insert(text: str, node: yaml.CollectionNode, entry: str) -> str:
    """With an entry more at the end of a mapping or list, in the style that it is written in."""
    if node.flow_style:
        end = node.end_mark.index - 1
        before = text[:end].rstrip(" ") if node.value else text[:end]
        return before + (", " if node.value else "") + entry + text[len(before) if node.value else end :]
    dash = "- " if isinstance(node, yaml.SequenceNode) else ""
    end = _end(node)
    newline = "\r\n" if "\r\n" in text else "\n"
    found = text.find(newline, end)
    line_end = found if found >= 0 else len(text)
    indent = " " * node.start_mark.column
    return text[:line_end] + newline + indent + dash + entry.replace("\n", newline) + text[line_end:]


def _end(node: yaml.Node) -> int:
    """Where a value's own text ends. The parser has a block end at the next token, past blank lines and comments."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _scalar(text: str) -> str:
    """A text in flow style, quoted where YAML needs it; always on one line."""
    dumped: str = yaml.safe_dump([text], default_flow_style=True, width=10**6, allow_unicode=True)
    return dumped.strip()[1:-1]
