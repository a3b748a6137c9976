"""Ctrl-C, remembered: what it raises can get lost on its way up.

While modules are imported, and inside pydantic, a KeyboardInterrupt is dropped or becomes another error (a SchemaError,
a RuntimeError, a value that is no region): what a command would say then is not about the spec. Where it is dropped
(in a destructor, in a library that is no Python), Python prints a traceback and goes on; here the signal is sent again.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

AGAIN_AFTER = 0.05
"""Seconds until a Ctrl-C that was dropped is sent again: by then whatever dropped it has mostly returned."""


class NotedInterrupt:
    """A handler of SIGINT as Python's own, which also keeps that there was one, and whether it was reported."""

    seen = False
    reported = False

    def __call__(self, _number: int, _frame: FrameType | None) -> NoReturn:
        self.seen = True
        raise KeyboardInterrupt

    def end_if_seen(self) -> None:
        """Raises KeyboardInterrupt once more, where the first one may have been lost."""
        if self.seen:
            raise KeyboardInterrupt


def _send_again() -> None:
    main = threading.main_thread().ident
    if main is not None and isinstance(signal.getsignal(signal.SIGINT), NotedInterrupt):  # the block may have ended
        signal.pthread_kill(main, signal.SIGINT)


def _unraisable(hook: Callable[[UnraisableHookArgs], object]) -> Callable[[UnraisableHookArgs], None]:
    """Python's hook for what can't be raised where it happened; what is no Ctrl-C goes to the one of before."""

    def dropped(args: UnraisableHookArgs) -> None:
        if not issubclass(args.exc_type, KeyboardInterrupt):
            hook(args)
            return
        again = threading.Timer(AGAIN_AFTER, _send_again)
        again.daemon = True
        again.start()

    return dropped


@contextmanager
def interrupts_noted() -> Iterator[NotedInterrupt]:
    """Notes Ctrl-C until the block ends; inside another such block it is that one's note.

    Nothing is noted where somebody else handles or ignores the signal, or outside the main thread.
    """
    before = signal.getsignal(signal.SIGINT)
    if isinstance(before, NotedInterrupt):
        yield before
        return
    note = NotedInterrupt()
    if before is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield note
        return
    hook = sys.unraisablehook
    sys.unraisablehook = _unraisable(hook)
    signal.signal(signal.SIGINT, note)
    try:
        yield note
    finally:
        sys.unraisablehook = hook
        if signal.getsignal(signal.SIGINT) is note:  # else the block has set one of its own, for longer than itself
            signal.signal(signal.SIGINT, before)
