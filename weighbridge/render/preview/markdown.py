"""The report as a pull-request comment: verdict and numbers first, what goes in the open, the rest by rank.

Everything that comes from the program or a spec is hostile: it is escaped, so that it can't break a table, mention
people or close a fold. A comment is made of whole rows, and of as many as fit; what is left out is counted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar
from urllib.parse import quote

from weighbridge.preview.changes import value_texts
from weighbridge.preview.result import (
    Change,
    Flag,
    LocatedViolation,
    Operation,
    PreviewResult,
    PreviewVerdict,
    QuotaLine,
)
from weighbridge.quota.ledger import LimitState
from weighbridge.render.markdown_text import MOST_CELL, code, escape, with_code
from weighbridge.render.preview.mermaid import picture
from weighbridge.render.preview.wording import (
    DESTRUCTIVE,
    DONE,
    SIGNS,
    advised,
    alerting_text,
    assumptions,
    base_lines,
    claimed_lines,
    committed_text,
    cost_rows,
    cost_summary,
    counted,
    counted_problems,
    counts_text,
    fits,
    nearest,
    nearest_text,
    nodes_text,
    not_known,
    over_text,
    short_type,
    was,
)
from weighbridge.units import usd

MOST_UNITS = 60_000
"""UTF-16 units of a comment; GitHub refuses 65,536."""

MOST_PROPERTIES = 10  # of one resource
MOST_LINES = 20  # of one message
_MOST_REASON = 200  # characters in the verdict, which is to be seen whole
_FOR_FLAGS = 0.6  # of a comment, before what goes is told by name alone
_ORDER = (PreviewVerdict.WRONG_SPEC, PreviewVerdict.COULD_NOT_JUDGE, PreviewVerdict.BLOCKED, PreviewVerdict.ADMITTED)

_Shown = TypeVar("_Shown")


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows that are made only as there is room for them: five million blockers would take a minute."""

    count: int
    made: Iterable[str] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows below a heading. Those of a lower `rank` get room first; the text shows parts in the order given."""

    rank: int
    head: Sequence[str]
    rows: _Rows
    tail: Sequence[str]
    what: str
    always: bool = field(default=False)  # whether it is kept whole


def _rows(make: Callable[[_Shown], str], of: Sequence[_Shown]) -> _Rows:
    return _Rows(len(of), map(make, of))


def render(result: PreviewResult, source: str = "") -> str:
    """A comment of at most `MOST_UNITS` in UTF-16. `source`: where the project's files are shown, to link to lines."""
    return _fitted(result.stack, [*_verdict(result), *_summary(result)], list(_parts(result, source)))


def render_all(results: Sequence[PreviewResult], source: str = "") -> str:
    """One comment about several stacks: a row for each, the worst first, then what blocks them; links as `render`."""
    ordered = sorted(results, key=lambda result: (_ORDER.index(result.verdict), result.stack))
    counts = [(verdict, sum(result.verdict is verdict for result in ordered)) for verdict in _ORDER]
    mark = "✅" if all(result.verdict is PreviewVerdict.ADMITTED for result in ordered) else "⛔"
    listed = ", ".join(f"{count} {verdict.value}" for verdict, count in counts if count)
    table = ("| stack | verdict | changes | blockers | nearest its limit | cost |", "|---|---|---|--:|---|---|")
    flags = [f"- {escape(result.stack)}: ⚠️ {with_code(flag.message)}" for result in ordered for flag in result.flags]
    names = [
        f"- {escape(result.stack)}: ⚠️ {code(flag.name)} {DONE[flag.operation]}"
        for result in ordered
        for flag in result.flags
    ]
    blocking = [(result, result.blocking) for result in ordered]
    blockers = _Rows(
        sum(len(found) for _, found in blocking),
        (f"- {escape(result.stack)}: {_violation(one, source)[2:]}" for result, found in blocking for one in found),
    )
    parts = [
        _kept_whole("**Goes or is replaced**", (flags, names)),
        _Part(1, ("", *table), _rows(lambda row: _stack_row(row[0], len(row[1])), blocking), (), "stacks"),
        _Part(2, ("", "**Blockers**", ""), blockers, (), "blockers"),
    ]
    head = [f"**{mark} {len(ordered)} stacks**: {listed}"]
    return _fitted("all stacks", head, [part for part in parts if part.rows.count])


