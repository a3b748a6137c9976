"""Moments of any type as seconds since 1970 in UTC, to the microsecond; spans and times of day as seconds.

A moment without a zone counts as UTC, a date as its midnight. Whole microseconds first, then seconds, so that the same
moment is the same number whatever unit it was kept in.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from weighbridge.drift_monitor.tally import Counts, Floats

_ZONE = "(?: ?(?:[Zz]|UTC|GMT|[-+][0-9]{2}(?::?[0-9]{2})?))?"
_DAY = "[0-9]{4}(?:-[0-9]{2}-[0-9]{2}|/[0-9]{2}/[0-9]{2})"
ISO = rf"^{_DAY}(?:[Tt ][0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:[.,][0-9]+)?)?{_ZONE})?$"
"""How texts write moments: 2026-11-26, 2026/11/26 08:00, 2026-11-26T08:00:00.5+01:00; not only as ISO 8601 does."""

_MICROSECONDS = {"s": 1_000_000, "ms": 1000, "us": 1}
_DAY_MICROSECONDS = 86_400_000_000


def seconds(times: Any) -> Floats:
    """An Arrow array of a temporal type, without nulls."""
    counts, factor = _counted(times)
    found: Floats = counts.astype(np.float64) * factor / 1e6
    return found


def microseconds(times: Any) -> Counts:
    """The same as whole microseconds since 1970, finer ones left out."""
    counts, factor = _counted(times)
    found: Counts = counts.astype(np.int64) * factor
    return found


def _counted(times: Any) -> tuple[Any, int]:
    """Whole numbers, and how many microseconds each of them is."""
    kind = times.type
    if pa.types.is_date32(kind):
        return times.cast(pa.int32()).to_numpy(), _DAY_MICROSECONDS
    unit = "ms" if pa.types.is_date64(kind) else kind.unit
    whole = times.cast(pa.int32() if pa.types.is_time32(kind) else pa.int64()).to_numpy()
    return (whole // 1000, 1) if unit == "ns" else (whole, _MICROSECONDS[unit])


def moments(texts: Any) -> Floats:
    """Those of an Arrow array of texts, without nulls, that are written as moments; others are left out."""
    trimmed = pc.utf8_trim_whitespace(texts)
    written = trimmed.filter(pc.match_substring_regex(trimmed, ISO))
    plain = _in_one_form(written)
    zoned = pc.match_substring_regex(plain, r":[0-9.:]+(?:Z|[-+][0-9:]+)$")
    try:
        parts = (
            plain.filter(zoned).cast(pa.timestamp("us", "UTC")), plain.filter(pc.invert(zoned)).cast(pa.timestamp("us"))
        )  # fmt: skip
    except pa.ArrowInvalid:  # a day or an hour that doesn't exist
        return np.array([moment for text in plain.to_pylist() if (moment := _seconds(text)) is not None], np.float64)
    return np.concatenate([seconds(part) for part in parts])


def moments_in(texts: Any) -> Any:
    """Texts as times in UTC, each in its row; null for what is no moment."""
    trimmed = pc.utf8_trim_whitespace(texts)
    written = pc.fill_null(pc.match_substring_regex(trimmed, ISO), False)
    found = [_moment(text) for text in pc.if_else(written, _in_one_form(trimmed), None).to_pylist()]
    return pa.array(found, pa.timestamp("us", "UTC"))


def _in_one_form(written: Any) -> Any:
    """Moments as both Arrow and Python read them."""
    # Arrow takes no fraction finer than its unit, no blank and no name before a zone, and all or none of a column.
    plain = pc.replace_substring(pc.replace_substring(written, "/", "-"), ",", ".")
    plain = pc.replace_substring_regex(plain, r"(\.[0-9]{1,6})[0-9]*", r"\1")
    plain = pc.replace_substring_regex(plain, r"(:[0-9]{2}):60", r"\1:59")  # a leap second is the one before it
    plain = pc.replace_substring_regex(plain, r" ?(?:UTC|GMT|[Zz])$", "Z")
    plain = pc.replace_substring(plain, "t", "T")
    return pc.replace_substring_regex(plain, r" ([-+][0-9:]+)$", r"\1")


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if text is not None else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _seconds(text: str) -> float | None:
    moment = _moment(text)
    return moment.timestamp() if moment is not None else None
