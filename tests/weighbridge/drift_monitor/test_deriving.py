"""Columns computed of texts and vectors: a batch in, columns out, whatever the batch holds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from weighbridge.drift_monitor.derived import DIRECTIONS, Derived, TextTrait
from weighbridge.drift_monitor.deriving import derive

TEXT = [Derived("a", trait) for trait in ("length", "language", "repetition", "refusal")]
VECTOR = [Derived("v", "norm"), Derived("v", "size"), *(Derived("v", "direction", n + 1) for n in range(DIRECTIONS))]
LONG = "This is a sentence in English that is long enough to be told."


def values(array: pa.Array, trait: TextTrait) -> list[object]:
    return derive(array, [Derived("a", trait)], fits=True)[f"{trait} of a"].to_pylist()


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.dictionary(pa.int32(), pa.string())]
)
def test_a_text_is_a_text_however_it_is_kept(kind):
    plain = pa.array([LONG, None, "", "grün"], pa.string())
    array = plain.dictionary_encode() if pa.types.is_dictionary(kind) else plain.cast(kind)
    assert values(array, "length") == [float(len(LONG)), None, 0.0, 4.0]
    assert values(array, "language") == ["en", None, "und", "und"]
    assert values(array, "repetition") == [0.0, None, 0.0, 0.0]
    assert values(array, "refusal") == ["false", None, "false", "false"]


def test_bytes_that_are_no_utf_8_are_read_as_far_as_they_are():
    bad = [b"\xff\xfe abc", b"\x80" * 5]
    assert values(pa.array(bad, pa.binary()), "length") == [6.0, 5.0]
    unchecked = pa.array(bad, pa.binary()).view(pa.string())  # as a file may have it
    assert values(unchecked, "length") == [6.0, 5.0]


def test_nothing_and_only_missing_values():
    for array in (pa.array([], pa.string()), pa.nulls(3, pa.string())):
        assert {len(column) for column in derive(array, TEXT, fits=True).values()} == {len(array)}
        assert all(column.null_count == len(array) for column in derive(array, TEXT, fits=True).values())


def test_another_type_is_a_wrong_value_where_there_is_one():
    found = derive(pa.array([1, None]), TEXT, fits=False)
    assert {tuple(column.to_pylist()) for column in found.values()} == {(True, None)}


def norms(array: pa.Array) -> list[float]:
    return derive(array, VECTOR, fits=True)["norm of v"].to_pylist()


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.float32()), pa.large_list(pa.float64()), pa.list_(pa.float32(), 2), pa.list_(pa.int64())]
)
def test_a_vector_is_a_vector_however_it_is_kept(kind):
    found = derive(pa.array([[3, 4], None, [0, 1]], kind), VECTOR, fits=True)
    assert found["norm of v"].to_pylist() == pytest.approx([5, np.nan, 1], nan_ok=True)
    assert found["size of v"].to_pylist() == pytest.approx([2, np.nan, 2], nan_ok=True)


def test_vectors_of_several_sizes_empty_ones_and_elements_that_are_none():
    array = pa.array([[1.0], [], [1.0, 2.0, 2.0], [1.0, None]], pa.list_(pa.float64()))
    assert norms(array) == pytest.approx([1, 0, 3, np.nan], nan_ok=True)
    assert derive(array, VECTOR, fits=True)["size of v"].to_pylist() == [1, 0, 3, 2]
    assert all(len(column) == 0 for column in derive(pa.array([], pa.list_(pa.float64())), VECTOR, fits=True).values())


def test_a_part_of_an_array_is_that_part():
    array = pa.array([[9.0, 9.0], [3.0, 4.0], [6.0, 8.0]]).slice(1)
    assert norms(array) == [5, 10]


def test_directions_are_of_length_one_and_never_change():
    unit = derive(pa.array([[1.0, 0.0, 0.0, 0.0]]), VECTOR, fits=True)
    along = [unit[f"direction {number} of v"][0].as_py() for number in range(1, DIRECTIONS + 1)]
    assert {abs(value) for value in along} == {0.5}
    assert [value > 0 for value in along] == [False, False, False, False, True, False, False, True]


def test_vectors_that_move_are_seen_in_some_direction():
    random = np.random.default_rng(1)
    size = 384
    away = random.normal(size=size)
    away *= 0.3 / np.linalg.norm(away)
    samples = [random.normal(0, size**-0.5, (2000, size)) + shift for shift in (0, away)]
    one, two = (derive(pa.array(list(sample)), VECTOR, fits=True) for sample in samples)
    moved = [abs(np.mean(one[d.name]) - np.mean(two[d.name])) / np.std(one[d.name]) for d in VECTOR[2:]]
    assert max(moved) > 0.25, "in standard deviations; at 2,000 rows 0.1 is beyond noise"
