"""Past runs from CSV and from status files: what is read, what is refused with its line, what is marked."""

import json

import pytest

from weighbridge.files.problem import FileError
from weighbridge.planner.past_runs import read_runs
from weighbridge.run_status import run_status
from weighbridge.spec.planned_runs import RunHistory


def runs(tmp_path, text, **given):
    (tmp_path / "r.csv").write_text(text)
    return read_runs(RunHistory.model_validate({"file": "r.csv"} | given), tmp_path)


def refused(tmp_path, text, **given):
    with pytest.raises(FileError) as wrong:
        runs(tmp_path, text, **given)
    return [line.removeprefix(f"{tmp_path}/r.csv") for line in wrong.value.lines()]


def test_times_work_devices_and_states_are_read_by_many_names(tmp_path):
    found = runs(
        tmp_path,
        "Run ID,Status,Started At,End Time,Rows,num_gpus\n"
        "b,SUCCESS,2026-11-02T00:00:00Z,2026-11-02T01:30:00Z,2e9,8\n"
        "a,completed,2026-11-01 00:00:00,2026-11-01 01:00:00,1e9,8\n"
        "c,Timed Out,2026-11-03T00:00:00Z,2026-11-03T00:10:00Z,,\n"
        "d,running,2026-11-04T00:00:00Z,,,\n",
    )
    assert [(run.name, run.state, run.seconds, run.work, run.units) for run in found.runs] == [
        ("a", "succeeded", 3600, 1e9, 8), ("b", "succeeded", 5400, 2e9, 8), ("c", "failed", 600, None, None),
        ("d", "running", None, None, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "cell", "seconds"),
    [
        ("duration_s", "90.5", 90.5), ("hours", "1.5", 5400), ("minutes", "2", 120), ("duration", "1h30m", 5400),
        ("duration", "01:30:00", 5400), ("elapsed", "2:30", 150), ("runtime", "1d", 86400),
    ],
)  # fmt: skip
def test_durations_are_read_as_people_write_them(tmp_path, column, cell, seconds):
    found = runs(tmp_path, f"{column}\n{cell}\n")
    assert found.runs[0].seconds == seconds
    assert found.notes == ("past runs have no column of states: all are taken as succeeded",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [": the file is empty: expected a header and a row for each run"]),
        ("duration,state\n", [": no run: nothing to learn from"]),
        (
            "when,state\n1,ok\n",
            [
                (
                    ":1:1: no column of durations, or of starts and ends, such as duration_s, or started and finished;"
                    " the first line has when, state"
                )
            ],
        ),
        (
            "duration,state,rows\n-5,ok,1\nnan,ok,1\nsoon,ok,1\n60,great,1\n60,ok,-1\n,ok,1\n0,ok,1\n60\n9e9,ok,1\n",
            [
                ":2:1: duration: expected seconds, 1h30m or 01:30:00, got '-5'",
                ":3:1: duration: expected seconds, 1h30m or 01:30:00, got 'nan'",
                ":4:1: duration: expected seconds, 1h30m or 01:30:00, got 'soon'",
                ":5:1: state: expected a word such as succeeded, failed or running, got 'great'",
                ":6:1: work: expected a number above 0, got '-1'",
                ":7:1: a run that has succeeded has taken time: expected a duration, or a start and a later end",
                ":8:1: a run that has succeeded has taken time: expected a duration, or a start and a later end",
                ":9:1: expected at least 2 cells, got 1",
                ":10:1: duration: expected at most a year, got 104,167 days",
            ],
        ),
        (
            "started,finished\n2026-11-02T00:00:00Z,2026-11-01T00:00:00Z\nnever,2026-11-01T00:00:00Z\n",
            [
                ":2:1: the end is before the start",
                ":3:1: start: expected a time such as 2026-11-20T08:00:00Z, got 'never'",
            ],
        ),
        ("duration,Duration\n1,2\n", [":1:1: several columns of durations, `duration` and `Duration`: leave one"]),
        (
            "pipeline,duration\na,1\nb,2\n",
            [":1:1: runs of 2 pipelines (a, b): say in `history.pipeline` whose are meant"],
        ),
    ],
)
def test_what_cannot_be_used_is_said_with_its_line(tmp_path, text, expected):
    assert refused(tmp_path, text) == expected


def test_runs_of_one_pipeline_are_taken_from_a_file_of_many(tmp_path):
    text = "pipeline,duration,state\na,1,ok\nb,2,ok\na,3,ok\n"
    assert [run.seconds for run in runs(tmp_path, text, pipeline="a").runs] == [1, 3]
    assert refused(tmp_path, text, pipeline="c") == [": no run of 'c'; there are a, b: nothing to learn from"]
    assert refused(tmp_path, "duration\n1\n", pipeline="c") == [":1:1: no column of pipelines to choose one by"]


def test_status_files_are_those_that_jobs_write(tmp_path):
    folder = tmp_path / "status"
    with run_status(folder, run="one", work=2.5e9, devices=16):
        pass
    with pytest.raises(RuntimeError), run_status(folder, run="two"):
        raise RuntimeError
    written = json.loads((folder / "one.json").read_text())
    (folder / "one.json").write_text(
        json.dumps(written | {"started": "2026-11-01T00:00:00Z", "finished": "2026-11-01T02:00:00Z"})
    )
    (folder / "notes.txt").write_text("not a run")
    first, second = read_runs(RunHistory(folder="status"), tmp_path).runs
    assert (first.name, first.state, first.seconds, first.work, first.units) == ("one", "succeeded", 7200, 2.5e9, 16)
    assert (second.name, second.state) == ("two", "failed")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "not JSON: a status file is written whole, by run_status"),
        ("[]", "expected a status file: an object with `state` and `started`"),
        (
            '{"version": 1, "run": "a", "state": "succeeded", "started": "2026-11-01T00:00:00Z"}',
            "finished: it is missing: a run that has succeeded has taken time",
        ),
        (
            (
                '{"version": 1, "run": "a", "state": "failed", "started": "2026-11-01T00:00:00Z",'
                ' "finished": "2026-10-01T00:00:00Z"}'
            ),
            "finished: it is before `started`",
        ),
        (
            '{"version": 1, "run": "a", "state": "running", "started": "2026-11-01T00:00:00Z", "work": -1}',
            "work: expected a number above 0, got -1.",
        ),
    ],
)
def test_a_wrong_status_file_is_named(tmp_path, text, expected):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(FileError) as wrong:
        read_runs(RunHistory(folder="."), tmp_path)
    assert wrong.value.lines() == [f"{tmp_path}/a.json: {expected}"]


def test_a_folder_that_is_none_is_said(tmp_path):
    with pytest.raises(FileError, match="there is no such folder"):
        read_runs(RunHistory(folder="none"), tmp_path)
