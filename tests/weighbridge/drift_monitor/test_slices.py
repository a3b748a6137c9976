"""The rows of one value, judged on their own: what the average hides is found, and chance is not."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from tests.support.monitor_data import NOW, WatchedFolder, config, write
from weighbridge.drift_monitor.baseline_reader import WrongColumns
from weighbridge.drift_monitor.series import samples
from weighbridge.signals.verdict import breaches

WATCH = "{baseline: b.EXT, window: w/, features: [price, country], labels: [clicked], slices: [country, member]}"
HOUR = timedelta(hours=1)


def rows(seed: int, *, shift: float = 0.0, missing: float = 0.0, where: str = "fr", count: int = 12_000, **columns):
    """Rows of which only those of one country are shifted, or lack prices."""
    random = np.random.default_rng(seed)
    country = random.choice(["de", "fr", "us", "li"], count, p=[0.5, 0.2, 0.295, 0.005])
    here = country == where
    price = random.normal(10, 1, count) + shift * here
    return pa.table(
        {
            "price": pa.array(price, mask=here & (random.random(count) < missing)),
            "country": country,
            "member": random.random(count) < 0.3,
            "clicked": random.integers(0, 2, count),
            **columns,
        }
    )


@pytest.fixture(params=["parquet", "csv"])
def watched(tmp_path, request):
    """Baseline and windows in a format, and the monitor of them."""

    def make(window, baseline=None, watch: str = WATCH):
        write(baseline if baseline is not None else rows(1), tmp_path / f"b.{request.param}")
        write(window, tmp_path / f"w/part.{request.param}")
        return WatchedFolder(tmp_path, config(watch.replace("EXT", request.param)))

    return make


def found(folder, seen, watch: str = WATCH) -> list[str]:
    return [f"{breach.signal} {breach.subject}: {breach.message}" for breach in breaches(seen, config(watch), NOW)]


def test_slices_are_the_frequent_values_of_the_baseline(watched):
    seen = watched(rows(2)).measure()
    named = {part.name: (part.rows, round(part.expected)) for part in seen.window.slices}
    baseline = rows(1).column("country").value_counts().to_pylist()
    often = {f"country={entry['values']}": entry["counts"] for entry in baseline if entry["counts"] >= 100}
    assert list(named) == ["country=de", "country=us", "country=fr", "member=false", "member=true"]
    assert {name: expected for name, (_, expected) in named.items() if name.startswith("c")} == often
    assert sum(count for name, (count, _) in named.items() if name.startswith("member")) == 12_000
    for part in seen.window.slices:
        split = part.name.partition("=")[0]
        assert [column.result.name for column in part.columns] == [
            name for name in ("price", "country", "clicked") if name != split
        ]


def test_what_is_alike_is_alike_in_every_slice(watched):
    folder = watched(rows(2))
    seen = folder.measure()
    assert found(folder, seen) == []
    assert not [sample for sample in samples(seen) if sample.metric in ("ml_slice_distance", "ml_slice_missing_ratio")]


def test_a_shift_of_one_slice_is_found_where_the_whole_hides_it(watched):
    folder = watched(rows(3, shift=1.5))
    seen = folder.measure()
    (line,) = found(folder, seen)
    distance = f"{far(seen, 'country=fr', 'price'):.3f}"
    assert line == f"slice-feature-skew price where country=fr: {distance} from the baseline, above feature_skew 0.3"


def far(seen, part: str, column: str) -> float:
    (one,) = (one for one in seen.window.slices if one.name == part)
    return next(made.result.measured[0].distance for made in one.columns if made.result.name == column)


def test_missing_values_of_one_slice_are_found(watched):
    folder = watched(rows(3, missing=0.2))
    seen = folder.measure()
    (line,) = [line for line in found(folder, seen) if line.startswith("slice-missing price where country=fr: ")]
    assert line.endswith(" more missing than in the baseline, above missing 5%")
    assert not [line for line in found(folder, seen) if line.startswith("missing-values")]


def test_a_slice_without_a_row_is_told_and_a_rare_one_is_not(watched):
    window = rows(3)
    window = window.filter(pa.array([value not in ("fr", "li") for value in window.column("country").to_pylist()]))
    folder = watched(window)
    seen = folder.measure()
    assert [line.partition(",")[0] for line in found(folder, seen) if line.startswith("slice-gone")] == [
        "slice-gone country=fr: no row in the newest window"
    ]


def test_the_window_before_counts_in_slices_too(watched, tmp_path):
    folder = watched(rows(2))
    folder.measure()
    (suffix,) = {file.suffix for file in tmp_path.glob("b.*")}
    write(rows(3, shift=1.5), tmp_path / f"w/part{suffix}", NOW + HOUR)
    seen = folder.measure(after=HOUR)
    signals = {line.partition(":")[0] for line in found(folder, seen)}
    assert "slice-feature-drift price where country=fr" in signals


def test_a_column_that_a_file_lacks_is_missing_in_slices(watched):
    folder = watched(rows(2).drop_columns(["price"]))
    seen = folder.measure()
    assert {
        column.result.missing for part in seen.window.slices for column in part.columns if column.result.name == "price"
    } == {1.0}


def test_windows_without_the_column_that_makes_slices_lack_them_all(watched):
    folder = watched(rows(2).drop_columns(["member"]))
    gone = [line for line in found(folder, folder.measure()) if line.startswith("slice-gone")]
    assert len(gone) == 2


@pytest.mark.parametrize("made", [lambda values: values, lambda values: values.cast(pa.float64())])
def test_whole_numbers_make_slices_however_they_are_kept(tmp_path, made):
    version = pa.array(np.random.default_rng(5).integers(1, 4, 12_000))
    write(rows(1, version=version), tmp_path / "b.parquet")
    write(rows(2, version=made(version)), tmp_path / "w/part.parquet")
    seen = WatchedFolder(
        tmp_path, config("{baseline: b.parquet, window: w/, features: [price], slices: [version]}")
    ).measure()
    assert sorted(part.name for part in seen.window.slices) == ["version=1", "version=2", "version=3"]
    assert all(part.rows > 3000 for part in seen.window.slices)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("contry", "the baseline b.parquet has no column 'contry', but price, country, member, clicked and user."),
        (
            "price",
            "the baseline b.parquet has double in column 'price': only texts, whole numbers and booleans make slices",
        ),
        ("user", "the baseline b.parquet has more than 1,000 values in column 'user': name one of few, such as a"),
    ],
)
def test_columns_that_make_no_slices_are_refused(tmp_path, column, message):
    write(rows(1, user=pa.array(range(12_000))), tmp_path / "b.parquet")
    write(rows(2), tmp_path / "w/part.parquet")
    watch = f"{{baseline: b.parquet, window: w/, features: [price], slices: [{column}]}}"
    with pytest.raises(WrongColumns) as wrong:
        WatchedFolder(tmp_path, config(watch)).measure()
    (problem,) = wrong.value.problems
    assert problem.path == ("slices", 0)
    assert problem.message.startswith(message)


def test_chance_is_shared_by_all_slices(tmp_path):
    noises = []
    for slices in ("", ", slices: [country]", ", slices: [country, member]"):
        write(rows(1), tmp_path / "b.parquet")
        write(rows(2), tmp_path / "w/part.parquet")
        watch = f"{{baseline: b.parquet, window: w/, features: [price]{slices}}}"
        (column,) = WatchedFolder(tmp_path, config(watch)).measure().window.columns
        noises.append(column.measured[0].noise)
    assert noises[0] < noises[1] < noises[2]


def test_an_empty_window_has_no_slice_that_is_judged(watched):
    folder = watched(rows(2, count=10).slice(0, 0))
    seen = folder.measure()
    assert {part.rows for part in seen.window.slices} == {0}
    assert {line.partition(" ")[0] for line in found(folder, seen)} == {"window-small"}


def test_after_a_restart_slices_are_counted_again(tmp_path):
    write(rows(1), tmp_path / "b.parquet")
    write(rows(2), tmp_path / "w/part.parquet")
    watch = config(WATCH.replace("EXT", "parquet"))
    first = WatchedFolder(tmp_path, watch, tmp_path / "state.json").measure()
    again = WatchedFolder(tmp_path, watch, tmp_path / "state.json").measure()
    assert again.window.slices == first.window.slices
    write(rows(3, shift=1.5), tmp_path / "w/part.parquet", NOW + HOUR)
    restarted = WatchedFolder(tmp_path, watch, tmp_path / "state.json").measure()
    assert restarted.window.has_previous
    assert {measured.against for measured in restarted.window.columns[0].measured} == {"training", "previous"}
