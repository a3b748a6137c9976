"""The report as a pull-request comment: the verdict first, destructive changes in the open, the rest folded.

Everything that comes from the program or a spec is hostile: it is escaped, so that it can't break a table, mention
people or close a fold.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from weighbridge.preview.changes import value_text
from weighbridge.preview.result import Change, Operation, PreviewResult, PreviewVerdict, QuotaLine
from weighbridge.quota.ledger import LimitState
from weighbridge.render.markdown_text import MOST_CELL, escape
from weighbridge.render.preview.wording import (
    DESTRUCTIVE,
    SIGNS,
    advised,
    alerting_text,
    counted,
    fits,
    nodes_text,
    not_known,
    over_text,
    short_type,
)
from weighbridge.units import usd

MOST_UNITS = 60_000
"""UTF-16 units of a comment; GitHub refuses 65,536."""


def render(result: PreviewResult) -> str:
    """A comment of at most `MOST_UNITS`: whole rows are left out, and counted, where it would be longer."""
    for most_rows in (2000, 400, 100, 25, 5):
        text, truncated = _render(result, most_rows)
        if units(text) <= MOST_UNITS:
            return text
    text, truncated = _render(result, 0)
    return text if units(text) <= MOST_UNITS else f"{text[: MOST_UNITS // 3]}\n\n… cut: {truncated} rows left out\n"


def units(text: str) -> int:
    """Length as the API counts it."""
    return len(text.encode("utf-16-le")) // 2


class _Rows:
    """Counts what is left out."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.left_out = 0

    def cut(self, rows: Sequence[str]) -> list[str]:
        self.left_out += max(0, len(rows) - self.most)
        return list(rows[: self.most])


def _render(result: PreviewResult, most_rows: int) -> tuple[str, int]:
    rows = _Rows(most_rows)
    parts = [
        *_verdict(result),
        *_not_known(result, rows),
        *_violations(result, rows),
        *_flags(result, rows),
        *_quota(result, rows),
    ]
    parts += [*_cost(result), *_changes(result, rows), *_notes(result, rows)]
    marker = json.dumps({"key": result.stack, "truncated": bool(rows.left_out)}).replace("-", "\\u002d")
    return "\n".join([f"<!-- weighbridge:v1 {marker} -->", *parts]) + "\n", rows.left_out


def _verdict(result: PreviewResult) -> Iterable[str]:
    stack = escape(result.stack)
    match result.verdict:
        case PreviewVerdict.ADMITTED:
            yield f"**✅ ADMITTED** {stack}: {fits(result)}{_advised(result)}"
        case PreviewVerdict.BLOCKED:
            yield f"**⛔ BLOCKED** {stack}: {counted(result)}{_advised(result)}"
        case PreviewVerdict.COULD_NOT_JUDGE:
            reason = escape(result.failure.reason) if result.failure else "no reason was given"
            yield f"**❓ COULD NOT JUDGE** {stack}: {reason}"


def _advised(result: PreviewResult) -> str:
    return f", and {advised(result)}" if result.advice else ""


def _not_known(result: PreviewResult, rows: _Rows) -> Iterable[str]:
    listed = [f"- **not known:** {escape(line)}" for line in not_known(result)]
    if listed:
        kept = rows.cut(listed)
        yield ""
        yield from kept
        yield from _rest(len(kept), len(listed), "things that are not known")


def _violations(result: PreviewResult, rows: _Rows) -> Iterable[str]:
    listed = [
        f"- `{violation.policy}`{'' if violation.level == 'mandatory' else ' (advice)'} "
        f"{escape(violation.location.file)}:{violation.location.line}: {_message(violation.message)}"
        for violation in (*result.blocking, *result.advice)
    ]
    if listed:
        kept = rows.cut(listed)
        yield ""
        yield from kept
        yield from _rest(len(kept), len(listed), "violations")


def _message(text: str) -> str:
    """What is wrong, its points below it as a list of their own."""
    first, *more = text.splitlines() or [""]
    return "\n".join(
        [
            escape(first),
            *(f"  {'- ' if line.startswith('- ') else ''}{escape(line.removeprefix('- '))}" for line in more),
        ]
    )


def _flags(result: PreviewResult, rows: _Rows) -> Iterable[str]:
    listed = [f"- ⚠️ {escape(flag.message)}" for flag in result.flags]
    if listed:
        kept = rows.cut(listed)
        yield ""
        yield from kept
        yield from _rest(len(kept), len(listed), "deletes and replacements")


