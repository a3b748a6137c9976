"""Traces: what is read, what is refused with its line, and what is repaired and shown."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from weighbridge.files.problem import FileError
from weighbridge.planner.trace import read_trace

GOOD = "TIMESTAMP,ContextTokens,GeneratedTokens\n2026-11-16 18:00:00.5,4808,10\n2026-11-16 18:00:01.0000000,3180,8\n"


def trace(tmp_path, text):
    file = tmp_path / "trace.csv"
    file.write_text(text)
    return read_trace(file)


def refused(tmp_path, text):
    with pytest.raises(FileError) as wrong:
        trace(tmp_path, text)
    return [line.removeprefix(f"{tmp_path}/trace.csv") for line in wrong.value.lines()]


def test_times_are_seconds_since_the_first_request(tmp_path):
    read = trace(tmp_path, GOOD)
    assert read.start == datetime(2026, 11, 16, 18, 0, 0, 500_000, UTC)
    assert read.arrivals.tolist() == [0, 0.5]
    assert (read.inputs.tolist(), read.outputs.tolist(), read.repairs) == ([4808, 3180], [10, 8], ())


def test_plain_seconds_and_other_names_of_columns_do(tmp_path):
    read = trace(tmp_path, "arrived_at,num_prefill_tokens,num_decode_tokens\n5,10,1\n7.5,20,2\n")
    assert (read.start, read.arrivals.tolist(), read.outputs.tolist()) == (None, [0, 2.5], [1, 2])


def test_values_between_semicolons_are_read(tmp_path):
    read = trace(tmp_path, "time;input_tokens;output_tokens\n5;10;1\n7.5;20;2\n")
    assert (read.arrivals.tolist(), read.inputs.tolist(), read.outputs.tolist()) == ([0, 2.5], [10, 20], [1, 2])


def test_how_far_a_long_file_is_read_is_shown(tmp_path, monkeypatch):
    monkeypatch.setattr("weighbridge.planner.trace.SHOWN_EVERY", 2)
    file, shown = tmp_path / "trace.csv", list[str]()
    file.write_text("time\n1\n2\n3\n4\n5\n")
    read_trace(file, shown.append)
    assert shown == ["2 lines of trace.csv", "4 lines of trace.csv"]


def test_a_trace_without_tokens_has_none(tmp_path):
    read = trace(tmp_path, "time\n1\n2\n")
    assert (read.inputs, read.outputs) == (None, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [": the file is empty: expected a header and a row for each request"]),
        ("time,input_tokens\n", [": no request: there is nothing below the header"]),
        (
            "when,input_tokens\n1,2\n",
            [":1:1: no column of times such as timestamp or time; the first line has when, input_tokens."],
        ),
        (
            GOOD + "yesterday,1,1\n2026-11-16 18:00:02,-5,1\n2026-11-16 18:00:03,1,nan\n"
            "nan,1,1\n2026-11-16 18:00:04,1\n",
            [
                ":4:1: time: expected a time such as 2026-11-20T08:00:00Z, or seconds, got 'yesterday'",
                ":5:1: input tokens: expected a whole number from 0 to 10,000,000, got '-5'",
                ":6:1: output tokens: expected a whole number from 0 to 10,000,000, got 'nan'",
                ":7:1: time: expected a time, got 'nan'",
                ":8:1: expected at least 3 cells, got 2",
            ],
        ),
        (
            "time;input_tokens\n1,5;2\n2;3,5\n",
            [
                (
                    ":2:1: time: expected a time such as 2026-11-20T08:00:00Z, or seconds, got '1,5': write decimals"
                    " with a point"
                ),
                ":3:1: input tokens: expected a whole number from 0 to 10,000,000, got '3,5'",
            ],
        ),
        ("time\n5\n2026-11-16 18:00:00\n", [":2:1: some times are dates and some are plain numbers"]),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_an_error_with_its_line(tmp_path, text, expected):
    assert refused(tmp_path, text) == expected


def test_of_many_wrong_lines_twenty_are_shown_and_the_rest_counted(tmp_path):
    lines = refused(tmp_path, "time\n" + "never\n" * 50)
    assert len(lines) == 21
    assert lines[-1] == ":51:1: 30 more lines are wrong"


def test_a_missing_file_and_another_encoding_are_said(tmp_path):
    with pytest.raises(FileError, match="there is no such file"):
        read_trace(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes(b"time\n\xe9\n")
    with pytest.raises(FileError, match="not UTF-8 text: save the file with that encoding"):
        read_trace(tmp_path / "latin.csv")


@pytest.mark.parametrize(
    ("text", "repair"),
    [
        ("time\n10\n7\n12\n11\n", "time goes back by 3 s at line 3 (2 rows in all): sorted by time"),
        (
            "time\n" + "".join(f"2026-10-25T{clock}\n" for clock in ("02:30:00", "02:59:58", "02:00:01", "02:30:00")),
            (
                "time goes back by 3,597 s at line 4 (1 row in all): sorted by time. Where clocks were put back, write"
                " times in UTC"
            ),
        ),
        (
            "time,output_tokens\n1,0\n1.1,5\n1.2,5\n",
            "1 of 3 requests have no output token: counted as one token each",
        ),
        ("time\n1763316000000\n1763316000001\n", "times are so large that they were read as milliseconds"),
        (
            "time\n" + "".join(f"{second}\n" for second in (*range(100), *range(200, 300))),
            (
                "no request for 101 s after line 101: taken as silence; if the recording has a gap there, the need is"
                " higher"
            ),
        ),
    ],
)
def test_what_is_repaired_is_shown(tmp_path, text, repair):
    assert repair in trace(tmp_path, text).repairs


def test_time_that_went_back_is_sorted_with_its_tokens(tmp_path):
    read = trace(tmp_path, "time,output_tokens\n10,1\n7,2\n12,3\n")
    assert (read.arrivals.tolist(), read.outputs.tolist()) == ([0, 3, 5], [2, 1, 3])


def test_parquet_is_read_and_its_wrong_rows_are_named(tmp_path):
    file = tmp_path / "trace.parquet"
    times = [datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC) for second in (0, 2)]
    parquet.write_table(pa.table({"timestamp": times, "output_tokens": [3, 4]}), file)
    assert read_trace(file).arrivals.tolist() == [0, 2]
    parquet.write_table(pa.table({"timestamp": times, "output_tokens": [3, -4]}), file)
    with pytest.raises(FileError, match=":2:1: output tokens: expected a whole number"):
        read_trace(file)
    file.write_text("time\n1\n")
    with pytest.raises(FileError, match="not a Parquet file"):
        read_trace(file)


def parquet_of(tmp_path, **columns):
    file = tmp_path / "trace.parquet"
    parquet.write_table(pa.table(columns), file)
    return file


@pytest.mark.parametrize(
    ("times", "dated"),
    [
        (pa.array([1_763_316_000_000_000_001, 1_763_316_002_500_000_001], pa.timestamp("ns", "UTC")), True),
        (pa.array([1_763_316_000, 1_763_316_002.5]), False),
        (pa.array(["2026-11-16 18:00:00", "2026-11-16T18:00:02.5"]), True),
        (pa.array(["2026-11-16T20:00:00+02:00", "2026-11-16T18:00:02.5Z"]), True),
        (pa.array(["1763316000", "1763316002.5"]), False),
    ],
)
def test_times_of_parquet_may_be_of_any_type(tmp_path, times, dated):
    read = read_trace(parquet_of(tmp_path, time=times, input_tokens=[7, 8], note=["a", None]))
    assert read.arrivals.tolist() == pytest.approx([0, 2.5], abs=1e-6)
    assert ((read.start is not None), read.inputs.tolist(), read.outputs) == (dated, [7, 8], None)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"time": [1.0, None, 3.0]}, ":2:1: time: expected a time such as 2026-11-20T08:00:00Z, or seconds, got ''"),
        ({"time": [1.0, 2.0, float("nan")]}, ":3:1: time: expected a time, got 'nan'"),
        (
            {"time": [1, 2], "output_tokens": [3, 2.5]},
            ":2:1: output tokens: expected a whole number from 0 to 10,000,000, got '2.5'",
        ),
        ({"time": pa.array([], pa.float64())}, ": no request: there is nothing below the header"),
        (
            {"when": [1, 2]},
            ":1:1: no column of times such as timestamp or time; the first line has when.",
        ),
    ],
)
def test_what_cannot_be_used_of_parquet_is_an_error_with_its_row(tmp_path, columns, expected):
    file = parquet_of(tmp_path, **columns)
    with pytest.raises(FileError) as wrong:
        read_trace(file)
    assert wrong.value.lines() == [f"{file}{expected}"]


def test_parquet_with_too_many_rows_is_refused_before_they_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr("weighbridge.planner.trace.MOST_REQUESTS", 2)
    file = parquet_of(tmp_path, time=[1, 2, 3])
    with pytest.raises(FileError, match=":3:1: more than 2 requests: give a part of them, such as the busiest day"):
        read_trace(file)


def test_parquet_is_known_by_how_it_begins_too(tmp_path):
    file = parquet_of(tmp_path, time=[1, 2]).rename(tmp_path / "trace.pq")
    assert read_trace(file).arrivals.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "time\n1763316000\n1763316001\n1763316002000\n1763316003\n",
            (":4:1: time: 20,388,341 days from most others; a trace covers at most 400 days: mend it, or give all times"
            " in one unit"),
        ),
        (
            ("time\n2026-11-16T18:00:00Z\n9999-01-01T00:00:00Z\n2026-11-16T18:00:02Z\n9999-01-01T00:00:01Z\n"
            "2026-11-16T18:00:03Z\n"),
            (":3:1: time: 2,911,758 days from most others, and 1 more; a trace covers at most 400 days: mend it, or"
            " give all times in one unit"),
        ),
        ("time\n0\n1e300\n", ":2:1: time: 5,787,037"),
        ("time\n7\n", ":2:1: one request says nothing of a rate: record for longer"),
        (
            "time\n7\n7\n7\n",
            ":2:1: all 3 requests come at the same moment: that says nothing of a rate: record for longer",
        ),
        ("time,Time\n1,2\n2,3\n", ":1:1: several columns of times, `time` and `Time`: leave one"),
        (
            "time,input_tokens,Input Tokens\n1,2,3\n2,3,3\n",
            ":1:1: several columns of input tokens, `input_tokens` and `Input Tokens`: leave one",
        ),
        ("time\n1\n" + "2" * 200_000 + "\n", ":3:1: this line isn't text of a CSV file"),
        ("time\n1\n2\n\0\0\0\n", ":4:1: this line isn't text of a CSV file"),
    ],
)  # fmt: skip
def test_what_would_make_a_calm_number_of_nonsense_is_refused_with_its_line(tmp_path, text, expected):
    assert refused(tmp_path, text)[0].startswith(expected)


def test_of_columns_by_several_names_the_one_that_is_read_is_shown(tmp_path):
    read = trace(tmp_path, "start_time,timestamp\n100,1\n200,2\n")
    assert read.arrivals.tolist() == [0, 1]
    assert read.repairs == ("several columns of times, `timestamp` and `start_time`: the first of these is read",)


@pytest.mark.parametrize(("unit", "factor"), [("milliseconds", 10**3), ("microseconds", 10**6), ("nanoseconds", 10**9)])
def test_times_in_smaller_units_are_read_as_such(tmp_path, unit, factor):
    read = trace(tmp_path, "".join(f"{line}\n" for line in ("time", 1763316000 * factor, 1763316005 * factor)))
    assert read.arrivals.tolist() == pytest.approx([0, 5], abs=1e-3)
    assert read.repairs == (f"times are so large that they were read as {unit}",)


def test_times_that_look_rounded_are_shown(tmp_path):
    read = trace(tmp_path, "time\n" + "".join(f"{place // 10 * 60}\n" for place in range(100)))
    (repair,) = read.repairs
    assert repair == (
        "91% of requests have the time of the one before: times seem rounded, and then bursts look sharper than they"
        " are"
    )


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "trace.csv")
    for file, kind in ((tmp_path / "trace.csv", "a pipe or a device"), (Path("/dev/zero"), "a pipe or a device"),
                       (tmp_path, "a folder")):  # fmt: skip
        with pytest.raises(FileError, match=f"this is {kind}: expected a file, CSV or Parquet"):
            read_trace(file)


def test_a_file_without_line_ends_is_not_read_into_memory(tmp_path):
    file = tmp_path / "trace.csv"
    with file.open("wb") as opened:
        opened.truncate(10**11)  # of zeros that take no room
    with pytest.raises(FileError, match="this line isn't text of a CSV file"):
        read_trace(file)
