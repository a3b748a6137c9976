"""What windows of the past would have raised, for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from weighbridge.render.columns import Column, table
from weighbridge.signals.replayed import JudgedWindow, ReplayResult, SignalReplay
from weighbridge.units import counted

WIDTH = 80
MOST_OF_A_WINDOW = 6
"""Alerts of one window that are said one by one."""

_SIGNALS = (
    Column("signal", right=False),
    Column("threshold", right=False),
    Column("windows"),
    Column("highest"),
    Column("of", right=False),
    Column("window", right=False),
)


def render(result: ReplayResult) -> str:
    """How many windows would have raised an alert, which ones each, and how near each signal came to its threshold."""
    name = f"{result.config.pipeline} ({result.config.stage})"
    windows = f"{counted(len(result.windows), 'window')} of {result.folder}"
    unread = f"; {result.unread} could not be read" if result.unread else ""
    verdict = f"{name}: {result.raising} of the last {windows} would have raised an alert{unread}"
    lines = textwrap.wrap(verdict, WIDTH, subsequent_indent="  ", break_long_words=False)
    for window in result.windows:
        lines += _window(window)
    if result.signals:
        lines += ["", "Highest: the largest value that chance does not explain, - where there is none"]
        lines += table(_SIGNALS, [_row(signal) for signal in result.signals], WIDTH)
    return "\n".join(lines) + "\n"


def _window(window: JudgedWindow) -> Iterator[str]:
    replayed = window.replayed
    name = replayed.name or "the folder itself"
    if replayed.snapshot is None or replayed.snapshot.window is None:
        yield from textwrap.wrap(f"? {name}: {replayed.problem}", WIDTH, subsequent_indent="  ")
        return
    if not window.raised:
        yield f"  {name}: {counted(replayed.snapshot.window.rows, 'row')}"
        return
    yield f"! {name}: {counted(replayed.snapshot.window.rows, 'row')}"
    for breach in window.raised[:MOST_OF_A_WINDOW]:
        text = f"{breach.signal}: {breach.subject}: {breach.message}"
        yield from textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="      ")
    if len(window.raised) > MOST_OF_A_WINDOW:
        yield f"    and {len(window.raised) - MOST_OF_A_WINDOW} more"


def _row(signal: SignalReplay) -> tuple[str, ...]:
    highest = "-" if signal.highest is None else f"{signal.highest:.3f}"
    if signal.highest is not None and signal.signal.row.unit == "share":
        highest = f"{signal.highest:.1%}"
    return (
        signal.signal.row.id,
        signal.threshold or "-",
        str(signal.windows),
        highest,
        signal.subject or "-",
        signal.window or "-",
    )
