"""A command that doesn't finish ends with 3, whatever stops it; 1 is a verdict."""

import os
import stat
import subprocess
import sys

import pytest

from tests.support.paths import ROOT, STACKS, copy_project
from tests.support.processes import PATIENCE_SECONDS
from weighbridge.cli.ending import end_with

COMMANDS = (
    "validate", "schema", "quota", "quota --format json", "catalog", "catalog --format json", "signals list -s prod",
    "signals lint -s prod", "rollout status ranker -s prod", "dashboard prod", "runbook ranker -s prod", "--help",
    "preview --help",
)  # fmt: skip
commands = pytest.mark.parametrize(
    "command", [COMMANDS[0], *(pytest.param(rest, marks=pytest.mark.slow) for rest in COMMANDS[1:])]
)
FULL = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a device that is always full")  # noqa: PTH110


def ended(capsys, run):
    """Exit code, and what was written to stderr."""
    with pytest.raises(SystemExit) as ending:
        end_with(run)
    return ending.value.code, capsys.readouterr().err


def raising(error):
    def run():
        raise error

    return run


@pytest.mark.parametrize(
    ("run", "code", "last"),
    [
        (lambda: 0, 0, ""),
        (lambda: 1, 1, ""),
        (raising(SystemExit()), 0, ""),
        (raising(SystemExit(2)), 2, ""),
        (raising(SystemExit("no")), 3, ""),
        (raising(KeyboardInterrupt()), 130, "interrupted; nothing was changed"),
        (raising(BrokenPipeError()), 3, ""),
        (raising(OSError(28, "No space left on device", "/tmp/x")),  # noqa: S108 - a name
         3, "weighbridge: /tmp/x: No space left on device; the command did not finish"),
        (raising(MemoryError()), 3, "weighbridge: out of memory; the command did not finish"),
        (raising(RecursionError("hunter2")),
         3, "weighbridge: this is a bug (RecursionError), and nothing was judged; please report the above"),
        (raising(KeyError("hunter2")),
         3, "weighbridge: this is a bug (KeyError), and nothing was judged; please report the above"),
        (raising(AssertionError("hunter2")),
         3, "weighbridge: this is a bug (AssertionError), and nothing was judged; please report the above"),
    ],
)  # fmt: skip
def test_what_ends_a_command_is_its_exit_code(capsys, run, code, last):
    found, errors = ended(capsys, run)
    assert (found, errors.strip().rpartition("\n")[2]) == (code, last)
    assert "hunter2" not in errors


def test_a_pipe_that_typer_makes_1_of_is_3(capsys):
    def run():
        try:
            raise BrokenPipeError
        except OSError:
            sys.exit(1)

    assert ended(capsys, run) == (3, "")


def shell(command, folder=ROOT):
    return subprocess.run(
        ["/bin/bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
        env={**os.environ, "W": f"{sys.executable} -m weighbridge", "COLUMNS": "80"},
    )  # fmt: skip


@FULL
@commands
def test_a_full_disk_and_a_reader_that_has_gone_are_no_verdict(command):
    full = shell(f"$W {command} >/dev/full")
    assert full.returncode == 3, full.stderr
    assert "No space left on device" in full.stderr
    assert "Traceback" not in full.stderr
    gone = shell(f"$W {command} | {{ exec <&-; sleep 0.1; }}; exit ${{PIPESTATUS[0]}}")
    assert (gone.returncode in (0, 3), gone.stderr) == (True, "")  # 0 where all was written before it went


@commands
def test_a_reader_that_has_gone_before_anything_is_written_is_no_verdict(command):
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(
        [sys.executable, "-m", "weighbridge", *command.split()], cwd=ROOT, stdout=write, stderr=subprocess.PIPE,
        text=True, check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    os.close(write)
    assert (ran.returncode, ran.stderr) == (3, "")


def test_a_closed_output_is_said_and_closed_errors_and_input_do_no_harm():
    closed = shell("$W quota >&-")
    assert (closed.returncode, closed.stderr) == (
        3, "weighbridge: standard output is closed, so nothing can be shown\n",
    )  # fmt: skip
    unheard = shell("$W quota --format json <&- 2>&-")
    assert (unheard.returncode, unheard.stdout[:2]) == (0, "{\n")


@FULL
def test_a_full_device_behind_o_is_no_verdict_and_is_still_there(tmp_path):
    copy_project(tmp_path)
    ran = shell("$W runbook ranker -s prod -o /dev/full", tmp_path)
    assert (ran.returncode, ran.stderr) == (3, "weighbridge: /dev/full can't be written: No space left on device\n")
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)  # noqa: PTH116


@pytest.mark.parametrize(
    "to",
    ["/dev/stdout", "link", *(pytest.param(to, marks=pytest.mark.slow) for to in ("/dev/fd/1", "/proc/self/fd/1"))],
)
def test_o_writes_into_standard_output_whatever_that_is(tmp_path, to):
    copy_project(tmp_path)
    (tmp_path / "link").symlink_to("/dev/stdout")
    piped = shell(f"$W runbook ranker -s prod -o {to} 2>/dev/null | cat", tmp_path)
    assert piped.stdout.startswith("# ")
    appended = shell(
        f"echo before >log; $W runbook ranker -s prod -o {to} 2>/dev/null >>log; echo after >>log", tmp_path
    )
    assert appended.returncode == 0
    assert (tmp_path / "log").read_text() == f"before\n{piped.stdout}after\n"


def test_a_broken_installation_is_no_verdict(tmp_path):
    (tmp_path / "typer.py").write_text("raise AttributeError")
    ran = subprocess.run(
        [sys.executable, "-m", "weighbridge", "validate", "-C", str(STACKS.parent)], cwd=ROOT, capture_output=True,
        text=True, check=False, timeout=PATIENCE_SECONDS, env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert ran.returncode == 3
    assert ran.stderr.endswith(
        "weighbridge: this is a bug (AttributeError), and nothing was judged; please report the above\n"
    )
