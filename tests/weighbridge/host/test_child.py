"""A child process: its output is kept within bounds, and nothing of it stays behind, also where Ctrl-C comes early."""

import os
import select
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from weighbridge.host.child import MOST_COLUMNS, MOST_LINES, environment, running

WAITS = (sys.executable, "-c", "import sys; sys.stdin.read()")


def ended(folder, text):
    """The child that ran this Python text to its end."""
    with running([sys.executable, "-c", text], folder, {}) as child:
        child.process.wait()
    return child


def test_both_streams_are_kept_and_the_first_line_of_standard_output_apart(tmp_path):
    child = ended(tmp_path, 'import sys; print("8080"); print("ready"); print("careful", file=sys.stderr)')
    assert child.stdout_first == "8080"
    assert sorted(child.output.splitlines()) == ["8080", "careful", "ready"]
    assert child.first_line.is_set()


def test_a_child_that_says_nothing_has_no_first_line_but_is_not_waited_for(tmp_path):
    child = ended(tmp_path, "")
    assert (child.stdout_first, child.output) == ("", "")
    assert child.first_line.is_set()


def test_of_very_much_output_the_end_is_kept(tmp_path):
    child = ended(tmp_path, f'for i in range({MOST_LINES} + 1): print(i)\nprint("x" * {MOST_COLUMNS + 1})')
    lines = child.output.splitlines()
    assert (lines[0], len(lines), lines[-1]) == ("2", MOST_LINES, "x" * MOST_COLUMNS)


def test_a_line_is_written_to_it_and_then_nothing_more(tmp_path):
    with running([sys.executable, "-c", "import sys; print(sys.stdin.read())"], tmp_path, {}) as child:
        child.write_line("127.0.0.1:1")
        child.process.wait()
    assert child.output == "127.0.0.1:1"


def test_a_child_that_has_gone_is_no_error_for_who_writes_to_it(tmp_path):
    with running([sys.executable, "-c", ""], tmp_path, {}) as child:
        child.process.wait()
        child.write_line("too late")


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux tells when somebody else's child has ended")
@pytest.mark.parametrize("stubborn", [False, True], ids=["ends when asked", "must be killed"])
def test_it_ends_with_whoever_started_it_and_so_does_what_it_started(tmp_path, monkeypatch, stubborn):
    monkeypatch.setattr("weighbridge.host.child.GRACE_SECONDS", 0.2)
    ignore = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" if stubborn else ""
    text = f"""{ignore}
import subprocess, sys
grandchild = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
print(grandchild.pid, flush=True)
sys.stdin.read()
"""
    with suppress(KeyboardInterrupt), running([sys.executable, "-c", text], tmp_path, {}) as child:
        assert child.first_line.wait(30)
        grandchild = os.pidfd_open(int(child.stdout_first))
        raise KeyboardInterrupt
    assert child.process.poll() is not None
    ended_too, _, _ = select.select([grandchild], [], [], 10)
    os.close(grandchild)
    assert ended_too


def test_pulumi_s_variables_of_the_caller_are_not_handed_on(monkeypatch):
    monkeypatch.setenv("PULUMI_STACK", "prod")
    monkeypatch.setenv("HOME", "/somewhere")
    found = environment({"PULUMI_PROJECT": "proj"})
    assert (found.get("PULUMI_STACK"), found["PULUMI_PROJECT"], found["HOME"]) == (None, "proj", "/somewhere")
    assert found["PYTHONUTF8"] == "1"


@pytest.fixture
def interrupted_start(monkeypatch):
    """Ctrl-C as soon as the process runs, before anybody knows of it; gives what was started."""
    started = []
    start = subprocess.Popen

    def popen(*arguments, **options):
        started.append(start(*arguments, **options))
        signal.raise_signal(signal.SIGINT)
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", popen)
    return started


@pytest.fixture
def handler():
    """Lets a test say what Ctrl-C does."""
    before = signal.getsignal(signal.SIGINT)
    yield lambda new: signal.signal(signal.SIGINT, new)
    signal.signal(signal.SIGINT, before)


def test_a_child_that_starts_as_ctrl_c_comes_is_ended(tmp_path, interrupted_start, handler):
    handler(signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt), running(WAITS, tmp_path, {}):
        pytest.fail("the block is not reached")
    (process,) = interrupted_start
    assert process.returncode == -signal.SIGTERM
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_where_ctrl_c_is_ignored_it_stays_so(tmp_path, interrupted_start, handler):
    """A shell starts what runs in the background like that."""
    handler(signal.SIG_IGN)
    with running(WAITS, tmp_path, {}) as waiting:
        assert waiting.process.poll() is None
    assert waiting.process.returncode == -signal.SIGTERM
