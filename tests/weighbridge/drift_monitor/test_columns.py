"""What counts as a value, as missing, and as of the wrong type."""

from __future__ import annotations

import gzip
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from weighbridge.drift_monitor.columns import TableFile, as_categories, as_numbers, present
from weighbridge.drift_monitor.derived import Derived
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.keys import keys_of
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.spec.pipeline import CsvFormat


@pytest.mark.parametrize(
    ("values", "missing", "mistyped", "read"),
    [
        (["1", " 2.5 ", "-3e2", "+4", ".5", "6."], 0, 0, [1, 2.5, -300, 4, 0.5, 6]),
        (["1", None, "NaN", "null", "N/A", "NA", "None"], 6, 0, [1]),
        (["1", "12 EUR", "1,5", "0x1F", "1_000", "--2"], 0, 5, [1]),
        (["inf", "-Infinity", "1"], 0, 0, [np.inf, -np.inf, 1]),
        (["x", "inf", "-Infinity"], 0, 1, [np.inf, -np.inf]),
        ([], 0, 0, []),
    ],
)
def test_numbers_of_csv(values, missing, mistyped, read):
    found = as_numbers(pa.array(values, pa.string()), CsvFormat())
    assert (found.rows, found.missing, found.mistyped) == (len(values), missing, mistyped)
    assert found.values.tolist() == read


@pytest.mark.parametrize(
    ("values", "missing", "mistyped", "read"),
    [
        (pa.array([1, None, 3], pa.int8()), 1, 0, [1, 3]),
        (pa.array([1.5, float("nan"), None], pa.float32()), 2, 0, [1.5]),
        (pa.array([Decimal("1.25"), None]), 1, 0, [1.25]),
        (pa.array([2**63 - 1], pa.int64()), 0, 0, [2.0**63]),
        (pa.array(["1", "2", None]), 1, 2, []),  # text that looks like a number is text
        (pa.array([True, None]), 1, 1, []),
        (pa.nulls(3), 3, 0, []),
        (pa.array([7, 7, None]).dictionary_encode(), 1, 0, [7, 7]),
    ],
)
def test_numbers_of_parquet(values, missing, mistyped, read):
    found = as_numbers(values, None)
    assert (found.missing, found.mistyped, found.values.tolist()) == (missing, mistyped, read)


@pytest.mark.parametrize(
    ("values", "kind", "from_csv", "missing", "mistyped", "counts"),
    [
        (pa.array(["a", "b", "a", None]), "category", False, 1, 0, {"a": 2, "b": 1}),
        (pa.array(["a", "b", "a", None]).dictionary_encode(), "category", False, 1, 0, {"a": 2, "b": 1}),
        (pa.array(["NA", "null"]), "category", True, 0, 0, {"NA": 1, "null": 1}),
        (pa.array([True, False, True]), "boolean", False, 0, 0, {"true": 2, "false": 1}),
        (pa.array(["True", "true", "no"]), "boolean", True, 0, 0, {"true": 2, "no": 1}),
        (pa.array([1, 2, None]), "category", False, 1, 2, {}),
        (pa.array(["true"]), "boolean", False, 0, 1, {}),
        (pa.array([True]), "category", False, 0, 1, {}),
    ],
)
def test_categories(values, kind, from_csv, missing, mistyped, counts):
    found = as_categories(values, kind, CsvFormat() if from_csv else None)
    assert (found.rows, found.missing, found.mistyped) == (len(values), missing, mistyped)
    summed: dict[int, int] = {}
    for key, count in zip(found.keys.tolist(), found.counts.tolist(), strict=True):
        summed[key] = summed.get(key, 0) + count
    assert summed == dict(zip(keys_of(pa.array(list(counts), pa.string())).tolist(), counts.values(), strict=True))


def opened(root, name) -> TableFile:
    store = Store(root)
    return TableFile(store, store.file(name))


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.int8(), pa.uint64()], ids=str)
@pytest.mark.parametrize(("start", "length"), [(0, 100), (1, 20), (8, 9), (13, 80), (97, 3), (5, 0)])
def test_what_is_null_is_left_out_wherever_an_array_begins(kind, start, length):
    random = np.random.default_rng(3)
    part = pa.array(random.integers(0, 100, 100), mask=random.random(100) < 0.3).cast(kind).slice(start, length)
    assert present(part).tolist() == part.drop_null().to_pylist()
    assert present(part).dtype == kind.to_pandas_dtype()


def test_texts_are_moments_however_late_the_first_one_comes(tmp_path):
    rows = [None] * 5000 + ["2026-11-20T08:00:00Z"] * 3000 + ["de"] * 3000
    pyarrow.parquet.write_table(pa.table({"at": rows, "none": pa.nulls(11_000, pa.string())}), tmp_path / "p.parquet")
    store = Store(tmp_path)
    table = TableFile(store, store.file("p.parquet"))
    assert (table.kind("at"), table.kind("none")) == ("moment", "category")


