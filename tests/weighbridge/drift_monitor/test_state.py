"""What outlives a restart: the counts of two windows, and nothing that can't be read back."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from tests.support.monitor_data import NOW, WatchedFolder, distance, table, write
from weighbridge.drift_monitor.log_lines import LineCounts
from weighbridge.drift_monitor.sampled_rows import SampledRows
from weighbridge.drift_monitor.state import Memory, read_memory, write_memory
from weighbridge.drift_monitor.summary import Summary
from weighbridge.drift_monitor.tally import Tally

HOUR = timedelta(hours=1)


@pytest.fixture
def root(tmp_path):
    write(table(), tmp_path / "baseline.parquet")
    return tmp_path


def test_a_restart_with_state_still_knows_the_window_before(root, tmp_path):
    state = tmp_path / "state/clicks.json"
    write(table(seed=2), root / "latest/part.parquet")
    WatchedFolder(root, state=state).measure()
    write(table(seed=3, shift=4), root / "latest/part.parquet", NOW + HOUR)

    changed = WatchedFolder(root, state=state).measure()
    restarted = WatchedFolder(root, state=state).measure()

    assert distance(changed, "item_price", "previous") > 0.5
    assert restarted.window == changed.window
    assert WatchedFolder(root).measure().window.has_previous is False
    assert '"us"' not in state.read_text()  # counts, never values


@pytest.mark.parametrize("text", ["", "{", '{"version": 1}', '{"version": 2, "newest": null, "previous": null}'])
def test_a_state_that_cannot_be_used_is_said_and_replaced(root, tmp_path, text):
    state = tmp_path / "state.json"
    state.write_text(text)
    write(table(seed=2), root / "latest/part.parquet")
    folder = WatchedFolder(root, state=state)

    assert folder.measure().errors["window"] is False
    assert folder.log[0].startswith("state: state.json can't be used, so the window before is not known: ")
    assert not WatchedFolder(root, state=state).log


def summary(key):
    tally = Tally(np.array([3, 0, 4]), np.array([0.1, 0.0, 1e300]), 9, 2, 1, 1, 0, 1)
    return Summary(
        key,
        "2026-11-20",
        "bins",
        9,
        NOW,
        {"a": tally},
        ("b",),
        lines=LineCounts(7, 1, 2, 1),
        sampled=SampledRows(99, 3),
    )


def test_what_is_written_is_read_back(tmp_path):
    file = tmp_path / "state/clicks.json"
    write_memory(file, Memory(summary("new"), summary("old")))
    read = read_memory(file)

    for kept, key in ((read.newest, "new"), (read.previous, "old")):
        expected = summary(key)
        assert (kept.key, kept.name, kept.baseline, kept.rows, kept.modified, kept.vanished) == (
            key, "2026-11-20", "bins", 9, NOW, ("b",)
        )  # fmt: skip
        assert (kept.lines, kept.sampled) == (LineCounts(7, 1, 2, 1), SampledRows(99, 3))
        for name in Tally.__slots__:
            assert np.array_equal(getattr(kept.tallies["a"], name), getattr(expected.tallies["a"], name)), name
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_memory(tmp_path / "none.json") == Memory()
