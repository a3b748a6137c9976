"""A rollout's check for people: the verdict, what to do about it, the comparisons, and how sure they are."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import timedelta
from math import ceil

from weighbridge.canary_analysis.check import (
    ABSOLUTE_FLOOR,
    RELATIVE_FLOOR,
    Check,
    CheckVerdict,
    ComparisonRow,
    Judgement,
)
from weighbridge.canary_analysis.counts import BLOCK, DOUBLED, FALSE_ALARMS, LEAST_RISE, LOOK_SECONDS, SEEN_IN
from weighbridge.canary_analysis.samples import LONGEST
from weighbridge.render.columns import INDENT, Column, table
from weighbridge.render.rollout_check import paired_text
from weighbridge.units import format_duration, percent, times

WIDTH = 80
UNKNOWN = "-"


def render(check: Check) -> str:
    """The report, at most 80 columns wide but for commands."""
    lines = [
        f"{check.verdict.upper()}  {check.endpoint} ({check.environment}): {_headline(check)}",
        f"{check.start:%Y-%m-%d %H:%M} to {_end(check)} UTC; {check.candidate} takes {percent(check.weight)} now",
        "",
        *_why(check),
        *_table(check),
        "",
    ]
    if check.not_compared:
        lines += ["Not compared", *(line for reason in check.not_compared for line in _wrapped(reason)), ""]
    lines += ["How sure this is", *(line for paragraph in _method(check) for line in _wrapped(paragraph))]
    return "\n".join(lines) + "\n"


def quantity(value: float | None, unit: str) -> str:
    """A value with its unit, to three digits."""
    if value is None:
        return UNKNOWN
    if unit == "ratio":
        return share(value)
    if unit == "s":
        return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.3g} s"
    return f"{value:.3g}"


def share(value: float | None) -> str:
    """A share in per cent, to three digits."""
    return UNKNOWN if value is None else f"{value * 100:.3g}%"


def _end(check: Check) -> str:
    same = check.start.date() == check.end.date()
    return f"{check.end:%H:%M}" if same else f"{check.end:%Y-%m-%d %H:%M}"


def _headline(check: Check) -> str:
    judged = [row for row in check.rows if row.finding is not Judgement.SHOWN]
    worse = sum(row.finding is Judgement.WORSE for row in judged)
    few = sum(row.finding is Judgement.NOT_ENOUGH for row in judged)
    match check.verdict:
        case CheckVerdict.FAIL:
            return f"{check.candidate} is worse than {check.stable} in {worse} of {len(judged)} comparisons"
        case CheckVerdict.PASS:
            return f"{check.candidate} is as good as {check.stable} in {_all(len(judged))}"
        case _ if judged:
            return f"{few} of {len(judged)} comparisons need more data"
        case _:
            return "the server exposes nothing that could be tested"


def _all(number: int) -> str:
    return f"all {number} comparisons" if number > 1 else "the one comparison"


def _why(check: Check) -> Iterator[str]:
    """What is wrong or missing, each with what to do."""
    worse = [row for row in check.rows if row.finding is Judgement.WORSE]
    for row in worse:
        yield from _wrapped(_worse(row, check))
    if worse:
        reason = ", ".join(f"{row.comparison.title} {_against(row, check)}" for row in worse[:1])
        yield f"{INDENT}Do: weighbridge rollout rollback {check.endpoint} -s {check.environment} \\"
        yield f'{INDENT}      --reason "{reason}"'
        yield ""
        return
    few = [row for row in check.rows if row.finding is Judgement.NOT_ENOUGH]
    for row in few:
        yield from _wrapped(_few(row, check))
    if few:
        yield ""


def _worse(row: ComparisonRow, check: Check) -> str:
    if row.paired is not None:
        return paired_text.worse(row, row.paired, check, _values(row, check))
    tested = row.tested
    if tested is None:
        return row.comparison.title
    did = _counted(row)
    mine = f"{tested.bad:,} of {tested.requests:,} requests of {check.candidate} ({share(tested.share)})"
    other = f"{tested.stable_bad:,} of {tested.stable_requests:,} of {check.stable} ({share(tested.stable_share)})"
    return f"{row.comparison.title}: {mine} {did}, {other}."


def _values(row: ComparisonRow, check: Check) -> str:
    unit = row.comparison.unit
    return f"{quantity(row.candidate, unit)}, {check.stable} {quantity(row.stable, unit)}"


def _against(row: ComparisonRow, check: Check) -> str:
    if row.paired is not None:
        return _values(row, check)
    tested = row.tested
    if tested is None:
        return ""
    words = f"{share(tested.share)}, {check.stable} {share(tested.stable_share)}"
    return words if tested.limit_seconds is None else f"{_counted(row)} {words}"


def _few(row: ComparisonRow, check: Check) -> str:
    tested, title = row.tested, row.comparison.title
    if row.paired is not None and row.stable is not None and row.candidate is not None:
        return paired_text.few(row, row.paired, check)
    if tested is None:
        return f"{title}: the server doesn't have its series of both versions in this time."
    if not tested.stable_requests:
        return f"{title}: {check.stable} had no requests in this time, so there is nothing to compare with."
    need = f"{title}: needs {tested.needed:,} requests of {check.candidate}, has {tested.requests:,}"
    if tested.wait is None:
        return f"{need}: no request has reached it."
    if not tested.wait:
        return f"{need}, but in {tested.intervals} intervals only: check again later."
    window = check.end - check.start
    hours = ceil((window + tested.wait) / timedelta(hours=1))
    longer = (
        f" (or now with --window {hours}h, if it has run that long)" if hours <= LONGEST / timedelta(hours=1) else ""
    )
    minutes = timedelta(minutes=ceil(tested.wait / timedelta(minutes=1)))
    bursts = f", as they come in bursts of {tested.dispersion:.1f}" if tested.dispersion >= DOUBLED else ""
    return f"{need}{bursts}; at the present rate in {format_duration(minutes)}{longer}."


def _counted(row: ComparisonRow) -> str:
    limit = row.tested.limit_seconds if row.tested is not None else None
    return "failed" if limit is None else f"took over {quantity(limit, 's')}"


def _table(check: Check) -> Iterator[str]:
    first = (Column("", right=False), Column(check.candidate), Column(check.stable))
    why = (
        tuple(map(Column, paired_text.HEADINGS))
        if _in_pairs(check)
        else (Column("slow: takes", right=False), Column(check.candidate), Column(check.stable))
    )
    columns = (*first, *why, Column("", right=False))
    return table(columns, [_cells(row) for row in check.rows], WIDTH)


def _cells(row: ComparisonRow) -> tuple[str, ...]:
    unit, tested = row.comparison.unit, row.tested
    known = (row.comparison.title, quantity(row.candidate, unit), quantity(row.stable, unit))
    outcome = row.finding.upper() if row.finding is Judgement.WORSE else str(row.finding)
    if row.paired is not None:
        return (*known, *paired_text.cells(row.paired), outcome)
    if tested is None or row.comparison.counted:
        return (*known, "", "", "", outcome)
    return (*known, _counted(row).removeprefix("took "), share(tested.share), share(tested.stable_share), outcome)


def _in_pairs(check: Check) -> bool:
    return any(row.paired is not None for row in check.rows)


def _method(check: Check) -> Iterator[str]:
    """How it was compared, as paragraphs: the test of counts, that of latency in pairs where there is one."""
    interval, block = format_duration(check.interval), format_duration(check.interval * BLOCK)
    look = "minute" if LOOK_SECONDS == 60 else f"{LOOK_SECONDS} s"  # noqa: PLR2004
    in_pairs = _in_pairs(check)
    counts = (
        f"{'Errors: f' if in_pairs else 'F'}or each {interval}, the test asks whether the bad requests are "
        f"{check.candidate}'s more often than its part of the requests explains: a binomial tail bound, widened by how "
        f"far bad requests come in bursts. It assumes that a burst is over within {block}."
    )
    alarms = (
        f"Wrong alarms: at most {FALSE_ALARMS:.0%} of steps, all comparisons together, if checked up to once a {look} "
        f"through the {format_duration(check.bake)} of baking."
    )
    enough = (
        f"Requests are enough when a share that is {times(DOUBLED)} stable's, or {LEAST_RISE * 100:g} percentage "
        f"points higher where that is more, would be seen in {SEEN_IN * 100:.0f} of 100 checks. A rise below both "
        f"{RELATIVE_FLOOR:.0%} of stable's share and {ABSOLUTE_FLOOR * 100:g} percentage points counts as none."
    )
    rest = "What is not judged has no test here."
    if not in_pairs:
        yield f"{counts} {alarms} {enough} {rest}"
        return
    yield f"{counts} {enough}"
    yield paired_text.method(check)
    yield f"{alarms} {rest}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT * 2, break_long_words=False, break_on_hyphens=False
    )
