"""Ctrl-C is noted where Python would handle it, and nowhere else."""

import signal
import sys
import threading
from contextlib import suppress

import pytest

from weighbridge.cli.interrupts import interrupts_noted

pytestmark = pytest.mark.usefixtures("takes_ctrl_c")


def test_what_is_raised_is_pythons_and_what_is_lost_is_noted():
    with interrupts_noted() as interrupt:
        assert not interrupt.seen
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert interrupt.seen
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_inner_block_knows_what_the_outer_one_has_noted():
    with interrupts_noted() as outer:
        with interrupts_noted() as inner, suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert inner is outer
        assert signal.getsignal(signal.SIGINT) is outer
        with interrupts_noted() as later:
            assert later.seen


def test_who_ignores_it_goes_on_ignoring_it():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with interrupts_noted() as interrupt:
        signal.raise_signal(signal.SIGINT)
    assert not interrupt.seen
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_a_handler_that_the_block_sets_stays():
    own = lambda *_: None  # noqa: E731 - it has to be the same object
    with interrupts_noted():
        signal.signal(signal.SIGINT, own)
    assert signal.getsignal(signal.SIGINT) is own


class DropsCtrlC:
    """Ctrl-C comes in its destructor, from which nothing is raised."""

    def __del__(self):
        signal.raise_signal(signal.SIGINT)


def test_what_is_dropped_comes_again_and_no_traceback_is_printed(capsys):
    with interrupts_noted(), pytest.raises(KeyboardInterrupt):  # noqa: PT012 - it comes during the second
        DropsCtrlC()
        threading.Event().wait(30)
    assert capsys.readouterr().err == ""


class DropsAnError:
    def __del__(self):
        raise ValueError


def test_what_is_dropped_and_no_ctrl_c_goes_to_the_hook_of_before(monkeypatch):
    dropped = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: dropped.append(args.exc_type))
    hook = sys.unraisablehook
    with interrupts_noted():
        DropsAnError()
    assert dropped == [ValueError]
    assert sys.unraisablehook is hook


def test_another_thread_sets_no_handler():
    seen = []

    def work():
        with interrupts_noted():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