def _quota(result: PreviewResult, rows: _Rows) -> Iterable[str]:
    if not result.quota:
        return
    yield ""
    own = f"{escape(result.stack)} before → after" if result.compared else escape(result.stack)
    yield f"| quota | {own} | others | outside | kept free | sum | limit | left |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    listed = [_quota_row(result.stack, line) for line in result.quota]
    kept = rows.cut(listed)
    yield from kept
    yield from _rest(len(kept), len(listed), "limits")


def _quota_row(stack: str, line: QuotaLine) -> str:
    row = line.row
    unbounded = row.state in (LimitState.UNLIMITED, LimitState.NOT_SET)
    own = f"{line.peak:,}" if line.before is None else f"{line.before.peak:,} → {line.peak:,}"
    if line.before is not None and line.more_meanwhile is not None:
        own = f"{line.before.peak:,} → {line.more_meanwhile:,} → {line.peak:,}"
    others = sum(use.peak for use in row.uses if use.stack != stack)
    over = row.left is not None and row.left < 0
    left = "" if row.left is None else f"**{row.left:,}** ⛔" if over else f"{row.left:,}"
    limit = "none" if unbounded else f"{row.limit or 0:,}"
    return (
        f"| {escape(row.display)} | {own} | {others:,} | {row.outside_amount:,} | {row.kept_free:,} | {row.demand:,} "
        f"| {limit} | {left} |"
    )


def _cost(result: PreviewResult) -> Iterable[str]:
    cost = result.cost
    if cost is None:
        return
    text = f"**Cost** {nodes_text(replace(cost, unpriced=tuple(map(escape, cost.unpriced))))}"
    if cost.budget is not None:
        text += f"; budget {usd(cost.budget)}"
        if cost.over_budget is not None:
            text += f", **exceeded by {over_text(cost)}**"
        elif cost.unpriced:
            text += ", **and nobody can tell that it is kept**"
    if cost.prices_of is not None:
        text += f"; prices of {cost.prices_of}"
    if result.alerting is not None:
        text += f". {alerting_text(result.alerting)}"
    yield ""
    yield text


def _changes(result: PreviewResult, rows: _Rows) -> Iterable[str]:
    listed = [change for change in result.changes if change.operation not in (Operation.SAME, Operation.READ)]
    urgent = [change for change in listed if change.operation in DESTRUCTIVE]
    rest = [change for change in listed if change.operation not in DESTRUCTIVE]
    if urgent:
        yield ""
        yield f"**{len(urgent)} destructive change{'s' if len(urgent) != 1 else ''}**"
        yield ""
        kept = rows.cut([_change(change) for change in urgent])
        yield from kept
        yield from _rest(len(kept), len(urgent), "destructive changes")
    if rest:
        counts = {operation: result.count(operation) for operation in (Operation.CREATE, Operation.UPDATE)}
        summary = ", ".join(f"{count} to {operation.value}" for operation, count in counts.items() if count)
        same = result.count(Operation.SAME)
        yield ""
        yield f"<details><summary>{summary}{f'; {same} unchanged' if same else ''}</summary>"
        yield ""
        if not result.compared:
            yield "No state was given to compare with, so everything is shown as new."
            yield ""
        kept = rows.cut([_change(change) for change in rest])
        yield from kept
        yield from _rest(len(kept), len(rest), "changes")
        yield ""
        yield "</details>"


def _change(change: Change) -> str:
    words = [f"- `{SIGNS[change.operation].strip() or '='}` {escape(change.name)} ({escape(short_type(change.type))})"]
    if change.note:
        words.append(f"; {escape(change.note)}")
    for changed in change.properties[:10]:
        effect = "" if changed.effect is Operation.UPDATE else f" ({changed.effect.value})"
        old, new = escape(value_text(changed.old)[:MOST_CELL]), escape(value_text(changed.new)[:MOST_CELL])
        words.append(f"<br>{escape(changed.path)}: {old} → {new}{effect}")
    if len(change.properties) > 10:  # noqa: PLR2004 - as above
        words.append(f"<br>{len(change.properties) - 10} more properties")
    return "".join(words)


def _notes(result: PreviewResult, rows: _Rows) -> Iterable[str]:
    if result.notes:
        yield ""
        yield from rows.cut([f"- {escape(note)}" for note in result.notes])


def _rest(kept: int, of: int, what: str) -> Iterable[str]:
    if kept < of:
        yield ""
        yield f"{kept} of {of} {what} shown; the JSON report has all."