def units(text: str) -> int:
    """Length as the API counts it."""
    return len(text.encode("utf-16-le")) // 2


def _fitted(key: str, head: Sequence[str], parts: Sequence[_Part]) -> str:
    """The text: for each part as many of its rows as there is room for, by rank."""
    left = MOST_UNITS - units("\n".join([_marker(key, truncated=True), *head, ""]))
    for part in parts:
        left -= units("\n".join([*part.head, *part.tail, *_rest(0, part.rows.count, part.what), ""])) + 2
    kept: dict[int, list[str]] = {}
    for index in sorted(range(len(parts)), key=lambda index: parts[index].rank):
        part, shown = parts[index], kept.setdefault(index, [])
        for row in part.rows.made:
            size = units(row) + 1
            if size > left and not part.always:
                break
            left -= size
            shown.append(row)
    truncated = any(len(shown) < parts[index].rows.count for index, shown in kept.items())
    lines = [_marker(key, truncated=truncated), *head]
    for index, part in enumerate(parts):
        lines += [*part.head, *kept[index], *_rest(len(kept[index]), part.rows.count, part.what), *part.tail]
    return "\n".join(lines) + "\n"


def _marker(key: str, *, truncated: bool) -> str:
    marker = json.dumps({"key": key, "truncated": truncated}).replace("-", "\\u002d")
    return f"<!-- weighbridge:v1 {marker} -->"


def _rest(kept: int, of: int, what: str) -> Iterable[str]:
    return ("", f"{kept} of {of} {what} shown; the JSON report has all.") if kept < of else ()


def _verdict(result: PreviewResult) -> Iterator[str]:
    stack = escape(result.stack)
    match result.verdict:
        case PreviewVerdict.ADMITTED:
            yield f"**✅ ADMITTED** {stack}: {fits(result)}{_advised(result)}"
        case PreviewVerdict.BLOCKED:
            yield f"**⛔ BLOCKED** {stack}: {counted(result)}{_advised(result)}"
        case PreviewVerdict.COULD_NOT_JUDGE:
            reason = result.failure.reason if result.failure else "no reason was given"
            short = reason if len(reason) <= _MOST_REASON else f"{reason[:_MOST_REASON]} …"
            yield f"**❓ COULD NOT JUDGE** {stack}: {escape(short)}"
        case PreviewVerdict.WRONG_SPEC:
            yield f"**⛔ WRONG SPEC** {stack}: {counted_problems(result)}, and nothing was run"


def _advised(result: PreviewResult) -> str:
    return f", and {advised(result)}" if result.advice else ""


def _summary(result: PreviewResult) -> Iterator[str]:
    """What a reader needs who stops here; every number that there is, in one line."""
    if result.verdict in (PreviewVerdict.COULD_NOT_JUDGE, PreviewVerdict.WRONG_SPEC) and not result.changes:
        return
    yield ""
    parts = [counts_text(result), f"{len(result.blocking) or 'no'} blocker{'s' if len(result.blocking) != 1 else ''}"]
    line = nearest(result)
    if line is not None:
        parts.append(escape(nearest_text(line)))
    parts.append(cost_summary(result))
    yield " · ".join(part for part in parts if part)


def _parts(result: PreviewResult, source: str) -> Iterator[_Part]:
    blocking, advice = result.blocking, result.advice
    unknown, located = (
        _rows(lambda line: f"- **not known:** {escape(line)}", [*_unknown(result)]),
        partial(_violation, source=source),
    )
    parts = (
        _flags(result.flags),
        _Part(2, ("",), unknown, (), "things not known"),
        _Part(1, _titled("Blockers", blocking), _rows(located, blocking), (), "blockers"),
        _Part(6, _titled("Advice", advice), _rows(located, advice), (), "pieces of advice"),
        _Part(3, ("", f"**Facts**{_since(result)}", ""), _rows(str, [*_facts(result)]), (), "facts"),
        _quota(result),
        _costs(result),
        *_changes(result),
        _Part(8, ("",), _rows(lambda note: f"- {escape(note)}", result.notes), (), "notes"),
    )
    yield from (part for part in parts if part.rows.count)


