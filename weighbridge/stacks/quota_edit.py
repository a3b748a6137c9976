"""Writes what was pulled, or is asked for, into the text of the quota file; every other character stays.

What comes out is read again and must be exactly what was meant, else it is refused: see `weighbridge.files.yaml_edit`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias, TypeVar

import yaml
from pydantic import BaseModel

from weighbridge.files.problem import FileError, KeyPath, Problem
from weighbridge.files.yaml_edit import (
    Append,
    Edit,
    Remove,
    Set,
    edited,
    edited_at_once,
    nodes,
    scalar_text,
    without_aliases,
)
from weighbridge.spec.quota_file import HeldReservation, Limit, QuotaFile, QuotaRequest, Unexplained
from weighbridge.stacks.load import parse_quota
from weighbridge.units import DATE_PATTERN, format_timestamp

Listed: TypeAlias = Limit | Unexplained | HeldReservation | QuotaRequest
_Entry = TypeVar("_Entry", Limit, Unexplained, HeldReservation, QuotaRequest)

LISTS = ("limits", "unexplained", "reservations", "requests")
"""Keys of the file that this edits, entry by entry."""


def rewrite_quota(text: str, file: Path, wanted: QuotaFile) -> str:
    """The text of a good quota file made equal to `wanted`, which differs in nothing but what this module edits.

    Raises `FileError` where that can't be done without touching something else, or `wanted` is no good file itself.
    """
    old = parse_quota(text, file)
    edits = tuple(_edits(old, wanted))
    wrong: FileError | None = None
    for attempt in (_at_once, _one_by_one, _without_aliases):
        try:
            changed = attempt(text, edits)
        except (LookupError, yaml.YAMLError):  # an alias hides the text, or two edits meet
            continue
        try:
            if parse_quota(changed, file) == wanted:
                return changed
        except FileError as error:
            wrong = error
    if wrong is not None:
        raise wrong
    message = "can't be edited without changing something else: write its lists without anchors and aliases"
    raise FileError(file, [Problem((), message)])


def _at_once(text: str, edits: Sequence[Edit]) -> str:
    return edited_at_once(text, edits)


def _one_by_one(text: str, edits: Sequence[Edit]) -> str:
    return edited(text, edits)


def _without_aliases(text: str, edits: Sequence[Edit]) -> str:
    root = nodes(text)
    keys = {key.value for key, _ in root.value} if isinstance(root, yaml.MappingNode) else set()
    for key in (*LISTS, "sold"):
        if key in keys:
            text = without_aliases(text, (key,))
    return edited(text, edits)


def _edits(old: QuotaFile, new: QuotaFile) -> Iterator[Edit]:
    if new.pulled_at != old.pulled_at:
        yield Set(("pulled_at",), format_timestamp(new.pulled_at))
    yield from _list_edits("limits", old.limits, new.limits, _limited)
    yield from _list_edits("unexplained", old.unexplained, new.unexplained, _limited)
    yield from _list_edits("reservations", old.reservations, new.reservations, _reserved)
    yield from _list_edits("requests", old.requests, new.requests, _limited)
    if old.sold and not new.sold:
        yield Remove(("sold",))
    elif not old.sold and new.sold:
        zones = "".join(f"\n  {zone}: {_flow(list(machines))}" for zone, machines in new.sold.items())
        yield Set(("sold",), zones)
    else:
        for zone, machines in new.sold.items():
            if old.sold.get(zone) != machines:
                yield Set(("sold", zone), _flow(list(machines)))
        yield from (Remove(("sold", zone)) for zone in old.sold if zone not in new.sold)


def _limited(entry: Listed) -> tuple[object, ...]:
    """What tells limits, use and requests apart."""
    if isinstance(entry, HeldReservation):
        raise TypeError(entry)
    return entry.quota, entry.region, tuple(sorted(entry.dimensions.items()))


def _reserved(entry: Listed) -> tuple[object, ...]:
    """What tells reservations apart."""
    if not isinstance(entry, HeldReservation):
        raise TypeError(entry)
    return entry.project, entry.name, entry.zone


def _list_edits(
    name: str, old: Sequence[_Entry], new: Sequence[_Entry], identity: Callable[[Listed], tuple[object, ...]]
) -> Iterator[Edit]:
    """Edits of one list. What is removed comes last first, so that positions hold in either way of editing."""
    if not new:
        if old:
            yield Remove((name,))
        return
    wanted = {identity(entry): entry for entry in new}
    known = {identity(entry) for entry in old}
    for index, entry in enumerate(old):
        changed = wanted.get(identity(entry))
        if changed is not None:
            yield from _entry_edits((name, index), entry, changed)
    added = [entry for entry in new if identity(entry) not in known]
    if not old:
        yield Set((name,), "".join(f"\n  - {_flow(_plain(entry))}" for entry in added))
        return
    yield from (Append((name,), _flow(_plain(entry))) for entry in added)
    gone = [index for index, entry in enumerate(old) if identity(entry) not in wanted]
    yield from (Remove((name, index)) for index in reversed(gone))


def _entry_edits(path: KeyPath, old: _Entry, new: _Entry) -> Iterator[Edit]:
    before, after = _plain(old), _plain(new)
    for key, value in after.items():
        if before.get(key) != value:
            yield Set((*path, key), _flow(value))
    yield from (Remove((*path, key)) for key in before if key not in after)


_Plain: TypeAlias = "dict[str, _Plain] | list[_Plain] | str | int | bool"


def _plain(entry: BaseModel) -> dict[str, _Plain]:
    """An entry as the file writes it: what has its default is left out."""
    dumped: dict[str, _Plain] = entry.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return dumped


def _flow(value: _Plain) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and not re.fullmatch(DATE_PATTERN, value):  # a day needs no quotes in YAML 1.2
        return scalar_text(value)
    return str(value)
