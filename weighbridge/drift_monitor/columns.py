"""Columns of Parquet and CSV files, a batch at a time, as numbers, moments or categories.

Only columns that are asked for are read. A value counts as what it is, however it is kept: a moment as seconds since
1970 in UTC, whatever its unit, its zone and its type, a date or a text among them; a text by its bytes, plain, in a
dictionary or as binary. The leaf of a struct is a column named by its path with dots. CSV has no types, so all of it is
read as text and judged value by value; an empty field is missing, and where numbers are expected so are the usual words
for nothing. Columns that stand for a text or a vector are computed from it and look like any other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from weighbridge.drift_monitor.dependence import LOOKED_AT
from weighbridge.drift_monitor.derived import Derived
from weighbridge.drift_monitor.deriving import derived_batches
from weighbridge.drift_monitor.files import DataFile, Store, reading
from weighbridge.drift_monitor.keys import keys_of
from weighbridge.drift_monitor.moments import ISO, moments, seconds
from weighbridge.drift_monitor.tally import Counts, Floats, Keys, no_keys
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.spec.pipeline import CsvFormat

Kind = Literal["number", "moment", "category", "boolean"]

BATCH_ROWS = 131_072
_GROUP_BYTES = 32 * 2**20
"""What the values of columns that are read together may take: more columns or rows don't take more."""

_MOST_GROUPED = 16
_MOST_TEXTS, _TEXTS_BYTES = 8192, 2**26
"""Rows of texts or vectors that are read at once, and what they may take in memory; a larger value comes alone."""

_TAIL_BYTES = 2**16
_BLOCK_BYTES = 16 * 2**20
_SNIFFED_SHARE = 0.95
"""A text column is of numbers or moments if so many of its first values are; the rest then are of the wrong type."""

_SNIFFED_ROWS = 2000
"""Of a text column that may hold moments or booleans."""

_UTF16_LETTERS = re.compile(rb"(?:[^\0]\0){2}|(?:\0[^\0]){2}", re.DOTALL)
_CODECS = {"gz": "gzip", "bz2": "bz2", "zst": "zstd"}
_NUMBER = r"^[ \t]*[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?[ \t]*$|^[ \t]*[-+]?(?i:inf|infinity)[ \t]*$"
_NOTHING = pa.array(["nan", "null", "none", "na", "n/a", "#n/a", "<na>", "-nan"])
"""Lower-case words for a missing number. In a column of categories they are categories: NA is Namibia."""


@dataclass(frozen=True, slots=True)
class NumberBatch:
    """Numbers of one batch; `values`, in the order of the rows, has no NaN."""

    rows: int
    missing: int
    mistyped: int
    values: Floats


@dataclass(frozen=True, slots=True)
class CategoryBatch:
    """Categories of one batch: the keys of different ones, how often each occurs, which ones come first."""

    rows: int
    missing: int
    mistyped: int
    keys: Keys
    counts: Counts
    opening: Counts  # of the first rows that have one: places in `keys`
    order: Counts  # of the same rows: places of their texts in the order of the alphabet