def _titled(title: str, found: Sequence[LocatedViolation]) -> Sequence[str]:
    return ("", f"**{title}** ({len(found)})", "")


def _unknown(result: PreviewResult) -> Iterator[str]:
    reason = result.failure.reason if result.failure is not None else ""
    if len(reason) > _MOST_REASON:
        yield reason
    yield from not_known(result)


def _since(result: PreviewResult) -> str:
    base = result.base
    return f" since {code(base.revision)}: {was(base)}" if base is not None else ""


def _violation(violation: LocatedViolation, source: str) -> str:
    first, *more = violation.message.splitlines() or [""]
    if len(more) > MOST_LINES:
        more = [*more[:MOST_LINES], f"and {len(more) - MOST_LINES} lines more"]
    location = violation.location
    where = f"{escape(location.file)}:{location.line}"
    if source:
        where = f"[{where}]({source}/{quote(location.file)}#L{location.line})"
    below = (f"  {'- ' if line.startswith('- ') else ''}{with_code(line.removeprefix('- '))}" for line in more)
    return "\n".join([f"- {code(violation.policy)} {where}: {with_code(first)}", *below])


def _flags(flags: Sequence[Flag]) -> _Part:
    return _kept_whole(
        "**Goes or is replaced**, and serves or trains",
        (
            [f"- ⚠️ {with_code(flag.message)}" for flag in flags],
            [f"- ⚠️ {code(flag.name[:MOST_CELL])} {DONE[flag.operation]}" for flag in flags],
        ),
    )


def _kept_whole(title: str, forms: Sequence[Sequence[str]]) -> _Part:
    """The longest of the forms that leaves room for the rest; of the shortest, whatever fits."""
    for rows in forms:
        if units("\n".join(rows)) <= MOST_UNITS * _FOR_FLAGS:
            return _Part(0, ("", title, ""), _rows(str, rows), (), "deletes and replacements", always=True)
    return _Part(0, ("", title, ""), _rows(str, forms[-1]), (), "deletes and replacements")


def _facts(result: PreviewResult) -> Iterator[str]:
    if result.base is not None:
        yield from (f"- {part}: {with_code(line)}" for part, line in base_lines(result, result.base) if part != "cost")
    yield from (f"- claimed, among the others: {escape(line)}" for line in claimed_lines(result))
    cost = result.cost
    if cost is None:
        return
    text = f"cost: {nodes_text(replace(cost, unpriced=tuple(map(escape, cost.unpriced))))}"
    if cost.budget is not None:
        text += f"; budget {usd(cost.budget)}"
        if cost.over_budget is not None:
            text += f", **exceeded by {over_text(cost)}**"
        elif cost.unpriced:
            text += ", **and nobody can tell that it is kept**"
    if cost.prices_of is not None:
        text += f"; prices of {cost.prices_of}"
    if cost.commitments:
        text += f"; {committed_text(cost)}"
    yield f"- {text}"
    if result.alerting is not None:
        yield f"- {alerting_text(result.alerting)}"


def _costs(result: PreviewResult) -> _Part:
    title = "cost by node pool, endpoint and pipeline, US dollars a month"
    head = (
        "",
        f"<details><summary>{title}</summary>",
        "",
        "| node pool | endpoint or pipeline | floor | expected | ceiling | price of |",
        "|---|---|--:|--:|--:|---|",
    )
    rows = [
        f"| {' | '.join(('', escape(row.name)) if row.inside else (escape(row.name), ''))} | {' | '.join(row.cells)} |"
        for row in cost_rows(result)
    ]
    notes = [f"- {with_code(line)}" for line in assumptions(result)]
    return _Part(5, head, _rows(str, rows), ("", *notes, *([""] if notes else []), "</details>"), "rows of the cost")


