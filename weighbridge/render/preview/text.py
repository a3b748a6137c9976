"""The report for a terminal: the verdict and what it goes without, the fix beside each failure, then all the rest."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from weighbridge.preview.changes import value_texts
from weighbridge.preview.result import (
    Base,
    Change,
    LocatedViolation,
    Operation,
    PreviewResult,
    PreviewVerdict,
    QuotaLine,
)
from weighbridge.quota.cost import Cost
from weighbridge.quota.ledger import LimitState
from weighbridge.render.columns import Column, bar, table
from weighbridge.render.preview.wording import (
    DESTRUCTIVE,
    SIGNS,
    advised,
    alerting_text,
    assumptions,
    base_lines,
    claimed_lines,
    committed_text,
    cost_rows,
    counted,
    counted_problems,
    fits,
    nodes_text,
    not_known,
    over_text,
    short_type,
    was,
)
from weighbridge.render.style import BOLD, DIM, GREEN, RED, YELLOW, Style
from weighbridge.units import usd

MOST_CHANGES = 400  # lines; a terminal is no place for more
COLOURS = {
    Operation.CREATE: "32", Operation.UPDATE: "33", Operation.REPLACE: "31", Operation.MAY_REPLACE: "31",
    Operation.DELETE: "31",
}  # fmt: skip


def render(result: PreviewResult, style: Style = Style()) -> str:
    """The whole report, ending in a line break."""
    return style.spell("\n".join(_lines(result, style)) + "\n")


def render_in_short(result: PreviewResult, style: Style = Style()) -> str:
    """The verdict, what blocks, and the quota; no advice, no resources."""
    return style.spell("\n".join(_short_lines(result, style)) + "\n")


def render_verdict(result: PreviewResult, style: Style = Style()) -> str:
    """The verdict alone, for where the rest goes into files."""
    return style.spell("\n".join(_verdict(result, style)) + "\n")


def _short_lines(result: PreviewResult, style: Style) -> Iterator[str]:
    yield from _verdict(result, style)
    for violation in result.blocking:
        yield ""
        yield from _violation(violation, style)
    if result.quota:
        yield ""
        yield from _quota(result, style)


def _lines(result: PreviewResult, style: Style) -> Iterator[str]:
    yield from _verdict(result, style)
    for line in not_known(result):
        yield ""
        yield from _wrapped(f"{style.paint('NOT KNOWN', YELLOW)}  {line}", style)
    for violation in (*result.blocking, *result.advice):
        yield ""
        yield from _violation(violation, style)
    for flag in result.flags:
        yield ""
        mark = "DELETE" if flag.operation is Operation.DELETE else "REPLACEMENT"
        yield from _wrapped(f"{style.paint(mark, YELLOW)}  {flag.message}", style)
    parts = (
        _base(result, result.base, style) if result.base is not None else (),
        _quota(result, style) if result.quota else (),
        _pools(result, style) if result.pools else (),
        _cost(result, result.cost, style) if result.cost is not None else (),
        _changes(result, style) if result.changes else (),
        _notes(result, style) if result.notes else (),
    )
    for part in parts:
        for index, line in enumerate(part):
            yield from ("", line) if index == 0 else (line,)


def _notes(result: PreviewResult, style: Style) -> Iterator[str]:
    yield style.paint("Notes", BOLD)
    for note in result.notes:
        yield from _wrapped(f"  {note}", style)


def _verdict(result: PreviewResult, style: Style) -> Iterator[str]:
    stack = f"{result.stack} ({result.project}{', ' + result.region if result.region else ''})"
    match result.verdict:
        case PreviewVerdict.ADMITTED:
            yield f"{style.paint('ADMITTED', GREEN)}  {stack}: {fits(result)}"
        case PreviewVerdict.BLOCKED:
            yield f"{style.paint('BLOCKED', RED)}  {stack}: {counted(result)}"
        case PreviewVerdict.COULD_NOT_JUDGE:
            reason = result.failure.reason if result.failure else "no reason was given"
            end = "" if reason.endswith(("?", ".")) else "."
            yield from _wrapped(f"{style.paint('COULD NOT JUDGE', RED)}  {stack}: {reason}{end}", style)
            if result.failure and result.failure.detail:
                yield ""
                yield from (f"  {line}".rstrip() for line in result.failure.detail.splitlines())
        case PreviewVerdict.WRONG_SPEC:
            yield f"{style.paint('WRONG SPEC', RED)}  {result.stack}: {counted_problems(result)}, and nothing was run"
    if result.advice:
        yield f"  and {advised(result)}, which block{'s' if len(result.advice) == 1 else ''} nothing"


def _violation(violation: LocatedViolation, style: Style) -> Iterator[str]:
    location = f"{violation.location.file}:{violation.location.line}"
    mark = style.paint(violation.policy, RED if violation.level == "mandatory" else YELLOW)
    yield f"{mark}  {style.paint(location, DIM)}" + ("" if violation.level == "mandatory" else "  (advice)")
    for line in violation.message.splitlines():
        yield from _wrapped(f"  {line}", style, indent="    " if line.startswith("- ") else "  ")


def _base(result: PreviewResult, base: Base, style: Style) -> Iterator[str]:
    yield style.paint(f"Since {base.revision}", BOLD) + f"  {was(base)}"
    lines = [*base_lines(result, base)]
    size = max((len(part) for part, _ in lines), default=0)
    for part, line in lines:
        yield from _wrapped(f"  {part:{size}}  {line}", style, indent=" " * (size + 4))
    if not lines and base.existed:
        yield "  nothing differs in limits, cost, rollouts, what is watched, or alerts"


def _quota(result: PreviewResult, style: Style) -> Iterator[str]:
    yield style.paint("Quota", BOLD) + " at the peak of all stacks"
    columns = (
        Column("", right=False), Column(result.stack), Column("others"), Column("outside"), Column("free"),
        Column("sum"), Column("limit"), Column("", right=False, spare=True), Column("left"),
    )  # fmt: skip
    yield from table(
        columns, [_quota_cells(result.stack, line) for line in result.quota], style.width, whole=style.whole
    )
    for claimed in claimed_lines(result):
        yield from _wrapped(f"  claimed, among the others: {claimed}", style, indent="    ")
    for note in result.quota_notes:
        yield from _wrapped(f"  {note}", style, indent="    ")
    if result.quota_untouched:
        yield f"  {result.quota_untouched} more limits that {result.stack} does not draw on: weighbridge quota"


def _quota_cells(stack: str, line: QuotaLine) -> Sequence[str]:
    row = line.row
    own = f"{line.peak:,}"
    if line.before is not None and line.before.peak != line.peak:
        own = f"{line.before.peak:,} → {line.peak:,}"
    if line.before is not None and line.more_meanwhile is not None:
        own = f"{line.before.peak:,} → {line.more_meanwhile:,} → {line.peak:,}"
    others = sum(use.peak for use in row.uses if use.stack != stack) + row.claimed_amount
    unbounded = row.state in (LimitState.UNLIMITED, LimitState.NOT_SET)
    limit = "none" if unbounded else f"{row.limit or 0:,}"
    left = "" if row.left is None else f"{row.left:,}"
    filled = "" if unbounded else bar(row.demand, row.limit or 0)
    return (row.display, own, f"{others:,}", f"{row.outside_amount:,}", f"{row.kept_free:,}", f"{row.demand:,}", limit,
            filled, left)  # fmt: skip


def _pools(result: PreviewResult, style: Style) -> Iterator[str]:
    yield style.paint("Node pools", BOLD)
    columns = (
        Column("", right=False), Column("machine", right=False), Column("each node", right=False), Column("nodes"),
        Column("peak"), Column("", right=False),
    )  # fmt: skip
    rows = [
        (pool.name, pool.machine_type, pool.accelerators, f"{pool.least_nodes}–{pool.most_nodes}", f"{pool.peak_nodes}",
         pool.provisioning)
        for pool in result.pools
    ]  # fmt: skip
    yield from table(columns, rows, style.width, whole=style.whole)


def _cost(result: PreviewResult, cost: Cost, style: Style) -> Iterator[str]:
    text = nodes_text(cost)
    if cost.budget is not None:
        text += f"; the budget is {usd(cost.budget)}"
        if cost.over_budget is not None:
            text += f", which the most exceeds by {over_text(cost)}"
        elif cost.unpriced:
            text += ", and nobody can tell that it is kept"
    if cost.prices_of is not None:
        text += f"; prices of {cost.prices_of}"
    if cost.commitments:
        text += f"; {committed_text(cost)}"
    yield from _wrapped(f"{style.paint('Cost', BOLD)}  {text}", style, indent="      ")
    rows = [(f"  {row.name}" if row.inside else row.name, *row.cells) for row in cost_rows(result)]
    if rows:
        columns = (
            Column("", right=False), Column("floor"), Column("expected"), Column("ceiling"),
            Column("price of", spare=True),
        )  # fmt: skip
        yield from table(columns, rows, style.width, whole=style.whole)
        for line in assumptions(result):
            yield from _wrapped(f"      {line}", style, indent="      ")
    if result.alerting is not None:
        yield from _wrapped(f"      {alerting_text(result.alerting)}", style, indent="      ")


def _changes(result: PreviewResult, style: Style) -> Iterator[str]:
    counts = {operation: result.count(operation) for operation in Operation}
    same = counts.pop(Operation.SAME)
    summary = (
        ", ".join(f"{count} to {operation.value}" for operation, count in counts.items() if count) or "nothing to do"
    )
    since = f" since {result.since}" if result.since else ""
    stay = f"; {same} stay as they are" if same else ""
    yield from _wrapped(f"{style.paint(f'Changes{since}', BOLD)}  {summary}{stay}", style)
    if not result.compared:
        yield "  (everything is shown as new: see --base and --against)"
    yield from _listed(result.changes, style)
    if result.base is not None and result.with_state:
        differing = [change for change in result.base.changes if change.operation is not Operation.SAME]
        yield ""
        of = f"Of the program, since {result.base.revision}"
        yield style.paint(of, BOLD) + ("" if differing else "  nothing differs")
        yield from _listed(differing, style)


def _listed(changes: Sequence[Change], style: Style) -> Iterator[str]:
    listed = list(_tree([change for change in changes if change.operation is not Operation.SAME]))
    for change, depth in listed[:MOST_CHANGES]:
        yield from _change(change, depth, style)
    if len(listed) > MOST_CHANGES:
        yield f"  {MOST_CHANGES} of {len(listed)} shown; --format json has all"


def _tree(changes: Sequence[Change]) -> Iterator[tuple[Change, int]]:
    """What destroys comes first and alone; then each component with what is inside it."""
    urgent = [change for change in changes if change.operation in DESTRUCTIVE]
    yield from ((change, 0) for change in urgent)
    rest = {change.urn: change for change in changes if change.operation not in DESTRUCTIVE}
    inside: dict[str | None, list[Change]] = {}
    for change in rest.values():
        inside.setdefault(change.parent if change.parent in rest else None, []).append(change)

    def below(parent: str | None, depth: int) -> Iterator[tuple[Change, int]]:
        for change in sorted(inside.get(parent, ()), key=lambda child: (child.urn in inside, child.urn)):
            yield change, depth
            yield from below(change.urn, depth + 1)

    yield from below(None, 0)


def _change(change: Change, depth: int, style: Style) -> Iterator[str]:
    sign = style.paint(f"{SIGNS[change.operation]:<3}", COLOURS.get(change.operation, DIM))
    note = f"  ({change.note})" if change.note else ""
    indent, kind = "  " * depth, short_type(change.type)
    head, tail = f"  {sign} {indent}{change.name}", f"{style.paint(kind, DIM)}{note}"
    if len(f"  +   {indent}{change.name}  {kind}{note}") <= style.width:
        yield f"{head}  {tail}"
    else:  # a long name stands alone
        yield from (head, f"          {indent}{tail}")
    for changed in change.properties:
        effect = "" if changed.effect is Operation.UPDATE else f"  [{changed.effect.value}]"
        nodes = "  [recreates its nodes, by the upgrade strategy]" if changed.recreates_nodes else ""
        old, new = value_texts(changed.old, changed.new)
        yield from _wrapped(
            f"        {changed.path}: {old} → {new}{effect}{nodes}",
            style,
            indent="          ",
        )


def _wrapped(text: str, style: Style, indent: str = "  ") -> Iterable[str]:
    return textwrap.wrap(
        text, width=style.width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ) or [""]
