"""In which order names of windows are, and when they have none."""

from __future__ import annotations

import pytest

from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.drift_monitor.window_order import newer_than, newest_first


@pytest.mark.parametrize(
    ("names", "newest", "before"),
    [
        (["9", "10", "8"], "10", "9"),
        (["dt=2026-9-30", "dt=2026-10-01"], "dt=2026-10-01", "dt=2026-9-30"),
        (
            ["year=2026/month=9/day=30", "year=2026/month=10/day=1"],
            "year=2026/month=10/day=1",
            "year=2026/month=9/day=30",
        ),
        (["ts=2026-11-20 09%3A00", "ts=2026-11-20 10%3A00"], "ts=2026-11-20 10%3A00", "ts=2026-11-20 09%3A00"),
        (["2026-11-20", "2026-11-20T06"], "2026-11-20T06", "2026-11-20"),
        (["week-9", "week-10"], "week-10", "week-9"),
        (["2026/9/30", "2026/10/01"], "2026/10/01", "2026/9/30"),
        (["2026-11-19-ab12", "2026-11-20-0c3d"], "2026-11-20-0c3d", "2026-11-19-ab12"),
        (["10000001", "20000001"], "20000001", "10000001"),
    ],
)
def test_windows_are_ordered_by_the_dates_and_numbers_in_their_names(names, newest, before):
    assert newest_first(names, "w/")[:2] == [newest, before]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["2026-11-20", "archive"], "w/ holds '2026-11-20' and 'archive', so which is the newest window can't be told"),
        (
            ["2026-11-21", "20261120"],
            "w/ holds '2026-11-21' and '20261120', so which is the newest window can't be told",
        ),
        (["dt=7", "dt=2026-11-21"], "w/ holds 'dt=2026-11-21' and 'dt=7', so which is the newest window can't be told"),
        (["day_of=2", "dt=1"], "w/ holds 'day_of=2' and 'dt=1', so which is the newest window can't be told"),
        (["region=eu", "region=us"], "w/ holds 'region=us' and 'region=eu', so which is the newest window can't be"),
        (["2026-Nov-20", "2026-Dec-01"], "w/ holds '2026-Nov-20' and '2026-Dec-01', so which is the newest window"),
        (
            ["31-10-2026", "01-11-2026"],
            "w/ holds '31-10-2026' and '01-11-2026', whose days and months can't be told apart: name them with",
        ),
        (["31102026", "01112026"], "w/ holds '31102026' and '01112026', whose days and months can't be told apart"),
    ],
)
def test_names_that_have_no_order_are_told(names, message):
    with pytest.raises(UnreadableData) as unread:
        newest_first(names, "w/")
    assert str(unread.value).startswith(message)


@pytest.mark.parametrize(
    ("newest", "finished", "newer"),
    [
        ("dt=2026-11-20", {"dt=2026-11-21": False, "dt=2026-11-22": False, "dt=2026-11-19": True}, "dt=2026-11-22"),
        ("dt=2026-11-20", {"dt=2026-11-19": True}, None),
        ("dt=2026-11-20", {"day=2026-11-21": True}, None),  # of another key
        ("dt=2026-11-20", {"dt=archive": True, "": True}, None),
        ("run-a", {"run-b": False}, None),
        ("run-a", {"run-b": True}, "run-b"),
        ("", {"2026-11-21": True}, None),  # the folder itself is the window
    ],
)
def test_a_name_is_a_newer_window_only_if_it_is_alike(newest, finished, newer):
    assert newer_than(newest, finished) == newer
