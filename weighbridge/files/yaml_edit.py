"""Edits YAML text in place: every character that isn't part of an edit stays.

Edits are made at the positions that the parser reports. A round trip through ruamel.yaml would be shorter, but moves
the blank line behind a list to before what is appended to it. Whoever edits reads the result again and compares it with
what was meant, as an alias may stand for what is edited.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from json import dumps
from typing import Protocol

import yaml

from weighbridge.files.problem import KeyPath
from weighbridge.files.yaml_text import LOADER, scalar


class Edit(Protocol):
    """One change of a text. Raises `LookupError` where an alias stands for what is edited, or it isn't there."""

    def splice(self, root: yaml.Node | None, text: str) -> Splice | None:
        """What of the text is replaced; None: nothing. `root` is the text's, as the parser has it."""


@dataclass(frozen=True, slots=True)
class Splice:
    """What stands from `start` to before `end` becomes `new`."""

    start: int
    end: int
    new: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made, one after the other. Raises `LookupError` and `yaml.YAMLError`."""
    for edit in edits:
        text = edited_at_once(text, (edit,))
    return text


def edited_at_once(text: str, edits: Iterable[Edit]) -> str:
    """As `edited`, where none is within or beside another, and none begins a list that another appends to.

    The text is parsed once, however many edits there are.
    """
    root = nodes(text)
    found = [splice for edit in edits if (splice := edit.splice(root, text)) is not None]
    # From the end, so that positions hold; of those at one place the first stays first.
    found.sort(key=lambda splice: splice.start)
    for splice in reversed(found):
        text = text[: splice.start] + splice.new + text[splice.end :]
    return text


def nodes(text: str) -> yaml.Node | None:
    """The text's root, each node with where it begins and ends, in characters. Raises `yaml.YAMLError`."""
    try:
        return yaml.compose(text, Loader=LOADER)
    except UnicodeEncodeError as error:  # half of a character, which libyaml isn't asked about
        raise yaml.YAMLError(str(error)) from error


@dataclass(frozen=True, slots=True)
class Set:
    """A scalar at a path becomes another; a key that isn't there is added at the end of its mapping."""

    path: KeyPath
    value: str

    def splice(self, root: yaml.Node | None, text: str) -> Splice:
        """At the value, or behind the mapping's last entry."""
        parent = _node(root, self.path[:-1])
        found = _entry(parent, self.path[-1])
        if found is not None:
            _, node = found
            return Splice(node.start_mark.index, _end(text, node), self.value)
        gap = "" if self.value.startswith("\n") else " "  # which would stand at the end of a line
        return _insert(text, parent, f"{self.path[-1]}:{gap}{self.value}")


@dataclass(frozen=True, slots=True)
class AddMapping:
    """A key that isn't there gets a mapping of its own, at the end of its parent and in the style of that one."""

    path: KeyPath
    entries: tuple[tuple[str, str], ...]

    def splice(self, root: yaml.Node | None, text: str) -> Splice:
        """Behind the parent's last entry."""
        parent = _node(root, self.path[:-1])
        if _entry(parent, self.path[-1]) is not None:
            raise LookupError(self.path)
        written = [f"{key}: {value}" for key, value in self.entries]
        if parent.flow_style:
            return _insert(text, parent, f"{self.path[-1]}: {{{', '.join(written)}}}")
        indent = "\n" + " " * (parent.start_mark.column + 2)
        return _insert(text, parent, f"{self.path[-1]}:{indent}{indent.join(written)}")


@dataclass(frozen=True, slots=True)
class Append:
    """A list at a path gets one item more; a list that isn't there is begun."""

    path: KeyPath
    item: str

    def splice(self, root: yaml.Node | None, text: str) -> Splice:
        """Behind the last item."""
        parent = _node(root, self.path[:-1])
        found = _entry(parent, self.path[-1])
        if found is None:
            if parent.flow_style:
                return _insert(text, parent, f"{self.path[-1]}: [{self.item}]")
            column = parent.start_mark.column
            return _insert(text, parent, f"{self.path[-1]}:\n{' ' * (column + 2)}- {self.item}")
        return _insert(text, _collection(found[1], self.path), self.item)


@dataclass(frozen=True, slots=True)
class Remove:
    """A key and its value go, or an item of a list, with the rest of their lines."""

    path: KeyPath

    def splice(self, root: yaml.Node | None, text: str) -> Splice | None:
        """From the key, or the item, to what comes next."""
        parent = _node(root, self.path[:-1])
        found = _entry(parent, self.path[-1])
        if found is None:
            return None
        if len(parent.value) == 1:
            raise LookupError(self.path)  # a mapping of nothing is no longer one
        key, value = found
        start, end = key.start_mark.index, _end(text, value)
        if parent.flow_style:
            after = text[end:].lstrip(" \n")
            if after.startswith(","):
                return Splice(start, len(text) - len(after[1:].lstrip(" ")), "")
            return Splice(len(text[:start].rstrip(" \n").removesuffix(",")), end, "")
        line = text.rfind("\n", 0, start) + 1
        newline = text.find("\n", end)
        return Splice(line, newline + 1 if newline >= 0 else len(text), "")