class TableFile:
    """One file; the schema is read when it is opened. Raises `UnreadableData`, as every method does."""

    lines = None  # of a log alone
    in_order: Literal[True] = True  # whether rows come in the order in which they were written

    def __init__(
        self, store: Store, file: DataFile, csv: CsvFormat | None = None, derived: Iterable[Derived | None] = ()
    ) -> None:
        self._store, self._file, self._csv = store, file, csv if csv is not None else CsvFormat()
        self.is_csv = not file.name.lower().endswith(".parquet")
        with reading(file.path):
            if self.is_csv:
                self._blank_lines_count = False
                self._refuse_other_encodings()
                schema = self._csv_reader(None).schema
                self._blank_lines_count = len(schema) == 1
                leaves, self.rows = [(field.name, field.type) for field in schema], -1  # only known when all is read
            else:
                self._metadata = _footer(store.open(file))
                self.rows = self._metadata.num_rows
                arrow = self._metadata.schema.to_arrow_schema()
                leaves = [(name, _shown(kind)) for field in arrow for name, kind in leaves_of(field)]
        self.types: dict[str, pa.DataType] = dict(leaves)
        wanted = [column for column in derived if column is not None and column.source in self.types]
        self._derived = {column.name: column for column in wanted}
        made = {column.name: pa.float64() if column.is_number else pa.string() for column in wanted}
        named = Counter(name for name, _ in leaves)
        self.twice = frozenset(name for name, times in named.items() if times > 1)
        self.stored, self.types = self.types, self.types | made

    def groups(self, columns: Sequence[str]) -> Iterator[Sequence[str]]:
        """The columns, so many at a time that what their values take in memory is bounded."""
        return column_groups(columns, self.rows)

    def batches(self, columns: Sequence[str]) -> Iterator[dict[str, pa.Array]]:
        """The named columns, which all exist, together in batches."""
        sources = {self._derived[name].source for name in columns if name in self._derived}
        if not sources:
            yield from self._batches(columns, BATCH_ROWS)
            return
        rows = self._rows_at_once(sources)
        yield from derived_batches(
            lambda names: self._batches(names, rows),
            columns,
            self._derived,
            self._fits,
            lambda: self._store.progress(self._file.path),  # reading a language takes a while
        )

    def _rows_at_once(self, sources: Iterable[str]) -> int:
        """So many rows that their texts and vectors have room; CSV comes in blocks of a size anyway."""
        if self.is_csv or not self.rows:
            return _MOST_TEXTS
        size = 0
        for group in range(self._metadata.num_row_groups):
            for place in range(self._metadata.num_columns):
                chunk = self._metadata.row_group(group).column(place)
                if any(chunk.path_in_schema == name or chunk.path_in_schema.startswith(f"{name}.") for name in sources):
                    size += chunk.total_uncompressed_size
        return max(1, min(_MOST_TEXTS, _TEXTS_BYTES * self.rows // max(size, 1)))

    def _fits(self, column: Derived) -> bool:
        """Whether its source holds what it is made of: texts, or lists of numbers."""
        stored = self.stored[column.source]
        stored = stored.value_type if pa.types.is_dictionary(stored) else stored
        if column.of_text:
            return self.is_csv or is_text(stored)
        return not self.is_csv and _is_vector(stored)

    def _batches(self, columns: Sequence[str], rows: int) -> Iterator[dict[str, pa.Array]]:
        doubled = [name for name in columns if name in self.twice]
        if doubled:
            raise UnreadableData(f"{self._file.path} has more than one column '{doubled[0]}': rename all but one")
        with reading(self._file.path):
            if self.is_csv:
                for batch in self._csv_reader(columns):
                    self._store.progress(self._file.path)
                    yield dict(zip(batch.schema.names, batch.columns, strict=True))
                return
            opened = self._opened()
            for batch in opened.iter_batches(rows, columns=list(columns), use_threads=False):
                self._store.progress(self._file.path)
                yield {name: _storage(_leaf(batch, name)) for name in columns}

    def value_counts(self, column: str) -> Iterator[tuple[pa.Array, pa.Array]]:
        """Values of a column, and how often each occurs, in parts."""
        for batch in self.batches([column]):
            yield pc.value_counts(batch[column]).flatten()

    def kind(self, column: str) -> Kind | None:
        """What the column is compared as; None if it can't be."""
        derived = self._derived.get(column)
        if derived is not None:
            return ("number" if derived.is_number else "category") if self._fits(derived) else None
        if self.is_csv:
            return self._text_kind(column, from_csv=True)
        kind = kind_of(self.types[column])
        return self._text_kind(column, from_csv=False) if kind == "category" else kind

    def family(self, column: str) -> str | None:
        """The type in which a column is kept, as far as it changes values.

        None for CSV, which has none, and for what is computed.
        """
        if self.is_csv or column in self._derived:
            return None
        stored = self.types[column]
        stored = stored.value_type if pa.types.is_dictionary(stored) else stored
        for name, holds in (("text", is_text), ("times", is_moment), ("numbers", is_number)):
            if holds(stored):
                return name
        return None if pa.types.is_null(stored) else "booleans" if pa.types.is_boolean(stored) else str(stored)

    def _opened(self) -> Any:
        source = self._store.open(self._file)
        return pa.parquet.ParquetFile(
            source, metadata=self._metadata, read_dictionary=self._dictionary_texts, pre_buffer=False
        )

    @cached_property
    def _dictionary_texts(self) -> list[str]:
        # Of what is derived, all texts of a dictionary would be looked at with each batch.
        sources = {column.source for column in self._derived.values()}
        dictionaries = [name for name in self._in_dictionaries() if name not in sources]
        return [name for name in dictionaries if is_text(self.stored.get(name, pa.null()))]

    def _in_dictionaries(self) -> Iterator[str]:
        """Columns that may be read as dictionaries: pyarrow can't where they are kept as differences."""
        for place in range(self._metadata.num_columns if self._metadata.num_row_groups else 0):
            chunk = self._metadata.row_group(0).column(place)
            if not any(encoding.startswith("DELTA") for encoding in chunk.encodings):
                yield chunk.path_in_schema

    def _csv_reader(self, columns: Sequence[str] | None) -> Any:
        convert = pa.csv.ConvertOptions(
            column_types=dict.fromkeys(columns or (), pa.string()),
            include_columns=list(columns) if columns else None,
            null_values=["", r"\N"],  # the second is of Hive, MySQL and PostgreSQL
            strings_can_be_null=True,
        )
        raw = self._store.open(self._file)
        codec = _CODECS.get(self._file.name.lower().rpartition(".")[2])
        stream = pa.CompressedInputStream(raw, codec) if codec is not None else raw
        read = pa.csv.ReadOptions(block_size=_BLOCK_BYTES if columns else 2**20, encoding=self._csv.encoding)
        # A blank line of one column is a row without a value; of several it is none.
        parse = pa.csv.ParseOptions(delimiter=self._csv.separator, ignore_empty_lines=not self._blank_lines_count)
        return pa.csv.open_csv(stream, read, parse, convert)

    def _first_texts(self, column: str) -> pa.Array:
        """The first values of a Parquet column that there are; no more is read than they take."""
        parts: list[pa.Array] = []
        rows = found = 0
        for batch in self._batches([column], _SNIFFED_ROWS):
            parts.append(_plain(batch[column].drop_null()))
            rows, found = rows + len(batch[column]), found + len(parts[-1])
            if found >= _SNIFFED_ROWS or rows >= BATCH_ROWS:
                break
        texts = parts[0] if len(parts) == 1 else pa.concat_arrays(parts) if parts else pa.nulls(0, pa.string())
        return texts.slice(0, _SNIFFED_ROWS)

    def _refuse_other_encodings(self) -> None:
        """Read as what the spec says, they would be lines of too few columns, or names that begin with a mark."""
        head, encoding = bytes(self._store.open(self._file).read(4)), self._csv.encoding
        is_utf16 = head[:2] in (b"\xff\xfe", b"\xfe\xff") or _UTF16_LETTERS.fullmatch(head)
        if encoding != "utf-16" and is_utf16:
            raise UnreadableData(f"{self._file.path} is UTF-16: say so in `watch.csv.encoding`")
        if encoding != "utf-8" and head.startswith(b"\xef\xbb\xbf"):
            raise UnreadableData(f"{self._file.path} begins as UTF-8 does: leave `watch.csv.encoding` out")
        if head == b"PAR1":
            raise UnreadableData(f"{self._file.path} is Parquet: let its name end with .parquet")

    def _text_kind(self, column: str, *, from_csv: bool) -> Kind:
        """By the first batch: numbers and booleans in CSV only, where all is text; moments anywhere."""
        if from_csv:
            first = next((batch[column] for batch in self.batches([column])), pa.nulls(0, pa.string()))
            read = as_numbers(first, self._csv)
            if read.values.size >= _SNIFFED_SHARE * (read.rows - read.missing):
                return "number"
            text = first.drop_null().slice(0, _SNIFFED_ROWS)
        else:
            text = self._first_texts(column)
        if not _is_string(text.type) or not len(text):
            return "category"
        if pc.sum(pc.match_substring_regex(pc.utf8_trim_whitespace(text), ISO)).as_py() >= _SNIFFED_SHARE * len(text):
            return "moment"
        words = pc.utf8_lower(text)
        booleans = from_csv and pc.all(pc.is_in(words, value_set=pa.array(["true", "false"]))).as_py()
        return "boolean" if booleans else "category"

    @property
    def csv(self) -> CsvFormat | None:
        """How its texts are written, if it is CSV."""
        return self._csv if self.is_csv else None


def column_groups(columns: Sequence[str], rows: int) -> Iterator[Sequence[str]]:
    """Columns of so many rows (-1: nobody knows) in groups whose values take a bounded part of memory."""
    kept = max(1, min(rows, 2**20)) if rows >= 0 else 2**18
    size = max(1, min(_MOST_GROUPED, _GROUP_BYTES // (8 * kept)))
    return (columns[at : at + size] for at in range(0, len(columns), size))


def kind_of(stored: pa.DataType) -> Kind | None:
    """What values of a type are compared as: texts as categories; None if they can't be."""
    plain = stored.value_type if pa.types.is_dictionary(stored) else stored
    if pa.types.is_boolean(plain):
        return "boolean"
    if is_text(plain):
        return "category"
    if is_moment(plain):
        return "moment"
    return "number" if is_number(plain) or pa.types.is_null(plain) else None


def as_numbers(column: pa.Array, csv: CsvFormat | None) -> NumberBatch:
    """The column as numbers; text outside CSV, and what is no number, is of the wrong type."""
    rows = len(column)
    stored = _plain(column)
    mistyped = 0
    if is_text(stored.type) and csv is not None:
        present = stored.drop_null()
        trimmed = pc.utf8_lower(pc.utf8_trim_whitespace(present))
        present = _with_points(present.filter(pc.invert(pc.is_in(trimmed, value_set=_NOTHING))), csv)
        try:
            read = present.cast(pa.float64())
        except pa.ArrowInvalid:
            read = present.filter(pc.match_substring_regex(present, _NUMBER))
            read = pc.utf8_trim_whitespace(read).cast(pa.float64())
        values = read.to_numpy(zero_copy_only=False)
        mistyped = len(present) - len(read)
    elif is_number(stored.type):
        values = _floats(stored)
    else:
        values, mistyped = np.empty(0), rows - stored.null_count
    if values.size and np.isnan(values.min()):  # a smallest value is NaN if any is; quicker than a look at each
        values = values[~np.isnan(values)]
    return NumberBatch(rows, rows - values.size - mistyped, mistyped, values)


def numbers_in(texts: pa.Array, csv: CsvFormat) -> pa.Array:
    """Texts of CSV as numbers, each in its row; null for what is none."""
    plain = pc.utf8_trim_whitespace(_with_points(texts, csv))
    written = pc.fill_null(pc.match_substring_regex(plain, _NUMBER), False)
    return pc.if_else(written, plain, None).cast(pa.float64())


def as_moments(column: pa.Array) -> NumberBatch:
    """The column as seconds since 1970; what is neither a time nor a text written as one is of the wrong type."""
    rows, present = len(column), _plain(column.drop_null())
    if is_moment(present.type):
        values = seconds(present)
    elif is_text(present.type):
        lower = pc.utf8_lower(pc.utf8_trim_whitespace(_utf8(present)))
        present = present.filter(pc.invert(pc.is_in(lower, value_set=_NO_TIME)))
        values = moments(_utf8(present))
    else:
        values = np.empty(0)
    return NumberBatch(rows, rows - len(present), len(present) - values.size, values)


def as_categories(column: pa.Array, kind: Kind, csv: CsvFormat | None, looked_at: int = LOOKED_AT) -> CategoryBatch:
    """The column as categories of text, or as `true` and `false`; other types are wrong.

    `looked_at`: how many rows with a value `opening` and `order` are about.
    """
    rows, missing = len(column), column.null_count
    inner = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    fits = pa.types.is_boolean(inner) if kind == "boolean" and csv is None else is_text(inner)
    if not fits:
        nothing = np.empty(0, np.int64)
        return CategoryBatch(rows, missing, rows - missing, no_keys(), nothing, nothing, nothing)
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    names = encoded.dictionary
    if pa.types.is_boolean(inner) or (kind == "boolean" and csv is not None):
        names = pc.utf8_lower(names.cast(pa.string()))
    indices = present(encoded.indices)
    counts = np.bincount(indices, minlength=len(names)).astype(np.int64, copy=False)
    opening = indices[:looked_at]
    seen = counts > 0
    if not seen.all():  # a dictionary may hold what no row has
        places = np.cumsum(seen) - 1
        names, counts, opening = names.filter(pa.array(seen)), counts[seen], places[opening]
    order = np.argsort(pc.sort_indices(names).to_numpy())[opening] if opening.size else opening
    return CategoryBatch(rows, missing, 0, keys_of(names), counts, opening, order)


_NO_TIME = pa.array(["", "nat", *_NOTHING.to_pylist()])
"""Lower-case words for no time."""


def _with_points(texts: pa.Array, csv: CsvFormat) -> pa.Array:
    """Numbers of CSV without what parts thousands, with a point before decimals."""
    if csv.thousands is not None:
        parted = rf"^([ \t]*[-+]?[0-9]{{1,3}}(?:{re.escape(csv.thousands)}[0-9]{{3}})+)([^0-9].*)?$"
        is_parted = pc.match_substring_regex(texts, parted)
        texts = pc.if_else(is_parted, pc.replace_substring(texts, csv.thousands, ""), texts)
    if csv.decimal == ",":
        texts = pc.replace_substring(pc.replace_substring(texts, ".", "?"), ",", ".")  # a point is no number's here
    return texts


def leaves_of(field: pa.Field, prefix: str = "") -> Iterator[tuple[str, pa.DataType]]:
    """Path and type of a column, or of each leaf of a struct."""
    name = prefix + field.name
    if pa.types.is_struct(field.type):
        for inner in field.type:
            yield from leaves_of(inner, f"{name}.")
    else:
        yield name, field.type


def _leaf(batch: pa.RecordBatch, name: str) -> pa.Array:
    """A column by its path; where a struct is null so are its leaves."""
    if name in batch.schema.names:
        return batch.column(name)
    for root in batch.schema.names:
        if name.startswith(f"{root}.") and (path := _path(batch.schema.field(root), name)) is not None:
            return pc.struct_field(batch.column(root), path[1:])
    raise KeyError(name)


def _path(field: pa.Field, name: str) -> list[str] | None:
    """The names of fields that lead to a leaf; names may hold dots themselves."""
    if field.name == name:
        return [name]
    if pa.types.is_struct(field.type) and name.startswith(f"{field.name}."):
        for inner in field.type:
            if (path := _path(inner, name[len(field.name) + 1 :])) is not None:
                return [field.name, *path]
    return None


def _footer(stream: Any) -> Any:
    """What a Parquet file says of itself. Raises pyarrow's ArrowInvalid.

    Read once for all groups of columns.
    """
    size = stream.size()
    tail = stream.read_at(min(size, _TAIL_BYTES), max(0, size - _TAIL_BYTES))
    length = int.from_bytes(tail[-8:-4], "little") + 12  # with its own length and the mark at both ends
    if tail.endswith(b"PAR1") and _TAIL_BYTES < length <= size:
        tail = stream.read_at(length, size - length)
    return pa.parquet.read_metadata(pa.BufferReader(tail))


def _shown(kind: pa.DataType) -> pa.DataType:
    """The type of an extension's values as they are compared: UUIDs as the texts that they are written as."""
    if not isinstance(kind, pa.BaseExtensionType):
        return kind
    return pa.string() if isinstance(kind, pa.UuidType) else kind.storage_type


def _storage(column: pa.Array) -> pa.Array:
    """Values of an extension's type as those of the type that `_shown` says."""
    if not isinstance(column.type, pa.BaseExtensionType):
        return column
    if not isinstance(column.type, pa.UuidType):
        return column.storage
    encoded = column.storage.dictionary_encode()
    texts = [str(UUID(bytes=value)) for value in encoded.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(encoded.indices, pa.array(texts, pa.string()))


def _plain(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _utf8(texts: pa.Array) -> pa.Array:
    """Bytes as text; those that aren't UTF-8 as one that is no moment."""
    try:
        return texts.cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array([value.decode(errors="replace") for value in texts.to_pylist()], pa.string())


def _floats(numbers: pa.Array) -> Floats:
    """Those that there are; some may be no numbers."""
    if pa.types.is_integer(numbers.type) or pa.types.is_floating(numbers.type):
        return present(numbers).astype(np.float64, copy=False)
    numbers = numbers.drop_null() if numbers.null_count else numbers
    if pa.types.is_temporal(numbers.type):
        return seconds(numbers)
    if pa.types.is_decimal(numbers.type):  # by their digits: from a scaled whole number, the last bit may differ
        numbers = numbers.cast(pa.string())
    found: Floats = numbers.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return found


def present(numbers: pa.Array) -> npt.NDArray[Any]:
    """Those of an array of whole or floating numbers that are not null, as they are kept. Quicker than `drop_null`."""
    if not numbers.null_count:
        found: npt.NDArray[Any] = numbers.to_numpy(zero_copy_only=False)
        return found
    validity, values = numbers.buffers()
    start, end = numbers.offset, numbers.offset + len(numbers)
    bits = np.frombuffer(validity, np.uint8)[start // 8 : (end + 7) // 8]
    are = np.unpackbits(bits, bitorder="little")[start % 8 :][: len(numbers)].view(bool)
    kept = np.frombuffer(values, numbers.type.to_pandas_dtype())
    taken: npt.NDArray[Any] = kept[start:end][are]
    return taken


def is_text(kind: pa.DataType) -> bool:
    """Texts, and bytes: not every engine says in a file which bytes are text."""
    types = pa.types
    binary = types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind)
    return bool(_is_string(kind) or binary or types.is_fixed_size_binary(kind))


def _is_string(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _is_vector(kind: pa.DataType) -> bool:
    types = pa.types
    lists = types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
    return bool(lists and (types.is_floating(kind.value_type) or types.is_integer(kind.value_type)))


def is_moment(kind: pa.DataType) -> bool:
    """Times and dates."""
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def is_number(kind: pa.DataType) -> bool:
    """Spans and times of day too, as seconds."""
    types = pa.types
    return bool(
        types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)
        or types.is_time(kind) or types.is_duration(kind)
    )  # fmt: skip
