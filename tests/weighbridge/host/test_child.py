"""A child ends with its block, and Ctrl-C is never lost between a start and the block."""

import signal
import subprocess
import sys

import pytest

from weighbridge.host import child

WAITS = (sys.executable, "-c", "import sys; sys.stdin.read()")


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
    with pytest.raises(KeyboardInterrupt), child.running(WAITS, tmp_path, {}):
        pytest.fail("the block is not reached")
    (process,) = interrupted_start
    assert process.returncode == -signal.SIGTERM
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_where_ctrl_c_is_ignored_it_stays_so(tmp_path, interrupted_start, handler):
    """A shell starts what runs in the background like that."""
    handler(signal.SIG_IGN)
    with child.running(WAITS, tmp_path, {}) as running:
        assert running.process.poll() is None
    assert running.process.returncode == -signal.SIGTERM
