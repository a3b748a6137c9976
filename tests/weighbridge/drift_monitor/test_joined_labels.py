"""What rows and labels come to: values where enough are judged, and what keys may meet."""

from __future__ import annotations

import pyarrow as pa
import pytest

from weighbridge.drift_monitor.joined_labels import JoinedLabels, JudgedPart, column_problem, key_family, unlike_keys
from weighbridge.drift_monitor.quality import LabelCounts, Slice
from weighbridge.drift_monitor.slice_tallies import DataSlice


def joined(judged: int, rows: int = 100, **slices: tuple[int, int, float]) -> JoinedLabels:
    parts = {DataSlice("c", name): JudgedPart(*found) for name, found in slices.items()}
    return JoinedLabels(LabelCounts("w", rows, judged, 1), JudgedPart(rows, judged, judged * 0.5), parts)


def test_the_mean_of_those_that_are_judged_is_the_value_of_all_and_of_each_slice():
    found = joined(80, de=(50, 40, 10.0), fr=(50, 40, 30.0)).values(lambda mean: mean * 2, 0.9, 0.5, 10)
    assert found == (Slice("all", 1.0, 0.9), Slice("c=de", 0.5, 0.9), Slice("c=fr", 1.5, 0.9))


@pytest.mark.parametrize(
    ("part", "known"), [((10, 5, 1.0), True), ((9, 9, 1.0), False), ((10, 4, 1.0), False), ((10, 0, 0.0), False)]
)
def test_a_slice_with_too_few_rows_or_labels_has_no_value(part, known):
    found = joined(80, de=part).values(float, 0.9, 0.5, 10)
    assert ("c=de" in [slice_.name for slice_ in found]) == known


@pytest.mark.parametrize(("judged", "known"), [(50, True), (49, False), (0, False)])
def test_with_too_few_labels_nothing_has_a_value(judged, known):
    assert bool(joined(judged, de=(50, 40, 10.0)).values(float, 0.9, 0.5, 10)) == known
    assert joined(0).values(float, 0.9, 0.0, 10) == ()


@pytest.mark.parametrize(
    ("kind", "family"),
    [
        (pa.int8(), "texts"), (pa.uint64(), "texts"), (pa.float16(), "texts"), (pa.decimal256(40, 2), "texts"),
        (pa.bool_(), "texts"), (pa.large_string(), "texts"), (pa.binary(4), "texts"), (pa.null(), "texts"),
        (pa.dictionary(pa.int8(), pa.string()), "texts"), (pa.date64(), "times"), (pa.timestamp("ns", "UTC"), "times"),
        (pa.time32("s"), None), (pa.duration("s"), None), (pa.list_(pa.int8()), None),
        (pa.map_(pa.int8(), pa.int8()), None),
    ],
)  # fmt: skip
def test_keys_are_texts_or_times_by_their_type(kind, family):
    assert key_family(kind) == family


def test_a_column_that_is_missing_or_no_key_is_told():
    types = {"id": pa.int64(), "span": pa.duration("s")}
    assert column_problem("l.csv", types, "id", is_key=True) is None
    assert column_problem("l.csv", types, "span", is_key=False) is None
    assert column_problem("l.csv", types, "ids", is_key=True) == (
        "l.csv has no column 'ids', which `watch.quality.labels` names"
    )
    assert column_problem("l.csv", types, "span", is_key=True) == (
        "l.csv has duration[s] in column 'span', a key of `watch.quality.labels`: keys are texts or whole numbers, so "
        "name another column"
    )


def test_a_column_of_nothing_meets_every_key():
    assert unlike_keys("id", ("w", pa.null()), ("l", pa.timestamp("s"))) is None
    assert unlike_keys("id", ("w", pa.date32()), ("l", pa.timestamp("s"))) is None
    assert unlike_keys("id", ("w", pa.int8()), ("l", pa.timestamp("s"))) == (
        "w has int8 in column 'id' and l has timestamp[s], a key of `watch.quality.labels`: times meet only times, so "
        "keep both in one type"
    )