def test_a_csv_column_is_what_nearly_all_of_its_first_values_are(tmp_path):
    rows = [f"{index if index % 50 else 'x'},{index},{index % 2 == 0},c{index},{index % 2}" for index in range(200)]
    (tmp_path / "data.csv").write_text("dirty,number,flag,text,bit\n" + "\n".join(rows) + "\n")
    table = opened(tmp_path, "data.csv")
    assert {name: table.kind(name) for name in table.types} == {
        "dirty": "number", "number": "number", "flag": "boolean", "text": "category", "bit": "number"
    }  # fmt: skip


def test_compressed_csv_is_read(tmp_path):
    (tmp_path / "data.csv.gz").write_bytes(gzip.compress(b"price,country\n1,de\n2,\n"))
    (batch,) = opened(tmp_path, "data.csv.gz").batches(["country", "price"])
    assert {name: values.to_pylist() for name, values in batch.items()} == {
        "country": ["de", None],
        "price": ["1", "2"],
    }


def test_only_columns_that_are_asked_for_are_read(tmp_path):
    pa.parquet.write_table(pa.table({f"c{index}": [index] for index in range(40)}), tmp_path / "data.parquet")
    asked = [f"c{index}" for index in range(0, 40, 2)]
    batches = list(opened(tmp_path, "data.parquet").batches(asked))
    assert sorted(name for batch in batches for name in batch) == sorted(asked)
    assert [len(group) for group in opened(tmp_path, "data.parquet").groups(asked)] == [16, 4]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("half.parquet", b"PAR1 not all of it", "half.parquet can't be read: "),
        ("empty.parquet", b"", "empty.parquet can't be read: "),
        ("empty.csv", b"", "empty.csv can't be read: it is empty: not even the names of columns are there"),
        (
            "cut.csv",
            b"a,b\n1,2\n3",
            "cut.csv can't be read: it is not whole CSV: a line has too few or too many columns",
        ),
        ("not.csv.gz", b"a,b\n1,2\n", "not.csv.gz can't be read: "),
    ],
)
def test_a_file_that_is_not_whole_is_said_without_its_content(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableData) as unreadable:
        list(opened(tmp_path, name).batches(["a"]))
    assert str(unreadable.value).startswith(message)
    assert "3" not in str(unreadable.value).removeprefix(message)


def with_derived(root, name, *derived: Derived) -> TableFile:
    store = Store(root)
    return TableFile(store, store.file(name), derived=derived)


LENGTH, REFUSAL, NORM = Derived("answer", "length"), Derived("answer", "refusal"), Derived("vector", "norm")


def test_what_is_derived_looks_like_a_column(tmp_path):
    data = pa.table({"answer": ["abc", None, "I cannot help"], "vector": [[3.0, 4.0], [], None], "n": [1, 2, 3]})
    pa.parquet.write_table(data, tmp_path / "data.parquet")
    table = with_derived(tmp_path, "data.parquet", LENGTH, REFUSAL, NORM)
    assert {name: table.kind(name) for name in ("length of answer", "refusal of answer", "norm of vector")} == {
        "length of answer": "number", "refusal of answer": "category", "norm of vector": "number",
    }  # fmt: skip
    assert table.family("length of answer") is None
    (batch,) = table.batches(["length of answer", "n", "refusal of answer"])
    assert {name: values.to_pylist() for name, values in batch.items()} == {
        "length of answer": [3, None, 13],
        "n": [1, 2, 3],
        "refusal of answer": ["false", None, "true"],
    }


def test_texts_of_csv_and_of_a_struct(tmp_path):
    (tmp_path / "data.csv").write_text("answer,n\nabc,1\n,2\n")
    table = with_derived(tmp_path, "data.csv", LENGTH, REFUSAL)
    (batch,) = table.batches(["length of answer"])
    assert (batch["length of answer"].to_pylist(), table.kind("length of answer")) == ([3, None], "number")
    pa.parquet.write_table(pa.table({"log": [{"answer": "abcd"}]}), tmp_path / "data.parquet")
    nested = with_derived(tmp_path, "data.parquet", Derived("log.answer", "length"))
    assert [batch["length of log.answer"].to_pylist() for batch in nested.batches(["length of log.answer"])] == [[4]]


def test_what_another_type_holds_can_not_be_derived(tmp_path):
    pa.parquet.write_table(pa.table({"answer": [1], "vector": ["x"]}), tmp_path / "data.parquet")
    table = with_derived(tmp_path, "data.parquet", LENGTH, NORM)
    assert (table.kind("length of answer"), table.kind("norm of vector")) == (None, None)
    (tmp_path / "data.csv").write_text('vector\n"[1, 2]"\n')
    assert with_derived(tmp_path, "data.csv", NORM).kind("norm of vector") is None


def test_large_texts_are_read_few_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr("weighbridge.drift_monitor.columns._TEXTS_BYTES", 2**20)
    pa.parquet.write_table(pa.table({"answer": ["x" * 2**18 + str(n) for n in range(8)]}), tmp_path / "data.parquet")
    sizes = [
        len(batch["length of answer"])
        for batch in with_derived(tmp_path, "data.parquet", LENGTH).batches(["length of answer"])
    ]
    assert sum(sizes) == 8
    assert max(sizes) <= 4
