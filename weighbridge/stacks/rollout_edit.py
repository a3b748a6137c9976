"""Writes acceptances, a changed rollout and a retirement into the text of a spec; every other character stays.

Edits are made at the positions that the parser reports. A round trip through ruamel.yaml would be shorter, but moves
the blank line behind a list to before what is appended to it. What comes out is read again and must be exactly the
change that was meant. Where it isn't, because an alias stands for what is edited, the aliases of that endpoint are
written out first; what can't be edited then either is refused, and `weighbridge validate` says so beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from json import dumps
from pathlib import Path

import yaml

from weighbridge.files.problem import FileError, KeyPath, Problem
from weighbridge.files.reading import located
from weighbridge.files.yaml_text import scalar
from weighbridge.rollouts.record import pace
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.retirement import Retirement
from weighbridge.spec.rollout import Acceptance, Approval, Binding, Reached, RolledBack, Rollout
from weighbridge.spec.root import Spec
from weighbridge.stacks.load import parse_spec
from weighbridge.units import format_timestamp, percent


def rewrite(text: str, file: Path, name: str, changed: Endpoint) -> str:
    """The text with endpoint `name` made equal to `changed` in `stable`, `rollout` and what of `versions` is recorded.

    Raises `FileError` where the text can't be edited without touching something else.
    """
    spec = parse_spec(text, file)
    wanted = spec.model_copy(update={"endpoints": {**spec.endpoints, name: changed}})
    edits = tuple(_edits(name, spec.endpoints[name], changed))
    for expands in (False, True):
        try:
            edited = _without_aliases(text, ("endpoints", name)) if expands else text
            for edit in edits:
                edited = edit.apply(edited)
        except (LookupError, yaml.YAMLError):  # an alias hides the text, or an edit took an anchor away
            continue
        if _read(edited, file) == wanted:
            return edited
    path: KeyPath = ("endpoints", name)
    message = "`weighbridge rollout` can't edit this without changing something else: write it in another form of YAML"
    raise FileError(file, located([Problem(path, message, on_key=True)], text))


def rewrite_retirement(text: str, file: Path, retirement: Retirement) -> str:
    """The text of a good spec with this `retire`. Raises `FileError`, as `rewrite` does."""
    wanted = parse_spec(text, file).model_copy(update={"retire": retirement})
    edited = _Set(("retire",), f"{{{_claim(retirement)}}}").apply(text)
    if _read(edited, file) != wanted:
        message = "can't be edited without changing something else: write it in another form of YAML"
        raise FileError(file, [Problem(("retire",), message)])
    return edited


def not_editable(text: str, file: Path) -> list[str]:
    """Endpoints that `weighbridge rollout` can't edit, a line for each. The text is that of a good spec."""
    lines: list[str] = []
    for name, endpoint in parse_spec(text, file).endpoints.items():
        try:
            rewrite(text, file, name, _all_changed(endpoint))
        except FileError as error:
            lines += error.lines()
    return lines


def _all_changed(endpoint: Endpoint) -> Endpoint:
    """With a change in every place that some command edits."""
    when = datetime(2000, 1, 1, tzinfo=UTC)
    digest = f"sha256:{'0' * 64}"
    claim = {"by": "nobody@example.com", "at": when, "reason": "trial"}
    record = Acceptance.model_validate({"as": "stable", "fingerprint": digest, **claim})
    versions = {
        key: version.model_copy(
            update={
                "accepted": record,
                "replicas": version.replicas.model_copy(
                    update={"min": 0 if version.replicas.min else version.replicas.max}
                ),
            }
        )
        for key, version in endpoint.versions.items()
    }
    rollout = endpoint.rollout
    if rollout is not None:
        step = rollout.steps[0]
        bound = (
            approval
            if approval.fingerprint is not None and approval.pace is not None
            else approval.model_copy(
                update={
                    "fingerprint": approval.fingerprint or digest,
                    "pace": approval.pace or pace(rollout),
                    "bound": Binding.model_validate(claim),
                }
            )
            for approval in rollout.approvals
        )
        changes = {
            "at": Decimal(0),
            "approvals": (*bound, Approval.model_validate({"step": percent(step), **claim})),
            "reached": (*rollout.reached, Reached(step=step, at=when)),
            "rolled_back": rollout.rolled_back or RolledBack(at=when, weight=step, reason="trial"),
        }
        rollout = rollout.model_copy(update=changes)
    return endpoint.model_copy(update={"versions": versions, "rollout": rollout})


