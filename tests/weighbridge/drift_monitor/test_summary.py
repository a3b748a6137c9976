"""When a window can be compared with a baseline, and when it is the same as another."""

from __future__ import annotations

from dataclasses import replace

from tests.support.monitor_data import NOW, config, table, write
from weighbridge.drift_monitor.baseline import Baseline
from weighbridge.drift_monitor.baseline_reader import read_baseline
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.opening import Opening
from weighbridge.drift_monitor.summary import Summary, tally_of, without


def baseline(root, seed: int = 1) -> Baseline:
    write(table(rows=1000, seed=seed), root / "baseline.parquet")
    store = Store(root)
    return read_baseline(store, store.file("baseline.parquet"), config().columns)


def counted(of: Baseline, seed: int = 2) -> Summary:
    rows = table(rows=300, seed=seed)
    tallies = {
        name: tally_of(column, rows[name].combine_chunks(), None, Opening()) for name, column in of.columns.items()
    }
    return Summary("key", "latest", of.fingerprint, 300, NOW, tallies)


def test_it_fits_the_baseline_in_whose_bins_it_was_counted_and_no_other(tmp_path):
    one, other = baseline(tmp_path), baseline(tmp_path, seed=9)
    found = counted(one)
    assert found.fits(one)
    assert not found.fits(other)
    assert not replace(found, tallies={**found.tallies, "country": counted(other).tallies["item_price"]}).fits(other)
    fewer = {name: tally for name, tally in found.tallies.items() if name != "country"}
    assert not replace(found, tallies=fewer).fits(one)


def test_a_copy_of_a_window_counts_as_it(tmp_path):
    of = baseline(tmp_path)
    found = counted(of)
    assert counted(of).counts_as(found)
    assert not counted(of, seed=3).counts_as(found)
    assert not replace(counted(of), rows=301).counts_as(found)
    one_more = {**found.tallies, "country": without(found.tallies["country"], 1)}
    assert not replace(found, tallies=one_more).counts_as(found)
