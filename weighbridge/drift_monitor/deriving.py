"""Columns that stand for others, computed a batch at a time from the texts or vectors that a file holds.

What is of another type than it has to be comes out as a value of a wrong type, so that it is counted as such; a value
that is missing stays missing. Texts that are no UTF-8 are read as far as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from weighbridge.drift_monitor.derived import DIRECTIONS, Derived
from weighbridge.drift_monitor.tally import Floats
from weighbridge.drift_monitor.text_traits import language, refuses, repetition

_SEED = b"weighbridge embedding directions 1"
"""Never changes: what is counted in one direction is compared with what was counted in it weeks before."""


def derived_batches(
    read: Callable[[Sequence[str]], Iterable[Mapping[str, pa.Array]]],
    columns: Sequence[str],
    derived: Mapping[str, Derived],
    fits: Callable[[Derived], bool],
    progress: Callable[[], None],
) -> Iterator[dict[str, pa.Array]]:
    """Columns in batches, those among `derived` made of their sources; `read` gives what is stored."""
    by_source: dict[str, list[Derived]] = {}
    for column in columns:
        if column in derived:
            by_source.setdefault(derived[column].source, []).append(derived[column])
    plain = [name for name in columns if name not in derived]
    for batch in read(list(dict.fromkeys([*plain, *by_source]))):
        made = {name: batch[name] for name in plain}
        for source, wanted in by_source.items():
            made |= derive(batch[source], wanted, fits=fits(wanted[0]))
            progress()
        yield {name: made[name] for name in columns}


def derive(values: pa.Array, wanted: Sequence[Derived], *, fits: bool) -> Mapping[str, pa.Array]:
    """The wanted columns of one source, by name, in the order of its rows. `fits`: it holds what they are made of."""
    if not fits:
        wrong = pc.if_else(pc.is_valid(values), True, pa.scalar(None, pa.bool_()))  # neither number nor text
        return {column.name: wrong for column in wanted}
    if wanted and wanted[0].of_text:
        texts = _texts(values)
        return {column.name: _of_texts(texts, column) for column in wanted}
    return _of_vectors(values, wanted)


def _texts(values: pa.Array) -> list[str | None]:
    """As Python has them; by their bytes, as not every file that calls a column text holds UTF-8."""
    plain = values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
    if pa.types.is_string(plain.type) or pa.types.is_string_view(plain.type):
        plain = plain.cast(pa.binary())
    elif pa.types.is_large_string(plain.type):
        plain = plain.cast(pa.large_binary())
    return [value.decode(errors="replace") if value is not None else None for value in plain.to_pylist()]


def _of_texts(texts: Sequence[str | None], column: Derived) -> pa.Array:
    match column.trait:
        case "length":
            return pa.array([None if text is None else float(len(text)) for text in texts], pa.float64())
        case "repetition":
            return pa.array([None if text is None else repetition(text) for text in texts], pa.float64())
        case "language":
            return pa.array([None if text is None else language(text) for text in texts], pa.string())
        case _:
            words = [None if text is None else str(refuses(text, column.phrases)).lower() for text in texts]
            return pa.array(words, pa.string())


def _of_vectors(values: pa.Array, wanted: Sequence[Derived]) -> Mapping[str, pa.Array]:
    """An element that is missing, or no number, leaves its vector without a norm and without directions."""
    present = values.drop_null()
    sizes = pc.list_value_length(present).to_numpy(zero_copy_only=False).astype(np.int64)
    elements = present.flatten().cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    starts = np.concatenate(([0], np.cumsum(sizes)))[:-1].astype(np.int64)
    norms = np.zeros(sizes.size)
    along = np.zeros((sizes.size, DIRECTIONS))
    with np.errstate(invalid="ignore", over="ignore"):
        for size in np.unique(sizes[sizes > 0]):
            rows = np.flatnonzero(sizes == size)
            vectors: Floats = elements[starts[rows][:, None] + np.arange(size)]
            norms[rows] = np.sqrt(np.square(vectors).sum(axis=1))
            along[rows] = vectors @ _directions(int(size)).T
    found: dict[str, pa.Array] = {}
    for column in wanted:
        numbers = {"norm": norms, "size": sizes.astype(np.float64)}.get(column.trait)
        numbers = along[:, column.number - 1] if numbers is None else numbers
        whole = np.full(len(values), np.nan)
        whole[pc.is_valid(values).to_numpy(zero_copy_only=False)] = numbers
        found[column.name] = pa.array(whole)
    return found


@lru_cache(maxsize=8)
def _directions(size: int) -> Floats:
    """`DIRECTIONS` unit vectors of that size, of plus and minus alike (Achlioptas, 2003); the same for ever."""
    drawn = hashlib.shake_256(_SEED).digest(-(-size * DIRECTIONS // 8))
    signs = np.unpackbits(np.frombuffer(drawn, np.uint8))[: size * DIRECTIONS].astype(np.float64) * 2 - 1
    # By element first, so that a vector that grows keeps what its first elements meet.
    found: Floats = signs.reshape(size, DIRECTIONS).T / np.sqrt(size)
    return found