@dataclass(frozen=True, slots=True)
class _Set:
    """A scalar at a path becomes another; a key that isn't there is added at the end of its mapping."""

    path: KeyPath
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

    path: KeyPath
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

    path: KeyPath

    def apply(self, text: str) -> str:
        parent = _node(text, self.path[:-1])
        found = _entry(parent, self.path[-1])
        if found is None:
            return text
        if len(parent.value) == 1:
            raise LookupError(self.path)  # a mapping of nothing is no longer one
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
    here: KeyPath = ("endpoints", name)
    for key, version in old.versions.items():
        if key not in new.versions:
            yield _Remove((*here, "versions", key))
            continue
        place: KeyPath = (*here, "versions", key)
        least, record = new.versions[key].replicas.min, new.versions[key].accepted
        if least != version.replicas.min:
            yield _Set((*place, "replicas", "min"), str(least))
        if record != version.accepted:
            yield _Remove((*place, "accepted")) if record is None else _Set((*place, "accepted"), _accepted(record))
    if new.stable != old.stable:
        yield _Set((*here, "stable"), new.stable)
    if old.rollout is not None and new.rollout is None:
        yield _Remove((*here, "rollout"))
    elif old.rollout is not None and new.rollout is not None:
        yield from _rollout_edits((*here, "rollout"), old.rollout, new.rollout)


def _rollout_edits(here: KeyPath, old: Rollout, new: Rollout) -> Iterator[_Edit]:
    if new.at != old.at:
        yield _Set((*here, "at"), percent(new.at))
    for index, (before, after) in enumerate(zip(old.approvals, new.approvals, strict=False)):
        if after.fingerprint is not None and after.fingerprint != before.fingerprint:
            yield _Set((*here, "approvals", index, "fingerprint"), after.fingerprint)
        if after.pace is not None and after.pace != before.pace:
            yield _Set((*here, "approvals", index, "pace"), after.pace)
        if after.bound is not None and after.bound != before.bound:
            yield _Set((*here, "approvals", index, "bound"), f"{{{_claim(after.bound)}}}")
    for approval in new.approvals[len(old.approvals) :]:
        entry = f"step: {percent(approval.step)}, {_claim(approval)}"
        digest = f", fingerprint: {approval.fingerprint}" if approval.fingerprint is not None else ""
        given_for = f", pace: {approval.pace}" if approval.pace is not None else ""
        yield _Append((*here, "approvals"), f"{{{entry}{digest}{given_for}}}")
    for reached in new.reached[len(old.reached) :]:
        yield _Append((*here, "reached"), f"{{step: {percent(reached.step)}, at: {format_timestamp(reached.at)}}}")
    back = new.rolled_back
    if back is not None and old.rolled_back is None:
        entry = f"at: {format_timestamp(back.at)}, weight: {percent(back.weight)}, reason: {_scalar(back.reason)}"
        yield _Set((*here, "rolled_back"), f"{{{entry}}}")


def _accepted(record: Acceptance) -> str:
    return f"{{as: {record.role}, {_claim(record)}, fingerprint: {record.fingerprint}}}"


def _claim(claim: Acceptance | Approval | Binding | Retirement) -> str:
    return f"by: {_scalar(claim.by)}, at: {format_timestamp(claim.at)}, reason: {_scalar(claim.reason)}"


def _read(text: str, file: Path) -> Spec | None:
    try:
        return parse_spec(text, file)
    except FileError:
        return None


def _node(text: str, path: KeyPath) -> yaml.CollectionNode:
    node = yaml.compose(text, Loader=yaml.SafeLoader)
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


def _insert(text: str, node: yaml.CollectionNode, entry: str) -> str:
    """With an entry more at the end of a mapping or list, in the style that it is written in."""
    if node.flow_style:
        end = _end_of_items(node) if node.value else node.end_mark.index - 1
        return text[:end] + (", " if node.value else "") + entry + text[end:]
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
        return _end_of_items(node)
    end = int(node.end_mark.index)
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):  # up to the beginning of the next line
        buffer = node.start_mark.buffer
        if buffer is None:
            raise LookupError(node.value)
        written = buffer[:end].removesuffix("\0")
        header = written[node.start_mark.index :].partition("\n")[0].partition("#")[0]
        end = len(written.removesuffix("\n").removesuffix("\r")) if "+" in header else len(written.rstrip())
    return end


def _end_of_items(node: yaml.CollectionNode) -> int:
    """Where the last of them ends. Raises `LookupError` where an alias stands for it."""
    last = node.value[-1]
    item = last[1] if isinstance(last, tuple) else last
    if item.start_mark.index < node.start_mark.index:
        raise LookupError(item.tag)
    return _end(item)


def _without_aliases(text: str, path: KeyPath) -> str:
    """With every alias written out that stands in the value at a path, or for something in it."""
    edited = _node(text, path)
    within = range(edited.start_mark.index, edited.end_mark.index)
    starts = {node.start_mark.index: node for node in _all(yaml.compose(text, yaml.SafeLoader))}
    anchored: dict[str, yaml.Node] = {}
    aliases: list[tuple[int, int, yaml.Node]] = []
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
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
    if isinstance(node, yaml.ScalarNode) and node.style is None and not set(node.value) & set(",[]{}\n"):
        return str(node.value)
    return dumps(node.value, ensure_ascii=False)


def _scalar(text: str) -> str:
    """A text in flow style, quoted where YAML needs it; always on one line."""
    dumped: str = yaml.safe_dump([text], default_flow_style=True, width=10**6, allow_unicode=True)
    written = dumped.strip()[1:-1]
    if "\n" in written or not isinstance(scalar(written), str):  # which a spec would read as something else
        return dumps(text, ensure_ascii=False)
    return written
