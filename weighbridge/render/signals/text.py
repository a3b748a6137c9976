"""What is watched, what the alerts' tests gave, and what their expressions lack, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap

from weighbridge.render.columns import Column, table
from weighbridge.render.style import BOLD, GREEN, RED, Style
from weighbridge.signals.coverage import Cell
from weighbridge.signals.promtool import TestVerdict

MOST_SAID = 20
"""Lines of promtool's own words for one signal."""


def matrix(stack: str, cells: Sequence[Cell], style: Style = Style()) -> str:
    """The coverage matrix: blind spots with what to say in the spec, then exemptions, then what watches what."""
    return _text(_matrix(stack, cells, style), style)


def verdicts(stack: str, untestable: Sequence[str], found: Sequence[TestVerdict], style: Style = Style()) -> str:
    """One line a signal with its cases; those that failed first, with promtool's words."""
    return _text(_verdicts(stack, untestable, found, style), style)


def lint(stack: str, count: int, found: Sequence[tuple[str, str]]) -> str:
    """What is wrong, a line each; `count` conditions were looked at."""
    if not found:
        return f"{stack}: all {count} conditions are good\n"
    lines = [f"{stack}: {len(found)} finding{'s' if len(found) != 1 else ''} in {count} conditions", ""]
    return "\n".join([*lines, *(f"  {key}: {message}" for key, message in found)]) + "\n"


def _matrix(stack: str, cells: Sequence[Cell], style: Style) -> Iterator[str]:
    required = [cell for cell in cells if cell.required]
    blind = [cell for cell in required if cell.blind]
    if blind:
        owed = f"{len(blind)} of {len(required)} required signals of {stack}"
        yield f"{style.paint('BLIND', RED)}  {owed} are not watched"
    else:
        yield f"{style.paint('WATCHED', GREEN)}  all {len(required)} required signals of {stack}, exempt ones included"
    yield from _blind(blind, style)
    advised = [cell for cell in cells if cell.blind and not cell.required]
    if advised:
        yield from ("", style.paint("Advice: what could be watched too", BOLD))
        yield from _blind(advised, style)
    exempt = [cell for cell in cells if cell.exempt is not None and not cell.watched_by]
    if exempt:
        yield from ("", style.paint("Exempt", BOLD))
        for cell in exempt:
            if cell.exempt is not None:
                who = f"{cell.subject.name} {cell.name} until {cell.exempt.until}, {cell.exempt.owner}"
                yield from _wrapped(f"{who}: {cell.exempt.reason}", style, "  ", "      ")
    for (name, kind), of_subject in groupby(cells, key=lambda cell: (cell.subject.name, cell.subject.kind)):
        seen = [cell for cell in of_subject if cell.watched_by]
        if seen:
            yield from ("", f"{style.paint(name, BOLD)} ({kind})")
            size = max(len(cell.name) for cell in seen)
            for cell in seen:
                ids = ", ".join(dict.fromkeys(signal.row.id for signal in cell.watched_by))
                yield from _wrapped(f"{cell.name:{size}}  {ids}", style, "  ", " " * (size + 4))


def _blind(cells: Sequence[Cell], style: Style) -> Iterator[str]:
    for (part, why), group in _by_reason(cells).items():
        yield ""
        yield from _wrapped(f"{part}: {why}", style, "  ", "    ")
        yield from _wrapped(f"blind: {', '.join(group)}", style, "    ", "           ")


def _by_reason(cells: Sequence[Cell]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for cell in cells:
        found.setdefault((".".join(cell.subject.part), cell.blind), []).append(cell.name)
    return found


def _verdicts(stack: str, untestable: Sequence[str], found: Sequence[TestVerdict], style: Style) -> Iterator[str]:
    count, failed = sum(verdict.file.count for verdict in found), sum(map(_failed, found))
    by_signal: dict[str, list[TestVerdict]] = {}
    for verdict in found:
        by_signal.setdefault(verdict.file.of.signal.key, []).append(verdict)
    if failed:
        yield f"{style.paint('FAILED', RED)}  {failed} of {count} cases of {stack}, {len(by_signal)} signals"
    else:
        yield f"{style.paint('PASSED', GREEN)}  {count} cases of {stack}, {len(by_signal)} signals"
    for key, of_signal in by_signal.items():
        bad = [verdict for verdict in of_signal if not verdict.passed]
        if bad:
            yield from ("", f"  {key}")
            lines = [line for verdict in bad for line in (verdict.file.path.name, *verdict.output.splitlines())]
            yield from (f"    {line}" for line in lines[:MOST_SAID])
            if len(lines) > MOST_SAID:
                yield f"    and {len(lines) - MOST_SAID} lines more; keep the files with --keep"
    yield ""
    rows = [
        (key, str(sum(verdict.file.count for verdict in of_signal)), str(sum(map(_failed, of_signal)) or ""))
        for key, of_signal in by_signal.items()
    ]
    yield from table(
        (Column("signal", right=False), Column("cases"), Column("failed")), rows, style.width, whole=style.whole
    )
    for key in untestable:
        yield f"  {key}: a threshold condition, which promtool can't test"


def _failed(verdict: TestVerdict) -> int:
    """How many cases of a file failed; all of them where promtool couldn't run it."""
    return 0 if verdict.passed else len(verdict.failures) or verdict.file.count


def _wrapped(text: str, style: Style, first: str, later: str) -> list[str]:
    return wrap(text, style.width, initial_indent=first, subsequent_indent=later, break_on_hyphens=False)


def _text(lines: Iterator[str], style: Style) -> str:
    return style.spell("\n".join(lines) + "\n")
