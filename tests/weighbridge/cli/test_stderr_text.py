"""What commands tell on standard error: fitted to a terminal, whole for everything else."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import struct
import subprocess
import sys
import termios

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.paths import ROOT
from weighbridge.cli.stderr_text import fitted, tell

LONG = "weighbridge: there is no stack 'prd'; there are dev, prod, staging. Did you mean `prod`?\n"


class Screen(io.StringIO):
    """A terminal without a size of its own."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def columns(monkeypatch: pytest.MonkeyPatch):
    def columns(given: str) -> Screen:
        screen = Screen()
        monkeypatch.setattr(sys, "stderr", screen)
        monkeypatch.setenv("COLUMNS", given)
        return screen

    return columns


def test_a_line_that_is_too_long_goes_on_below(columns):
    screen = columns("60")
    tell(LONG + "short\n")
    assert screen.getvalue() == (
        "weighbridge: there is no stack 'prd'; there are dev, prod,\n  staging. Did you mean `prod`?\nshort\n"
    )


def test_a_pipe_and_a_file_get_lines_whole(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    tell(LONG)
    assert capsys.readouterr().err == LONG


@pytest.mark.parametrize("given", ["", "0", "-1", "wide", "7" * 5000])
def test_a_terminal_of_no_known_width_gets_lines_whole(columns, given):
    screen = columns(given)
    tell(LONG)
    assert screen.getvalue() == LONG


def test_what_stands_in_stays_in_and_a_long_word_is_not_broken(columns):
    columns("20")
    path = "/a" * 40
    assert fitted(f"    - a point about {path} that goes on and on\n") == (
        f"    - a point about\n      {path}\n      that goes on and on\n"
    )
    assert fitted("\ninterrupted\n") == "\ninterrupted\n"


@given(text=st.text("ab -:\n\u00e9", max_size=300))
def test_no_word_is_lost_and_no_line_of_words_is_too_long(text):
    before, given = sys.stderr, os.environ.get("COLUMNS")
    sys.stderr, os.environ["COLUMNS"] = Screen(), "40"
    try:
        found = fitted(text)
    finally:
        sys.stderr = before
        os.environ.pop("COLUMNS")
        if given is not None:
            os.environ["COLUMNS"] = given
    assert found.split() == text.split()
    for line in found.splitlines():
        assert len(line) <= 40 or " " not in line.strip(), line


@pytest.mark.parametrize(
    "arguments", [("validate", "nosuchstack", "-C", str(ROOT)), ("preview", "dev", "--formaat", "x")]
)
def test_a_command_fits_its_messages_to_the_terminal_that_standard_error_is(arguments):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 50, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    command = [sys.executable, "-m", "weighbridge", *arguments]
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, env=environment, check=False)
    os.close(theirs)
    lines = os.read(ours, 10_000).decode().splitlines()
    os.close(ours)
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert lines
    assert all(len(line) <= 50 for line in lines), lines
