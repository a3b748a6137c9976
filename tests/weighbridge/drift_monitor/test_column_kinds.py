"""A column is what its values are, however they are kept: each kind against the same values kept plainly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from tests.support.monitor_data import WatchedFolder, column, config, distance

ROWS = 600
RANDOM = np.random.default_rng(5)
SECONDS = np.sort(RANDOM.choice(10**6, ROWS, replace=False))[RANDOM.permutation(ROWS)] + 1_700_000_000
DAYS = RANDOM.permutation(ROWS) + 19_000
WHOLE = RANDOM.integers(-60, 60, ROWS)
REAL = np.round(RANDOM.normal(100, 20, ROWS), 2)
WORDS = [f"wörd-{number}" for number in RANDOM.integers(0, 9, ROWS)]
IDS = [UUID(int=int(number) << 64 | 0xFF).bytes for number in RANDOM.integers(1, 9, ROWS)]
FLAGS = RANDOM.random(ROWS) < 0.3
SPELLINGS = {
    "slashes": "%Y/%m/%d %H:%M:%S",
    "GMT": "%Y-%m-%d %H:%M:%S GMT",
    "a comma": "%Y-%m-%d %H:%M:%S,000",
    "small letters": "%Y-%m-%dt%H:%M:%Sz",
}
ZONES = (-480, 0, 120, 330)
MOMENTS = [datetime.fromtimestamp(int(second), UTC) for second in SECONDS]


@dataclass(frozen=True)
class Kept:
    """One way to keep a column; `parquet` are options of the writer, `csv` the key `watch.csv`."""

    name: str
    plain: pa.Array
    kept: Callable[[], pa.Array]
    watched: str = "x"
    missing: bool = False
    parquet: dict[str, object] | None = None
    text: Callable[[], list[str]] | None = None
    csv: str = ""
    codec: str = ""

    def __str__(self) -> str:
        return self.name


def plain(values, kind=None) -> pa.Array:
    return pa.array(values, kind)


TIMES, DATES = plain(SECONDS * 10**6, pa.int64()).cast(pa.timestamp("us")), plain(DAYS, pa.int32()).cast(pa.date32())
WHOLES, REALS, TEXTS, BOOLEANS = plain(WHOLE, pa.int64()), plain(REAL), plain(WORDS), plain(FLAGS)
SPANS = plain(SECONDS.astype(float))


def with_nulls(values: pa.Array) -> pa.Array:
    """Each value once, and a null after each."""
    places = pa.array([place for at in range(len(values)) for place in (at, None)], pa.int64())
    return values.take(places)


def struct(values: pa.Array, *names: str) -> pa.Array:
    for name in reversed(names):
        values = pa.StructArray.from_arrays([values], [name])
    return values


def struct_with_nulls(values: pa.Array) -> pa.Array:
    places = pa.array([place for at in range(len(values)) for place in (at, None)], pa.int64())
    return struct(values, "a").take(places)


def written(moment: datetime, zone: timedelta) -> str:
    sign = "-" if zone < timedelta(0) else "+"
    hours, minutes = divmod(int(abs(zone).total_seconds()) // 60, 60)
    return f"{moment + zone:%Y-%m-%dT%H:%M:%S}{sign}{hours:02}:{minutes:02}"


def moments():
    stamp = partial(Kept, plain=TIMES)
    for unit in ("s", "ms", "us", "ns"):
        for zone in (None, "UTC", "Europe/Berlin", "+05:30"):
            kind = pa.timestamp(unit, zone)
            instants = TIMES.cast(pa.timestamp(unit)).cast(pa.int64())
            yield stamp(f"moments in {unit}, zone {zone}", kept=partial(instants.cast, kind))
    yield stamp("moments as INT96, as Spark and Impala write", kept=lambda: TIMES,
                parquet={"use_deprecated_int96_timestamps": True})  # fmt: skip
    yield stamp("moments in format 1.0, whose finest unit is ms", kept=lambda: TIMES, parquet={"version": "1.0"})
    yield stamp("moments in a dictionary", kept=TIMES.dictionary_encode)
    yield stamp("moments as texts", kept=lambda: plain([f"{moment:%Y-%m-%d %H:%M:%S}" for moment in MOMENTS]))
    yield stamp("moments as texts of four zones", kept=lambda: plain(
        [written(moment, timedelta(minutes=ZONES[at % 4])) for at, moment in enumerate(MOMENTS)]))  # fmt: skip
    yield stamp("moments as texts with Z and nanoseconds", kept=lambda: plain(
        [f"{moment:%Y-%m-%dT%H:%M:%S}.000000000Z" for moment in MOMENTS]))  # fmt: skip
    for name, form in SPELLINGS.items():
        yield stamp(f"moments as texts with {name}", kept=partial(plain, [f"{moment:{form}}" for moment in MOMENTS]))
    leaps = ["2016-12-31T23:59:60Z", "2016-12-31T23:59:60.25+00:00"] * (ROWS // 2)
    last = [datetime(2016, 12, 31, 23, 59, 59, part, tzinfo=UTC) for part in (0, 250_000)] * (ROWS // 2)
    yield Kept("moments as texts with leap seconds", plain(last), lambda: plain(leaps))
    yield stamp("moments as bytes", kept=lambda: plain([f"{moment:%Y-%m-%dT%H:%M:%S}".encode() for moment in MOMENTS]))
    yield stamp(
        "moments in CSV", kept=lambda: TIMES, text=lambda: [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in MOMENTS]
    )
    yield stamp("moments in CSV as Python writes them", kept=lambda: TIMES, text=lambda: [str(m) for m in MOMENTS])
    yield stamp("moments and nulls", kept=lambda: with_nulls(TIMES), missing=True)


def days_and_spans():
    day = partial(Kept, plain=DATES)
    yield day("days as date64", kept=lambda: DATES.cast(pa.date64()))
    for unit in ("s", "ms", "us", "ns"):
        yield day(f"days as moments in {unit}", kept=partial(DATES.cast, pa.timestamp(unit)))
    yield day("days as texts", kept=lambda: DATES.cast(pa.string()))
    yield day("days in CSV", kept=lambda: DATES, text=lambda: DATES.cast(pa.string()).to_pylist())
    elapsed = plain(SECONDS).cast(pa.duration("s"))
    for unit in ("s", "ms", "us", "ns"):
        yield Kept(f"spans in {unit} against seconds", SPANS, partial(elapsed.cast, pa.duration(unit)))


def numbers():
    for kind in (pa.int8(), pa.int16(), pa.int32(), pa.float16(), pa.float32(), pa.float64()):
        yield Kept(f"whole numbers as {kind}", WHOLES, partial(plain(WHOLE).cast, kind))
    for kind in (pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()):
        yield Kept(f"whole numbers as {kind}", plain(WHOLE + 60), partial(plain(WHOLE + 60).cast, kind))
    large = plain([2**63 + int(number + 60) * 2**40 for number in WHOLE], pa.uint64())
    yield Kept(
        "whole numbers beyond those with a sign", plain([float(number.as_py()) for number in large]), lambda: large
    )
    yield Kept("whole numbers beyond those with a sign and nulls", large, lambda: with_nulls(large), missing=True)
    for kind in (
        pa.decimal128(9, 2),
        pa.decimal128(38, 10),
        pa.decimal256(60, 4),
        pa.decimal32(9, 2),
        pa.decimal64(9, 2),
    ):
        yield Kept(f"numbers as {kind}", REALS, partial(plain, [Decimal(str(value)) for value in REAL], kind))
    number = partial(Kept, plain=REALS)
    yield number("numbers in a dictionary", kept=REALS.dictionary_encode)
    yield number("numbers and nulls", kept=lambda: with_nulls(REALS), missing=True)
    yield number("numbers in row groups of 7", kept=lambda: REALS, parquet={"row_group_size": 7})
    yield number("numbers in small pages of version 2", kept=lambda: REALS,
                 parquet={"data_page_version": "2.0", "data_page_size": 64})  # fmt: skip
    yield number("numbers without a dictionary", kept=lambda: REALS, parquet={"use_dictionary": False})
    yield number("numbers with bytes split apart", kept=lambda: REALS,
                 parquet={"use_dictionary": False, "column_encoding": "BYTE_STREAM_SPLIT"})  # fmt: skip
    for codec in ("none", "gzip", "zstd", "lz4", "brotli"):
        yield number(f"numbers compressed by {codec}", kept=lambda: REALS, parquet={"compression": codec})
    yield number("numbers in CSV", kept=lambda: REALS, text=lambda: [f"{value}" for value in REAL])
    yield number(
        "numbers in CSV with blanks and exponents", kept=lambda: REALS, text=lambda: [f" {v:e} " for v in REAL]
    )
    yield number("numbers in CSV with decimal commas", kept=lambda: REALS, csv='{separator: ";", decimal: ","}',
                 text=lambda: [f"{value}".replace(".", ",") for value in REAL])  # fmt: skip
    yield Kept("numbers in CSV with thousands parted", plain(REAL * 1000), lambda: REALS,
               csv='{separator: "|", thousands: ","}',
               text=lambda: [f"{value * 1000:,.2f}" for value in REAL])  # fmt: skip
    yield Kept("whole numbers by differences", WHOLES, lambda: WHOLES,
               parquet={"use_dictionary": False, "column_encoding": "DELTA_BINARY_PACKED"})  # fmt: skip


def texts_and_others():
    text = partial(Kept, plain=TEXTS)
    for kind in (pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary()):
        yield text(f"texts as {kind}", kept=partial(TEXTS.cast, kind))
    for kind in (pa.int8(), pa.int32(), pa.int64()):
        yield text(f"texts in a dictionary by {kind}", kept=partial(TEXTS.cast, pa.dictionary(kind, pa.string())))
    yield text("texts without a dictionary", kept=lambda: TEXTS, parquet={"use_dictionary": False})
    yield text("texts in row groups of 50", kept=lambda: TEXTS, parquet={"row_group_size": 50})
    yield text("texts and nulls", kept=lambda: with_nulls(TEXTS), missing=True)
    yield text("texts by their differences", kept=lambda: TEXTS,
               parquet={"use_dictionary": False, "column_encoding": "DELTA_BYTE_ARRAY"})  # fmt: skip
    yield text("texts without the Arrow schema, as other engines write", kept=TEXTS.dictionary_encode,
               parquet={"store_schema": False})  # fmt: skip
    yield text("texts in CSV", kept=lambda: TEXTS, text=lambda: WORDS)
    yield text("texts in CSV as latin-1", kept=lambda: TEXTS, text=lambda: WORDS, csv="{encoding: latin-1}")
    for stored in (pa.uuid(), pa.binary(16)):
        yield Kept(f"as {stored} against the same", plain(IDS, pa.binary(16)).cast(stored),
                   partial(plain(IDS, pa.binary(16)).cast, stored))  # fmt: skip
    yield Kept("UUIDs against their texts", plain([str(UUID(bytes=value)) for value in IDS]),
               lambda: plain(IDS, pa.binary(16)).cast(pa.uuid()))  # fmt: skip
    yield Kept("UUIDs and nulls", plain(IDS, pa.binary(16)).cast(pa.uuid()),
               lambda: with_nulls(plain(IDS, pa.binary(16))).cast(pa.uuid()), missing=True)  # fmt: skip
    yield text("texts as JSON's type", kept=lambda: pa.ExtensionArray.from_storage(pa.json_(), TEXTS))
    for codec in ("gzip", "bz2", "zstd"):
        yield text(f"texts in CSV compressed by {codec}", kept=lambda: TEXTS, text=lambda: WORDS, codec=codec)
    yield text("texts and nulls in CSV as Hive writes them", kept=lambda: TEXTS, missing=True,
               text=lambda: [text for word in WORDS for text in (word, r"\N")])  # fmt: skip
    yield Kept("texts of one width", plain([word.encode()[:6] for word in WORDS]),
               lambda: plain([word.encode()[:6] for word in WORDS], pa.binary(6)))  # fmt: skip
    yield Kept("booleans in a dictionary", BOOLEANS, BOOLEANS.dictionary_encode)
    yield Kept("booleans and nulls", BOOLEANS, lambda: with_nulls(BOOLEANS), missing=True)
    yield Kept("numbers in a struct", REALS, lambda: struct(REALS, "a"), "x.a")
    yield Kept("texts three structs deep", TEXTS, lambda: struct(TEXTS, "a", "b", "c"), "x.a.b.c")
    yield Kept("moments in a struct", TIMES, lambda: struct(TIMES, "a"), "x.a")
    yield Kept(
        "numbers in a struct that is null at times", REALS, lambda: struct_with_nulls(REALS), "x.a", missing=True
    )
    yield Kept("a name with dots beside a struct", REALS, lambda: struct(REALS, "a.b"), "x.a.b")


ALL = (*moments(), *days_and_spans(), *numbers(), *texts_and_others())


def write(kept: Kept, file: Path, values: pa.Array) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    options = dict(kept.parquet or {})
    if "column_encoding" in options:
        options["column_encoding"] = {"x": options["column_encoding"]}
    pa.parquet.write_table(pa.table({"x": values}), file, **options)


@pytest.mark.parametrize("kept", ALL, ids=str)
def test_a_column_is_what_its_values_are(tmp_path, kept):
    pa.parquet.write_table(pa.table({"x": plainly(kept)}), tmp_path / "b.parquet")
    if kept.text is not None:
        encoding = "latin-1" if "latin" in kept.csv else "utf-8"
        separator = next((mark for mark in ";|" if mark in kept.csv), ",")
        lines = [f"x{separator}y", *(f"{value}{separator}1" for value in kept.text())]
        (tmp_path / "w").mkdir()
        ending = {"gzip": ".gz", "bz2": ".bz2", "zstd": ".zst"}.get(kept.codec, "")
        with pa.output_stream(str(tmp_path / f"w/a.csv{ending}"), compression=kept.codec or None) as stream:
            stream.write(("\n".join(lines) + "\n").encode(encoding))
    else:
        write(kept, tmp_path / "w/a.parquet", kept.kept())
    watch = f"{{baseline: b.parquet, window: w/, features: [{kept.watched}]"
    folder = WatchedFolder(tmp_path, config(watch + (f", csv: {kept.csv}}}" if kept.csv else "}")))

    found = column(folder.measure(), kept.watched)
    assert distance(folder.monitor.snapshot, kept.watched) == pytest.approx(0, abs=1e-9)
    assert found.invalid == {"type": 0, "range": 0, "unseen": 0}
    assert found.missing == (0.5 if kept.missing else 0)


def plainly(kept: Kept) -> pa.Array:
    """The plain values below the path at which they are watched."""
    made = kept.kept() if "." in kept.watched else kept.plain
    if not pa.types.is_struct(made.type):
        return kept.plain

    def rebuilt(kind: pa.DataType) -> pa.Array:
        field = kind.field(0)
        inner = rebuilt(field.type) if pa.types.is_struct(field.type) else kept.plain
        return pa.StructArray.from_arrays([inner], [field.name])

    return rebuilt(made.type)


def test_there_are_sixty_kinds_and_more():
    assert len(ALL) == len({kept.name for kept in ALL}) > 60


def test_two_units_in_one_window_are_one_column_and_two_types_are_said(tmp_path):
    pa.parquet.write_table(pa.table({"x": TIMES}), tmp_path / "b.parquet")
    (tmp_path / "w").mkdir()
    pa.parquet.write_table(pa.table({"x": TIMES.cast(pa.timestamp("ns", "UTC"))}), tmp_path / "w/a.parquet")
    pa.parquet.write_table(pa.table({"x": TIMES}), tmp_path / "w/b.parquet")
    folder = WatchedFolder(tmp_path, config("{baseline: b.parquet, window: w/, features: [x]}"))
    assert column(folder.measure(), "x").invalid["type"] == 0
    assert folder.monitor.snapshot.window.disagreements == ()

    pa.parquet.write_table(pa.table({"x": WHOLES}), tmp_path / "w/c.parquet")
    found = folder.measure(after=timedelta(hours=1))
    assert column(found, "x").invalid["type"] == pytest.approx(1 / 3)
    sentence = "the files disagree on the type of 'x': times in a.parquet and numbers in c.parquet"
    assert found.window.disagreements == (sentence,)
    assert f"window: {sentence}" in folder.log


@pytest.mark.parametrize(
    ("content", "csv", "says"),
    [
        (b"x,y\n1,w\xfc\n", "", "is not UTF-8 text: if it is CSV, say in `watch.csv.encoding` how it is written"),
        ("x,y\n1,w\n".encode("utf-16"), "", "w/a.csv is UTF-16: say so in `watch.csv.encoding`"),
        (b"x,y\n1,w\n", "{encoding: utf-16}", "w/a.csv can't be read: it is not UTF-16 text"),
        (b"x,y\n1,\x81\n", "{encoding: windows-1252}", "w/a.csv can't be read: it is not windows-1252 text"),
        (b"", "", "w/a.csv can't be read: it is empty: not even the names of columns are there"),
        (b"x,y", "", "w/a.csv can't be read: it is empty: no line of it has an end, not even the one with the names"),
        ("x,y\n1,w\n".encode("utf-16-le"), "", "w/a.csv is UTF-16: say so in `watch.csv.encoding`"),
        ("x,y\n1,w\n".encode("utf-16-be"), "", "w/a.csv is UTF-16: say so in `watch.csv.encoding`"),
        (
            b"\xef\xbb\xbfx,y\n1,w\n",
            "{encoding: latin-1}",
            "w/a.csv begins as UTF-8 does: leave `watch.csv.encoding` out",
        ),
        (b"PAR1 and so on", "", "w/a.csv is Parquet: let its name end with .parquet"),
        (b" x ,y\n1,2\n", "", "a.csv has no column 'x'. Did you mean ` x `?"),
        (b"x;y\n1;2\n", "", "a.csv has no column 'x'. Are its values parted by \";\"? Then say so in `csv.separator`"),
        (b"X,z\n1,2\n", "", "a.csv has no column 'x'. Did you mean `X`?"),
    ],
)
def test_csv_that_is_written_otherwise_says_how_to_read_it(tmp_path, content, csv, says):
    pa.parquet.write_table(pa.table({"x": REALS, "y": TEXTS}), tmp_path / "b.parquet")
    (tmp_path / "w").mkdir()
    (tmp_path / "w/a.csv").write_bytes(content)
    form = f", csv: {csv}" if csv else ""
    folder = WatchedFolder(tmp_path, config(f"{{baseline: b.parquet, window: w/, features: [x, y]{form}}}"))
    folder.measure()
    assert any(says in line for line in folder.log), folder.log


@pytest.mark.parametrize(
    ("baseline", "window", "says"),
    [
        (REALS, REALS.cast(pa.string()), "which has numbers: text in a.parquet"),
        (TEXTS, TIMES, "which has texts: times in a.parquet"),
        (
            TIMES,
            plain(["20/11/2026"] * ROWS),
            "which has times: text, but none such as 2026-11-20T08:00:00Z, in a.parquet",
        ),
        (TIMES, plain(["2026-11-20", "2026-11-31"] * (ROWS // 2)), None),
        (REALS, plain([[1.0]] * ROWS), "which has numbers: list<element: double> in a.parquet"),
    ],
)
def test_a_column_of_another_type_says_of_which(tmp_path, baseline, window, says):
    pa.parquet.write_table(pa.table({"x": baseline}), tmp_path / "b.parquet")
    (tmp_path / "w").mkdir()
    pa.parquet.write_table(pa.table({"x": window}), tmp_path / "w/a.parquet")
    folder = WatchedFolder(tmp_path, config("{baseline: b.parquet, window: w/, features: [x]}"))
    sentences = (f"'x' is of another type than in the baseline, {says}",) if says is not None else ()
    assert folder.measure().window.disagreements == sentences


def test_a_struct_where_a_column_was_says_how_its_fields_are_named(tmp_path):
    pa.parquet.write_table(pa.table({"x": REALS}), tmp_path / "b.parquet")
    (tmp_path / "w").mkdir()
    pa.parquet.write_table(pa.table({"x": struct(REALS, "a")}), tmp_path / "w/a.parquet")
    folder = WatchedFolder(tmp_path, config("{baseline: b.parquet, window: w/, features: [x]}"))
    assert folder.measure().window.disagreements == (
        "a.parquet has a struct in column 'x': name a field of it, such as 'x.a'",
    )


def test_a_watched_name_that_stands_there_twice_is_refused(tmp_path):
    twice = pa.Table.from_arrays([REALS, REALS, REALS], names=["x", "x", "y"])
    pa.parquet.write_table(pa.table({"x": REALS, "y": REALS}), tmp_path / "b.parquet")
    (tmp_path / "w").mkdir()
    pa.parquet.write_table(twice, tmp_path / "w/a.parquet")
    watch = "{baseline: b.parquet, window: w/, features: [NAME]}"
    folder = WatchedFolder(tmp_path, config(watch.replace("NAME", "x")))
    assert folder.measure().errors["window"]
    assert folder.log[0] == "window: w/a.parquet has more than one column 'x': rename all but one"
    assert not WatchedFolder(tmp_path, config(watch.replace("NAME", "y"))).measure().errors["window"]


@pytest.mark.parametrize(("text", "missing"), [("x\n1\n\n2\n\n", 0.5), ("x\n1\n2\n", 0), ("x,y\n1,1\n\n2,2\n", 0)])
def test_a_blank_line_of_one_column_is_a_row_without_a_value(tmp_path, text, missing):
    pa.parquet.write_table(pa.table({"x": WHOLES}), tmp_path / "b.parquet")
    (tmp_path / "w").mkdir()
    (tmp_path / "w/a.csv").write_text(text)
    seen = WatchedFolder(tmp_path, config("{baseline: b.parquet, window: w/, features: [x]}")).measure()
    assert column(seen, "x").missing == missing
