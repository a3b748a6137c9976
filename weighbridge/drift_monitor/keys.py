"""Categories as 64-bit keys: what is kept of a text is a number that tells it from others.

A key is a hash of the text's bytes, the same in every process, so counts of two samples meet by it; no text is kept.
Of 100,000 categories, two share a key in one of four billion columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from weighbridge.drift_monitor.tally import Keys

_BASE = 0x9E3779B97F4A7C15
_MIX = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
"""The constants of SplitMix64."""

_BYTES_AT_ONCE = 2**20


def keys_of(texts: Any) -> Keys:
    """The key of each text of an Arrow array of texts or bytes without nulls."""
    parts = list(_parts(texts.cast(pa.large_binary())))
    return np.concatenate(parts) if parts else np.empty(0, np.uint64)


def _parts(binary: pa.LargeBinaryArray) -> Iterator[Keys]:
    if not len(binary):
        return
    _, ends, data = binary.buffers()
    offsets = np.frombuffer(ends, np.int64)[binary.offset : binary.offset + len(binary) + 1]
    content = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    start = 0
    while start < len(binary):  # so many at once that few bytes are worked on, but at least one
        stop = int(np.searchsorted(offsets, offsets[start] + _BYTES_AT_ONCE, side="right")) - 1
        stop = min(max(stop, start + 1), len(binary))
        first, last = offsets[start], offsets[stop]
        yield _hashed(content[first:last], offsets[start : stop + 1] - first)
        start = stop


def _hashed(content: Any, offsets: Any) -> Keys:
    """A polynomial of the bytes in an odd base modulo 2^64, then mixed so that its high bits depend on all."""
    lengths = np.diff(offsets)
    powers = np.cumprod(np.full(int(lengths.max(initial=0)) + 1, _BASE, np.uint64), dtype=np.uint64)
    within = np.arange(content.size) - np.repeat(offsets[:-1], lengths)
    terms = np.append((content.astype(np.uint64) + np.uint64(1)) * powers[within], np.uint64(0))
    found = np.add.reduceat(terms, offsets[:-1], dtype=np.uint64)
    found[lengths == 0] = 0  # reduceat gives an empty text its neighbour's first byte
    for shift, factor in zip((30, 27), _MIX, strict=True):
        found = (found ^ (found >> np.uint64(shift))) * np.uint64(factor)
    mixed: Keys = found ^ (found >> np.uint64(31))
    return mixed
