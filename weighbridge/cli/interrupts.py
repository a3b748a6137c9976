"""Ctrl-C, remembered: what it raises can get lost on its way up.

While modules are imported, and inside pydantic, a KeyboardInterrupt is dropped or becomes another error (a SchemaError,
a RuntimeError, a value that is no region): what a command would say then is not about the spec.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn


class NotedInterrupt:
    """A handler of SIGINT as Python's own, which also keeps that there was one."""

    seen = False

    def __call__(self, _number: int, _frame: FrameType | None) -> NoReturn:
        self.seen = True
        raise KeyboardInterrupt

    def end_if_seen(self) -> None:
        """Raises KeyboardInterrupt once more, where the first one may have been lost."""
        if self.seen:
            raise KeyboardInterrupt


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
    signal.signal(signal.SIGINT, note)
    try:
        yield note
    finally:
        if signal.getsignal(signal.SIGINT) is note:  # else the block has set one of its own, for longer than itself
            signal.signal(signal.SIGINT, before)
