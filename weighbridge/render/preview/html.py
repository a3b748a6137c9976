"""The report as one page, in which a picture says what stands in words or numbers beside it, and never more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from weighbridge.dashboards.plausible import plausible
from weighbridge.preview.changes import value_texts
from weighbridge.preview.result import (
    Change,
    CoverageCell,
    LocatedViolation,
    Operation,
    PreviewResult,
    PreviewVerdict,
    QuotaLine,
    RolloutView,
)
from weighbridge.render.dashboard.chart_svg import chart_svg, labelled
from weighbridge.render.html_page import escaped, page, table, worded
from weighbridge.render.preview.architecture_svg import picture
from weighbridge.render.preview.quota_bars import DEFS, bar, legend
from weighbridge.render.preview.wording import (
    DESTRUCTIVE,
    advised,
    alerting_text,
    assumptions,
    base_lines,
    committed_text,
    cost_summary,
    counted,
    counted_problems,
    counts_text,
    fill_text,
    fits,
    nearest,
    nodes_text,
    not_known,
    over_text,
    shares_text,
    short_type,
    was,
)
from weighbridge.rules.shared_quota import claim_words
from weighbridge.units import percent, usd

CHART_WIDE, CHART_HIGH = 350, 210
"""Of a chart, in its own pixels: on a phone one, on paper and a screen as many as fit beside one another."""

_LOOKS = {
    PreviewVerdict.ADMITTED: ("", "✔ Admitted"),
    PreviewVerdict.BLOCKED: ("bad", "✘ Blocked"),
    PreviewVerdict.COULD_NOT_JUDGE: ("open", "? Could not judge"),
    PreviewVerdict.WRONG_SPEC: ("bad", "✘ Wrong spec"),
}
_CELLS = {
    "watched": ("●", "watched"),
    "exempt": ("◐", "exempt"),
    "blind": ("○", "BLIND"),
    "could be watched": ("·", "could be"),
}
_PLACES = {"done": "✔ done", "now": "▶ now", "next": "next", "later": "later"}


def render(result: PreviewResult) -> str:
    """The whole page."""
    title = f"{result.stack}: {result.verdict.value}"
    return page(title, _head(result), (line for part in _sections(result) for line in part))


def _sections(result: PreviewResult) -> Iterator[Iterator[str]]:
    parts = (
        (result.flags, _flags(result)),
        (result.blocking, _findings(result, "Blockers", result.blocking)),
        (result.base, _base(result)),
        (result.quota, _quota(result)),
        (result.cost, _cost(result)),
        (result.rollouts or result.pipelines, _architecture(result)),
        (result.rollouts, _rollouts(result.rollouts)),
        (result.coverage, _coverage(result.coverage)),
        (result.dashboards, _dashboards(result)),
        (result.advice, _findings(result, "Advice, which blocks nothing", result.advice)),
        (result.changes, _changes(result)),
        (result.notes, _notes(result)),
    )
    yield from (lines for found, lines in parts if found)


def _head(result: PreviewResult) -> Iterator[str]:
    look, word = _LOOKS[result.verdict]
    at = f"{result.at:%Y-%m-%d %H:%M} UTC"
    place = ", ".join(part for part in (result.project, result.region, result.owner) if part)
    kind = "production" if result.production else "not production"
    yield f"<header><h1>Stack {escaped(result.stack)}</h1>"
    yield f'<p class="muted">{escaped(place)}{"; " if place else ""}{kind}; judged at {at}, offline</p>'
    yield f'<p class="verdict {look}"><strong>{word}</strong>: {escaped(_why(result))}</p>'
    if result.failure is not None and result.failure.detail:
        yield f'<div class="finding bad"><p>{escaped(result.failure.detail)}</p></div>'
    for line in not_known(result):
        yield f'<div class="finding"><p><strong>Not known:</strong> {worded(line)}</p></div>'
    yield '<ul class="tiles">'
    fullest = nearest(result)
    full = f"{fullest.row.display}, {fill_text(fullest)}" if fullest is not None else ""
    tiles = (
        ("Changes", counts_text(result) if result.changes else ""),
        ("Blockers", f"{len(result.blocking) or 'none'}"),
        ("Quota nearest its limit", full),
        ("Money", cost_summary(result).removeprefix("cost ")),
    )
    yield from (f"<li><b>{title}</b>{escaped(text)}</li>" for title, text in tiles if text)
    yield "</ul></header>"


def _why(result: PreviewResult) -> str:
    match result.verdict:
        case PreviewVerdict.ADMITTED:
            text = fits(result)
        case PreviewVerdict.BLOCKED:
            text = counted(result)
        case PreviewVerdict.WRONG_SPEC:
            return f"{counted_problems(result)}, and nothing was run"
        case PreviewVerdict.COULD_NOT_JUDGE:
            return result.failure.reason if result.failure else "no reason was given"
    return f"{text}, and {advised(result)}" if result.advice else text


def _flags(result: PreviewResult) -> Iterator[str]:
    yield "<section><h2>Goes or is replaced, and serves or trains</h2>"
    for flag in result.flags:
        yield f'<div class="finding bad"><p>⚠ {worded(flag.message)}</p></div>'
    yield "</section>"


def _findings(result: PreviewResult, title: str, found: Sequence[LocatedViolation]) -> Iterator[str]:
    rules = {rule.name: rule for rule in result.rules}
    yield f"<section><h2>{title} ({len(found)})</h2>"
    for violation in found:
        rule = rules.get(violation.policy)
        look = "finding bad" if violation.level == "mandatory" else "finding"
        where = f"<code>{escaped(violation.location.file)}:{violation.location.line}</code>"
        yield f'<div class="{look}"><strong>{_link(violation.policy, rule.help_uri if rule else "")}</strong> {where}'
        yield f"<p>{worded(violation.message)}</p>"
        if rule is not None and rule.remediation:
            yield f'<p class="muted">Fix: {worded(rule.remediation)}</p>'
        yield "</div>"
    yield "</section>"


def _base(result: PreviewResult) -> Iterator[str]:
    base = result.base
    if base is None:
        return
    yield f"<section><h2>Since {escaped(base.revision)}</h2><p>{escaped(was(base).capitalize())}.</p><ul>"
    lines = [*base_lines(result, base)]
    yield from (f"<li><strong>{part}</strong> {worded(line)}</li>" for part, line in lines)
    if not lines and base.existed:
        yield "<li>nothing differs in limits, cost, rollouts, what is watched, or alerts</li>"
    yield "</ul></section>"


def _quota(result: PreviewResult) -> Iterator[str]:
    yield f'<section><h2>Quota at the peak of all stacks</h2>{DEFS}<ul class="legend">'
    yield from (
        f"<li>{picture}{escaped(words)}</li>" for picture, words in legend(result.stack, compared=result.compared)
    )
    yield "</ul>"
    for index, line in enumerate(result.quota):
        row = line.row
        yield f"<h3>{escaped(row.display)}: {fill_text(line)}</h3>"
        if row.left is not None and row.limit:
            yield '<div class="bars">'
            if line.before is not None:
                yield f'<span class="before">before</span>{bar(result.stack, line, index, before=True)}'
            word = "after" if line.before is not None else "now"
            yield f"<span>{word}</span>{bar(result.stack, line, index, before=False)}</div>"
        yield f'<p class="muted">{escaped(_parts(result.stack, line))}</p>'
    yield from (f'<p class="muted">{escaped(note)}.</p>' for note in result.quota_notes)
    if result.quota_untouched:
        yield f'<p class="muted">{result.quota_untouched} more limits that this stack does not draw on.</p>'
    yield from _quota_table(result)
    yield "</section>"


def _parts(stack: str, line: QuotaLine) -> str:
    row = line.row
    parts = [f"{stack} {_own(line)}", *(f"{use.stack} {use.peak:,}" for use in row.uses if use.stack != stack)]
    parts += [f"{claim_words(use)} {use.amount:,} (claimed)" for use in row.claimed]
    parts += [f"{use.what} {use.amount:,} (outside)" for use in row.outside]
    return " · ".join([*parts, f"kept free {row.kept_free:,}"])


def _own(line: QuotaLine) -> str:
    """Before, at most meanwhile, and after; one number where nothing changes."""
    before = line.before.peak if line.before is not None else line.peak
    amounts = [before, *([line.more_meanwhile] if line.more_meanwhile is not None else []), line.peak]
    return " → ".join(f"{amount:,}" for amount in amounts) if len(set(amounts)) > 1 else f"{line.peak:,}"


def _quota_table(result: PreviewResult) -> Iterator[str]:
    titles = ("limit of", result.stack, "others", "outside", "kept free", "sum", "limit", "left")
    rows = []
    for line in result.quota:
        row = line.row
        others = sum(use.peak for use in row.uses if use.stack != result.stack) + row.claimed_amount
        limit, left = ("none", "") if row.left is None else (f"{row.limit or 0:,}", f"{row.left:,}")
        amounts = (f"{others:,}", f"{row.outside_amount:,}", f"{row.kept_free:,}", f"{row.demand:,}")
        rows.append((row.display, _own(line), *amounts, limit, left))
    yield from table("Quota in numbers", titles, rows, numbers=range(1, 8))


def _cost(result: PreviewResult) -> Iterator[str]:
    cost = result.cost
    if cost is None:
        return
    text = nodes_text(cost)
    if cost.budget is not None:
        over = f", exceeded by {over_text(cost)}" if cost.over_budget is not None else ""
        unknown = ", and nobody can tell that it is kept" if not over and cost.unpriced else ""
        text += f"; the budget is {usd(cost.budget)}{over}{unknown}"
    if cost.commitments:
        text += f"; {committed_text(cost)}"
    yield f"<section><h2>Cost of the node pools</h2><p>{escaped(text)}.</p>"
    if result.alerting is not None:
        yield f"<p>{escaped(alerting_text(result.alerting))}.</p>"
    titles = ("pool", "machine", "each node", "provisioning", "nodes", "floor", "expected", "ceiling", "price of")
    rows = []
    for pool in result.pools:
        money = _money(pool.least_monthly, pool.expected_monthly, pool.most_monthly)
        nodes = f"{pool.least_nodes}–{pool.most_nodes}"
        machine = (pool.name, pool.machine_type, pool.accelerators, pool.provisioning)
        rows.append((*machine, nodes, *money, f"{pool.priced_on or ''}"))
    yield from table("US dollars a month (730 hours), by the autoscaler's bounds", titles, rows, numbers=range(4, 8))
    shares = [
        (
            *(share.name, share.kind, share.node_pool),
            *_money(share.least_monthly, share.expected_monthly, share.most_monthly),
            f"{share.priced_on or ''}",
        )
        for share in result.cost_shares
    ]
    if shares:
        of_shares = ("name", "what", "node pool", "floor", "expected", "ceiling", "price of")
        yield from table("What each endpoint and pipeline takes of its pool", of_shares, shares, numbers=range(3, 6))
    yield from (f'<p class="muted">{worded(line[:1].upper() + line[1:])}.</p>' for line in assumptions(result))
    yield '<p class="muted">Disks, network, licences and the cluster\'s own fee are not in it.</p></section>'


def _money(*amounts: Decimal | None) -> tuple[str, ...]:
    """Floor, expected, ceiling; where the outer ones are known, the one between may be unknown alone."""
    if amounts[0] is None:
        return ("no price",) * len(amounts)
    return tuple("" if amount is None else usd(amount) for amount in amounts)


def _architecture(result: PreviewResult) -> Iterator[str]:
    drawn = picture(result)
    if drawn:
        yield "<section><h2>What serves and trains, and on what</h2>"
        yield f'<div class="box" tabindex="0" role="region" aria-label="Picture of the architecture">{drawn}</div>'
        yield "</section>"


def _dashboards(result: PreviewResult) -> Iterator[str]:
    curves = plausible(result.dashboards, result.at.replace(second=0, microsecond=0))
    yield "<section><h2>Dashboards as they will look</h2>"
    yield "<p>Titles, units and thresholds are real. <strong>The curves are made up</strong>: nobody was asked.</p>"
    for plan in result.dashboards:
        yield f"<details><summary>{escaped(plan.display_name)} ({len(plan.charts)} charts)</summary>"
        yield '<div class="charts">'
        for chart in plan.charts:
            size = f'viewBox="0 0 {CHART_WIDE} {CHART_HIGH}"'
            yield f'<svg role="img" {size} aria-label={labelled(chart)}>'
            yield from chart_svg(chart, CHART_WIDE, CHART_HIGH, curves)
            yield "</svg>"
        yield "</div></details>"
    yield "</section>"


def _rollouts(views: Sequence[RolloutView]) -> Iterator[str]:
    yield "<section><h2>Rollouts</h2>"
    for view in views:
        yield f"<h3>{escaped(view.endpoint)}: {escaped(shares_text(view))}</h3>"
        if not view.candidate:
            yield '<p class="muted">No rollout is going on.</p>'
            continue
        yield f'<p>{escaped(view.then.capitalize())}.</p><ol class="steps">'
        for step in view.steps:
            began = f"<br>began {step.began:%Y-%m-%d %H:%M}" if step.began is not None else ""
            by = f"<br>approved by {escaped(', '.join(step.approved_by))}" if step.approved_by else "<br>no approval"
            reason = f"<br>{escaped(step.reason)}" if step.reason else ""
            yield f'<li class="{step.place}"><b>{percent(step.weight)}</b> {_PLACES[step.place]}'
            yield f"{began}{by}{reason}</li>"
        yield "</ol>"
        if view.blocks:
            yield f"<p>Before that:</p><ul>{''.join(f'<li>{worded(line)}</li>' for line in view.blocks)}</ul>"
    yield "</section>"


def _coverage(cells: Sequence[CoverageCell]) -> Iterator[str]:
    blind = [cell for cell in cells if cell.state == "blind"]
    yield f"<section><h2>What is watched ({len(blind)} blind spot{'s' if len(blind) != 1 else ''})</h2>"
    by_kind: dict[str, list[CoverageCell]] = {}
    for cell in cells:
        by_kind.setdefault(cell.kind, []).append(cell)
    for kind, of_kind in by_kind.items():
        subjects = list(dict.fromkeys(cell.subject for cell in of_kind))
        found = {(cell.name, cell.subject): cell for cell in of_kind}
        rows = []
        for name in dict.fromkeys(cell.name for cell in of_kind):
            shown = [found.get((name, subject)) for subject in subjects]
            rows.append((name, *(" ".join(_CELLS[cell.state]) if cell is not None else "not needed" for cell in shown)))
        yield from table(f"Signals of {kind}", ("signal", *subjects), rows)
    if blind:
        yield "<h3>Blind spots, and what the spec would have to say</h3><ul>"
        yield from (f"<li>{escaped(cell.subject)}, {escaped(cell.name)}: {worded(cell.why)}</li>" for cell in blind)
        yield "</ul>"
    exempt = [cell for cell in cells if cell.state == "exempt"]
    if exempt:
        yield "<h3>Exempt</h3><ul>"
        yield from (f"<li>{escaped(cell.subject)}, {escaped(cell.name)}: {worded(cell.why)}</li>" for cell in exempt)
        yield "</ul>"
    yield "</section>"


def _changes(result: PreviewResult) -> Iterator[str]:
    listed = [change for change in result.changes if change.operation not in (Operation.SAME, Operation.READ)]
    since = f" since {result.since}" if result.since else ""
    yield f"<section><h2>Changes{escaped(since)}</h2><p>{counts_text(result)}.</p>"
    if not result.compared:
        yield "<p>Nothing was given to compare with, so everything is shown as new.</p>"
    for operation in Operation:
        of_it = [change for change in listed if change.operation is operation]
        if of_it:
            is_open = " open" if operation in DESTRUCTIVE or (result.compared and operation is Operation.UPDATE) else ""
            yield f"<details{is_open}><summary>{len(of_it)} to {operation.value}</summary>"
            rows = [(change.name, short_type(change.type), "\n".join(_properties(change))) for change in of_it]
            yield from table(f"To {operation.value}", ("resource", "type", "what changes"), rows, wide=2)
            yield "</details>"
    yield "</section>"


def _properties(change: Change) -> Iterator[str]:
    if change.note:
        yield change.note
    for changed in change.properties:
        old, new = value_texts(changed.old, changed.new)
        effect = "" if changed.effect is Operation.UPDATE else f" ({changed.effect.value})"
        nodes = " (recreates its nodes)" if changed.recreates_nodes else ""
        yield f"{changed.path}: {old} → {new}{effect}{nodes}"


def _notes(result: PreviewResult) -> Iterator[str]:
    yield "<section><h2>Notes</h2><ul>"
    yield from (f"<li>{escaped(note)}</li>" for note in result.notes)
    yield "</ul></section>"


def _link(text: str, address: str) -> str:
    return f'<a href="{escaped(address)}">{escaped(text)}</a>' if address.startswith("https://") else escaped(text)
