"""In which order windows are, by the dates and numbers in their names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import TypeAlias
from urllib.parse import unquote

from weighbridge.drift_monitor.unreadable_data import UnreadableData

_DIGITS = re.compile(r"([0-9]+)")
_LETTERS = re.compile(r"[^\W\d_]")
_YEAR_FIRST = re.compile(r"(?:19|20|21)[0-9]{2}[-_./ ][0-9]")
_DAY_FIRST = re.compile(r"([0-9]{2})([-_. /]?)([0-9]{2})\2(?:19|20|21)[0-9]{2}(?![0-9])")
_MONTHS, _DAYS = 12, 31
_Parts: TypeAlias = tuple[tuple[int, int, str], ...]


def newest_first(names: list[str], folder: str) -> list[str]:
    """Names in the order of the dates or numbers in them. Raises `UnreadableData` where letters decide which is newest.

    So it does where a day stands before its month and year, as it may be the month.
    """
    dated = [name for name in names if _is_dated(name)]
    days = [name for name in dated if _YEAR_FIRST.match(_value(name))]
    number = next((name for name in dated if _value(name).isdigit()), None)
    if days and number is not None:  # 20261121 is the larger number, and may be the earlier day
        raise _without_order(folder, days[0], number)
    one_key = len(set(map(_key, names))) == 1
    if not one_key or (dated and len(dated) < len(names)):
        first, other = (dated[0], next(name for name in names if name not in dated)) if one_key else names[:2]
        raise _without_order(folder, first, other)
    ordered = sorted(names, key=_order, reverse=True)
    if len(names) > 1 and all(map(_is_day_first, map(_value, names))):
        problem = f"{folder} holds '{ordered[0]}' and '{ordered[1]}', whose days and months can't be told apart"
        raise UnreadableData(f"{problem}: name them with the year first, such as 2026-11-20")
    for newer, older in pairwise(ordered[:3]):
        if _letters_decide(_natural(_value(newer)), _natural(_value(older))):
            raise _without_order(folder, newer, older)
    return ordered


def _without_order(folder: str, one: str, other: str) -> UnreadableData:
    problem = f"{folder} holds '{one}' and '{other}', so which is the newest window can't be told"
    return UnreadableData(f"{problem}: name all alike, by a date or a number")


def _is_day_first(value: str) -> bool:
    """31-10-2026, 10/31/2026, 31.10.2026 or 31102026."""
    found = _DAY_FIRST.match(value)
    one, other = (int(found[1]), int(found[3])) if found is not None else (0, 0)
    return 1 <= min(one, other) <= _MONTHS and 1 <= max(one, other) <= _DAYS


def _letters_decide(newer: _Parts, older: _Parts) -> bool:
    """Whether the first difference of two names is one of letters, such as Nov and Dec, or eu and us."""
    parts = next(((one, other) for one, other in zip(newer, older, strict=False) if one != other), ())
    return bool(parts) and all(not is_number and _LETTERS.search(text) for is_number, _, text in parts)


def _key(name: str) -> str:
    """`dt` of `dt=2026-11-20`; nothing of a time in several folders."""
    return "" if "/" in name else name.rpartition("=")[0]


def _value(name: str) -> str:
    return unquote(name if "/" in name else name.rpartition("=")[2])


def _is_dated(name: str) -> bool:
    return "/" in name or _value(name)[:1].isdigit()


def _order(name: str) -> tuple[_Parts, str]:
    return _natural(_value(name)), name


def _natural(value: str) -> _Parts:
    """Sorts numbers within a text by their value: 9 before 10, 2026-9-30 before 2026-10-01."""
    parts = _DIGITS.split(value)
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts if part)


def newer_than(newest: str, finished: Mapping[str, bool]) -> str | None:
    """The newest of other names, if it is like that of the window `newest`, and newer.

    Of names that begin with no date or number, only one that is marked as finished is known to be a window's.
    """
    alike = [
        name
        for name, is_finished in finished.items()
        if newest
        and name
        and (_key(name), _is_dated(name)) == (_key(newest), _is_dated(newest))
        and (_is_dated(name) or is_finished)
    ]
    latest = max([*alike, newest], key=_order)
    return latest if latest != newest else None