def _quota(result: PreviewResult) -> _Part:
    own = f"{escape(result.stack)} before → after" if result.compared else escape(result.stack)
    head = (
        "",
        f"| quota | {own} | others | outside | kept free | sum | limit | left |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    )
    return _Part(4, head, _rows(partial(_quota_row, result.stack), result.quota), (), "limits")


def _quota_row(stack: str, line: QuotaLine) -> str:
    row = line.row
    unbounded = row.state in (LimitState.UNLIMITED, LimitState.NOT_SET)
    own = f"{line.peak:,}" if line.before is None else f"{line.before.peak:,} → {line.peak:,}"
    if line.before is not None and line.more_meanwhile is not None:
        own = f"{line.before.peak:,} → {line.more_meanwhile:,} → {line.peak:,}"
    others = sum(use.peak for use in row.uses if use.stack != stack) + row.claimed_amount
    over = row.left is not None and row.left < 0
    left = "" if row.left is None else f"**{row.left:,}** ⛔" if over else f"{row.left:,}"
    limit = "none" if unbounded else f"{row.limit or 0:,}"
    return (
        f"| {escape(row.display)} | {own} | {others:,} | {row.outside_amount:,} | {row.kept_free:,} | {row.demand:,} "
        f"| {limit} | {left} |"
    )


def _changes(result: PreviewResult) -> Iterator[_Part]:
    listed = [change for change in result.changes if change.operation not in (Operation.SAME, Operation.READ)]
    urgent = [change for change in listed if change.operation in DESTRUCTIVE]
    rest = [change for change in listed if change.operation not in DESTRUCTIVE]
    title = f"**{len(urgent)} destructive change{'s' if len(urgent) != 1 else ''}**"
    yield _Part(2, ("", title, ""), _rows(_change, urgent), (), "destructive changes")
    if result.compared:
        drawn = picture(result.changes)
        yield _Part(5, (), _rows(str, ["\n".join(["", *drawn])] if drawn else []), (), "pictures")
    yield _folded(7, counts_text(replace(result, changes=(*rest, *_same(result.changes)))), rest, result)
    if result.base is not None and result.with_state:
        differing = [change for change in result.base.changes if change.operation is not Operation.SAME]
        title = f"the program since {escape(result.base.revision)}: {len(differing)} resources differ"
        yield _folded(7, title, differing, result)


def _same(changes: Sequence[Change]) -> Iterator[Change]:
    return (change for change in changes if change.operation is Operation.SAME)


def _folded(rank: int, summary: str, changes: Sequence[Change], result: PreviewResult) -> _Part:
    note = () if result.compared else ("No state was given to compare with, so everything is shown as new.", "")
    head = ("", f"<details><summary>{summary}</summary>", "", *note)
    return _Part(rank, head, _rows(_change, changes), ("", "</details>"), "changes")


def _change(change: Change) -> str:
    words = [f"- `{SIGNS[change.operation].strip() or '='}` {escape(change.name)} ({escape(short_type(change.type))})"]
    if change.note:
        words.append(f"; {escape(change.note)}")
    for changed in change.properties[:MOST_PROPERTIES]:
        effect = "" if changed.effect is Operation.UPDATE else f" ({changed.effect.value})"
        old, new = (escape(text[:MOST_CELL]) for text in value_texts(changed.old, changed.new))
        words.append(f"<br>{escape(changed.path)}: {old} → {new}{effect}")
    if len(change.properties) > MOST_PROPERTIES:
        words.append(f"<br>{len(change.properties) - MOST_PROPERTIES} more properties")
    return "".join(words)


def _stack_row(result: PreviewResult, blockers: int) -> str:
    line = nearest(result)
    cells = (
        escape(result.stack),
        result.verdict.value,
        counts_text(result),
        str(blockers),
        escape(nearest_text(line)) if line is not None else "",
        cost_summary(result),
    )
    return f"| {' | '.join(cells)} |"
