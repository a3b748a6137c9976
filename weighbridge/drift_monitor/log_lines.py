"""Lines of log files, plain or gzip, and how many of them were requests.

A log is written while it is read: its last line may be half there, and so may its last block of gzip. That is counted
as `cut`, and as no fault; any other line that can't be read is counted as unreadable, and nothing is left out silently.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from weighbridge.drift_monitor.unreadable_data import UnreadableData

MOST_LINE_BYTES = 16 * 2**20
"""A longer line is none: the file is no log, or has lost its line ends."""

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31
"""zlib's number for the largest window with gzip's head."""

_AT_ONCE = 2**20


@dataclass(slots=True)
class LineCounts:
    """How many lines were what; of a log whose records are no lines, its objects. Counted up while it is read."""

    requests: int = 0
    other: int = 0  # that say something else, blank ones among them
    unreadable: int = 0
    cut: int = 0  # files that end within a line

    def plus(self, more: LineCounts) -> LineCounts:
        """With those of another file."""
        return LineCounts(
            self.requests + more.requests,
            self.other + more.other,
            self.unreadable + more.unreadable,
            self.cut + more.cut,
        )

    @property
    def unreadable_ratio(self) -> float | None:
        """Share of what may have been requests; None where there is nothing."""
        together = self.requests + self.unreadable
        return self.unreadable / together if together else None


def plain(chunks: Iterable[bytes], path: str, counts: LineCounts) -> Iterator[bytes]:
    """The bytes of a file as they are, or unpacked where they begin as gzip does. Raises `UnreadableData`."""
    unpacking: zlib._Decompress | None = None
    begun = packed = False
    for chunk in chunks:
        packed = packed or (not begun and chunk.startswith(_GZIP))
        begun = begun or bool(chunk)
        if not packed:
            yield chunk
            continue
        rest = chunk
        while rest:
            unpacking = unpacking or zlib.decompressobj(_GZIP_WINDOW)
            try:
                yield unpacking.decompress(rest, _AT_ONCE)
            except zlib.error:
                raise UnreadableData(f"{path} can't be read: it begins as gzip and goes on as something else") from None
            rest = unpacking.unconsumed_tail
            if unpacking.eof:
                rest, unpacking = unpacking.unused_data.lstrip(b"\0"), None  # members follow one another
    if unpacking is not None:
        yield unpacking.flush()
        counts.cut += 1


def lines(chunks: Iterable[bytes], counts: LineCounts) -> Iterator[tuple[bytes, bool]]:
    """Each line without its end, and whether it has one; too long ones are counted and left out."""
    held, skips = b"", False
    for chunk in chunks:
        parts = (held + chunk).split(b"\n")
        held = parts.pop()
        for part in parts:
            if not skips and len(part) <= MOST_LINE_BYTES:
                yield part.removesuffix(b"\r"), True
            else:
                counts.unreadable += 1
            skips = False
        if len(held) > MOST_LINE_BYTES:
            held, skips = b"", True
    if skips:
        counts.unreadable += 1
    elif held:
        yield held, False