def _node(root: yaml.Node | None, path: KeyPath) -> yaml.CollectionNode:
    node = root
    for name in path:
        found = _entry(node, name) if node is not None else None
        if found is None:
            raise LookupError(path)
        node = found[1]
    return _collection(node, path)


def _collection(node: yaml.Node | None, path: KeyPath) -> yaml.CollectionNode:
    if isinstance(node, yaml.CollectionNode):
        return node
    raise LookupError(path)


def _entry(node: yaml.Node, name: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """Key and value of a mapping, or an item of a list twice. Raises `LookupError` where an alias stands for it."""
    if isinstance(node, yaml.SequenceNode) and isinstance(name, int):
        found = (node.value[name], node.value[name])
    else:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        pair = next(((key, value) for key, value in pairs if key.value == name), None)
        if pair is None:
            return None
        found = pair
    if not node.start_mark.index <= found[1].start_mark.index <= node.end_mark.index:
        raise LookupError(name)
    return found


def _insert(text: str, node: yaml.CollectionNode, entry: str) -> Splice:
    """With an entry more at the end of a mapping or list, in the style that it is written in."""
    if node.flow_style:
        end = _end_of_items(text, node) if node.value else node.end_mark.index - 1
        return Splice(end, end, (", " if node.value else "") + entry)
    dash = "- " if isinstance(node, yaml.SequenceNode) else ""
    end = _end(text, node)
    newline = "\r\n" if "\r\n" in text else "\n"
    found = text.find(newline, end)
    line_end = found if found >= 0 else len(text)
    indent = " " * node.start_mark.column
    return Splice(line_end, line_end, newline + indent + dash + entry.replace("\n", newline))


def _end(text: str, node: yaml.Node) -> int:
    """Where a value's own text ends. The parser has a block end at the next token, past blank lines and comments."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        return _end_of_items(text, node)
    end = int(node.end_mark.index)
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):  # up to the beginning of the next line
        written = text[:end]
        header = written[node.start_mark.index :].partition("\n")[0].partition("#")[0]
        end = len(written.removesuffix("\n").removesuffix("\r")) if "+" in header else len(written.rstrip())
    return end


def _end_of_items(text: str, node: yaml.CollectionNode) -> int:
    """Where the last of them ends. Raises `LookupError` where an alias stands for it."""
    last = node.value[-1]
    item = last[1] if isinstance(last, tuple) else last
    if item.start_mark.index < node.start_mark.index:
        raise LookupError(item.tag)
    return _end(text, item)


def without_aliases(text: str, path: KeyPath) -> str:
    """With every alias written out that stands in the value at a path, or for something in it."""
    root = nodes(text)
    part = _node(root, path)
    within = range(part.start_mark.index, part.end_mark.index)
    starts = {node.start_mark.index: node for node in _all(root)}
    anchored: dict[str, yaml.Node] = {}
    aliases: list[tuple[int, int, yaml.Node]] = []
    for token in yaml.scan(text, Loader=LOADER):
        start = token.start_mark.index
        if isinstance(token, yaml.AnchorToken):
            anchored[token.value] = starts[start]
        elif isinstance(token, yaml.AliasToken):
            node = anchored[token.value]
            if start in within or node.start_mark.index in within:
                aliases.append((start, token.end_mark.index, node))
    for start, end, node in reversed(aliases):
        text = text[:start] + _in_flow_style(node) + text[end:]
    return text


def _all(node: yaml.Node | None) -> Iterator[yaml.Node]:
    """A node and all below it, each below all that hold it."""
    if node is None:
        return
    yield node
    for item in node.value if isinstance(node, yaml.CollectionNode) else ():
        for part in item if isinstance(item, tuple) else (item,):
            yield from _all(part)


def _in_flow_style(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return f"{{{', '.join(f'{_in_flow_style(key)}: {_in_flow_style(value)}' for key, value in node.value)}}}"
    if isinstance(node, yaml.SequenceNode):
        return f"[{', '.join(map(_in_flow_style, node.value))}]"
    if isinstance(node, yaml.ScalarNode) and not node.style and not set(node.value) & set(",[]{}\n"):
        return str(node.value)
    return dumps(node.value, ensure_ascii=False)


def scalar_text(text: str) -> str:
    """A text in flow style, quoted where YAML needs it; always on one line."""
    dumped: str = yaml.safe_dump([text], default_flow_style=True, width=10**6, allow_unicode=True)
    written = dumped.strip()[1:-1]
    if "\n" in written or not isinstance(scalar(written), str):  # which a spec would read as something else
        return dumps(text, ensure_ascii=False)
    return written
