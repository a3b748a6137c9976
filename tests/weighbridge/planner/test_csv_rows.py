"""Rows with their lines, and what is no CSV file."""

from __future__ import annotations

import os

import pytest

from weighbridge.files.problem import FileError, Problem
from weighbridge.planner.csv_rows import (
    LONGEST_LINE,
    MOST_PROBLEMS,
    WrongCell,
    cell_of,
    csv_rows,
    find_columns,
    plain_name,
    refuse_no_file,
    refuse_rows,
    refused,
)


def test_rows_have_the_lines_on_which_they_end_and_empty_ones_are_left_out(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text('\ufefftime,note\n\n1,"two\nlines"\n2,b\n', encoding="utf-8")
    assert [*csv_rows(file)] == [(1, ["time", "note"]), (4, ["1", "two\nlines"]), (5, ["2", "b"])]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("time;note\n1;a, b\n", [["time", "note"], ["1", "a, b"]]),
        ("\n\ntime\tnote\n1\t2;3\n", [["time", "note"], ["1", "2;3"]]),
        ("time,a;b\n1,2\n", [["time", "a;b"], ["1", "2"]]),
        ("time\n1;2\n", [["time"], ["1;2"]]),
        ("time|note\n1|2;3\n", [["time", "note"], ["1", "2;3"]]),
    ],
)
def test_a_header_without_commas_says_what_parts_values(tmp_path, text, rows):
    file = tmp_path / "a.csv"
    file.write_text(text)
    assert [row for _, row in csv_rows(file)] == rows


@pytest.mark.parametrize("content", [b"a,b\n1\x00,2\n", b"a,b\n" + b"x" * LONGEST_LINE + b"\n"])
def test_what_is_no_text_is_refused_with_its_line(tmp_path, content):
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    with pytest.raises(FileError) as wrong:
        [*csv_rows(file)]
    assert wrong.value.lines() == [f"{file}:2:1: this line isn't text of a CSV file"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\x1f\x8b\x08\x00", ": compressed by gzip: unpack it first (gunzip)"),
        (b'\n{"time": 1}\n', ":2:1: this is JSON: write CSV, a header and below it a row for each entry"),
        (b'[{"time": 1}]', ":1:1: this is JSON: write CSV, a header and below it a row for each entry"),
    ],
)
def test_other_ways_to_write_rows_are_named(tmp_path, content, expected):
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    with pytest.raises(FileError) as wrong:
        [*csv_rows(file)]
    assert wrong.value.lines() == [f"{file}{expected}"]


def test_what_the_system_says_becomes_a_problem_of_the_file(tmp_path):
    with pytest.raises(FileError, match="there is no such file"), refused(tmp_path / "no.csv"):
        (tmp_path / "no.csv").read_text()
    with pytest.raises(FileError, match="not UTF-8 text"), refused(tmp_path / "a.csv"):
        b"\xff".decode()


def test_folders_and_pipes_are_no_files(tmp_path):
    with pytest.raises(FileError, match="this is a folder: expected a file, a trace"):
        refuse_no_file(tmp_path, "a trace")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="this is a pipe or a device"):
        refuse_no_file(tmp_path / "pipe", "a trace")


def test_cells():
    assert cell_of(["a"], None) is None
    assert cell_of(["a", None], 1) == ""
    with pytest.raises(WrongCell, match="expected at least 3 cells, got 1"):
        cell_of(["a"], 2)
    assert plain_name("Input-Tokens_total x") == "inputtokenstotalx"


def test_many_problems_are_counted_beyond_the_first(tmp_path):
    refuse_rows(tmp_path, [])
    with pytest.raises(FileError) as wrong:
        refuse_rows(tmp_path, [Problem((), f"p{line}", line=line, column=1) for line in range(MOST_PROBLEMS + 5)])
    assert len(wrong.value.lines()) == MOST_PROBLEMS + 1
    assert wrong.value.lines()[-1].endswith("5 more lines are wrong")


KINDS = {"times": ("time", "timestamp"), "tokens": ("tokens",)}


def test_the_best_name_of_a_kind_is_read_and_the_others_are_told():
    found = find_columns(["Time-Stamp", " tokens", "TIME"], KINDS)
    assert found.places == {"times": 2, "tokens": 1}
    assert found.notes == ("several columns of times, `TIME` and `Time-Stamp`: the first of these is read",)
    assert found.problems == ()
    assert find_columns(["a"], KINDS).places == {"times": None, "tokens": None}


@pytest.mark.parametrize("header", [["time", "Time"], ["time", "timestamp", "time_stamp"]])
def test_two_columns_of_one_name_are_a_problem(header):
    (problem,) = find_columns(header, KINDS).problems
    assert problem.message.startswith("several columns of times, `time` and ")
    assert problem.message.endswith(": leave one")
