"""What trainings and data pipelines take, and their month, for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from weighbridge.planner.forecast import span_text
from weighbridge.planner.overlap import CalendarDay, Overlap, PoolOverlap
from weighbridge.planner.past_runs import PastRun
from weighbridge.planner.run_plan import RunOption, RunPlan, UsdRange, centre, compared
from weighbridge.planner.run_time import FEWEST_FOR_INTERVAL, FailedRuns, RunTime
from weighbridge.render.columns import Column, table
from weighbridge.render.style import BOLD, RED, Style
from weighbridge.spec.planned_runs import PlannedRun

LABEL = 12
MINUTE, HOUR = 60, 3600
UNUSUAL = 0.25
"""Of a pool's peak: a day that needs so much more than others of its weekday has a line of its own."""


def run_lines(plan: RunPlan, style: Style) -> Iterator[str]:
    """One paragraph of one run."""
    yield f"{style.paint(plan.name, BOLD)}  {_what(plan.run)}"
    if plan.past is not None and plan.failures is not None:
        yield from _labelled("past", _past(plan, plan.failures), style)
        if plan.nearest:
            yield from _labelled("nearest", "; ".join(map(_past_run, plan.nearest)), style)
    if plan.chosen is None:
        yield from _labelled("takes", "no hardware will do", style, RED)
    good = [option for option in plan.options if not option.excluded]
    if plan.chosen is not None:
        yield from _labelled("takes", _takes(plan, plan.chosen), style)
    if plan.cheapest is not None and plan.cheapest is not plan.chosen and plan.chosen is not None:
        yield from _labelled("cheapest", _takes(plan, plan.cheapest), style)
    if len(good) > 1:
        yield ""
        yield from table(_COLUMNS, [_row(plan, option) for option in good], style.width)
    yield ""
    yield from _reasons(plan, style)


_COLUMNS = (
    Column("hardware", right=False), Column("hours"), Column("USD a run"), Column("time"), Column("cost"),
)  # fmt: skip


def _what(run: PlannedRun) -> str:
    train = run.train
    if train is None:
        return f"as past runs{f', with work of {run.work:.4g}' if run.work is not None else ''}"
    how = "" if train.method == "full" else ", LoRA"
    name = train.model or "your architecture"
    return f"{name}{how}, {train.tokens_billions:,.4g} billion tokens of {train.sequence:,}, {train.precision}"


def _past(plan: RunPlan, failures: FailedRuns) -> str:
    past = plan.past
    if past is None:
        raise AssertionError("a run with failures has a past")
    good, running = len(past.of("succeeded")), len(past.of("running"))
    text = f"{good:,} run{'s' * (good != 1)} succeeded"
    if failures.failed:
        known = sorted(failures.seconds)
        took = f", after {span_text(known[len(known) // 2])} at the median" if known else ""
        text += f", {failures.failed:,} failed ({failures.share:.0%}{took}): marked, not averaged"
    if running:
        text += f"; {running} still run{'s' * (running == 1)}"
    return text


def _past_run(run: PastRun) -> str:
    work = f" for {run.work:.4g}" if run.work is not None else ""
    return f"{run.name} {span_text(run.seconds or 0)}{work}"


def _takes(plan: RunPlan, option: RunOption) -> str:
    time = option.time
    if time is None:
        raise AssertionError("an option that is not excluded has a time")
    text = f"{_time(time)} on {option.occupied.words}"
    if option.usd is not None:
        text += f": {_usd(option.usd)}"
    against = compared(plan, option)
    if against is None:
        return text
    longer = "longer" if against.seconds_more >= 0 else "less"
    if abs(against.seconds_more) < MINUTE:
        text += "; as long"
    else:
        text += f"; {against.times_as_long:.2g} times as long ({span_text(abs(against.seconds_more))} {longer})"
    if against.usd_less is not None and against.share_less is not None:
        cheaper = "cheaper" if against.usd_less >= 0 else "dearer"
        text += f", ${abs(against.usd_less):,.0f} or {abs(against.share_less):.0%} {cheaper}"
    return text


def _time(time: RunTime) -> str:
    if time.middle is None:
        return f"{span_text(time.low)} to {span_text(time.high)}"
    if time.low == time.high:
        return span_text(time.middle)
    return f"{span_text(time.middle)} (9 of 10 times {span_text(time.low)} to {span_text(time.high)})"


def _usd(usd: UsdRange) -> str:
    if usd.middle is None:
        return f"${usd.low:,.0f} to ${usd.high:,.0f}"
    return f"${usd.middle:,.0f}" + ("" if usd.low == usd.high else f" (${usd.low:,.0f} to ${usd.high:,.0f})")


def _row(plan: RunPlan, option: RunOption) -> tuple[str, ...]:
    time, against = option.time, compared(plan, option)
    if time is None:
        raise AssertionError("an option that is not excluded has a time")
    middle = f"{centre(time) / HOUR:,.3g} " if time.middle is not None else ""
    hours = f"{middle}({time.low / HOUR:,.3g}–{time.high / HOUR:,.3g})"
    usd = "-" if option.usd is None else f"{option.usd.low:,.0f}–{option.usd.high:,.0f}"
    times = f"{against.times_as_long:.2f} x" if against is not None else "first"
    cost = "-"
    if against is not None and against.share_less is not None:
        cost = f"{-against.share_less:+.0%}"
    return option.occupied.words, hours, usd, times, cost


def _reasons(plan: RunPlan, style: Style) -> Iterator[str]:
    """What each number is, what excludes the other options, and what can't be known."""
    lines: dict[str, list[str]] = {}
    notes: dict[str, list[str]] = {}
    for option in plan.options:
        words = option.occupied.words
        if option.excluded:
            lines.setdefault(f"no: {option.excluded}", []).append(words)
        elif option.time is not None:
            lines.setdefault(f"{option.time.origin}: {option.time.words}", []).append(words)
            for note in (*option.time.notes, *option.notes):
                notes.setdefault(note, []).append(words)
        if option.occupied.counted:
            notes.setdefault(option.occupied.counted, [])
    for reason, where in lines.items():
        yield from _wrapped(f"{'; '.join(where)}: {reason}", style)
    for note, where in notes.items():
        of = f"{'; '.join(where)}: " if where and len(where) < len(plan.options) else ""
        yield from _wrapped(f"note: {of}{note}", style)
    for note in plan.past.notes if plan.past is not None else ():
        yield from _wrapped(f"note: {note}", style)
    if plan.past is not None and 0 < len(plan.past.of("succeeded")) < FEWEST_FOR_INTERVAL:
        yield from _wrapped("note: from three runs on there is an interval", style)


def overlap_lines(overlap: Overlap, style: Style) -> Iterator[str]:
    """The month: a line a pool, and the calendar of each."""
    name = f"{overlap.first:%B %Y}" if overlap.named else "A month"
    yield f"{style.paint(name, BOLD)}  what runs at once, in {overlap.months} simulated months"
    yield from table(_POOLS, [_pool_row(pool) for pool in overlap.pools], style.width)
    yield ""
    for pool in overlap.pools:
        yield from _wrapped(_pool_words(pool), style)
    for note in overlap.notes:
        yield from _wrapped(f"note: {note}", style)
    for pool in overlap.pools:
        yield ""
        yield f"  {pool.pool.words}, by hour (UTC): in use in 19 of 20 months"
        yield from _calendar(pool, style)


_POOLS = (
    Column("pool", right=False), Column("mean", spare=True), Column("usual peak"), Column("19 of 20"), Column("sum"),
    Column("experiments"), Column("quota"),
)  # fmt: skip


def _pool_row(pool: PoolOverlap) -> tuple[str, ...]:
    kept = f"{pool.experiments:,}" + (" (cap)" if pool.capped else "")
    return (
        pool.pool.words, f"{pool.mean:,.1f}", f"{pool.usual:,}", f"{pool.high:,}", f"{pool.sum_of_peaks:,}", kept,
        f"{pool.quota:,}",
    )  # fmt: skip


def _pool_words(pool: PoolOverlap) -> str:
    day, hour = pool.busiest
    together = ", ".join(f"{run.name} ({run.in_peak:.0%})" for run in pool.runs if run.in_peak)
    saved = pool.sum_of_peaks - pool.high
    text = f"{pool.pool.words}: the joint peak of 19 of 20 months is {pool.high:,}"
    text += f", {saved:,} less than all together" if saved > 0 else ", as much as all together"
    serving = f"; {pool.standing:,} of it is for serving, all the time" if pool.standing else ""
    return f"{text}; it comes most often on {day:%a} {day.day}, {hour:02}:00, with {together} of the months{serving}"


def _calendar(pool: PoolOverlap, style: Style) -> Iterator[str]:
    rows = list(_days(pool))
    cell = max(3, *(len(f"{count}") + 1 for _, counts in rows for count in counts))
    label = max(len(name) for name, _ in rows) + 3
    hours = next(size for size in GROUPS if size == GROUPS[-1] or label + 24 // size * cell <= style.width)
    yield (" " * label + "".join(f"{hour:>{cell}}" for hour in range(0, 24, hours))).rstrip()
    for name, counts in rows:
        most = [max(counts[hour : hour + hours]) for hour in range(0, 24, hours)]
        yield f"  {name:<{label - 2}}" + "".join(f"{count or '·':>{cell}}" for count in most)


GROUPS = (1, 2, 3, 4, 6, 12, 24)
"""Hours of one column, as many as fit."""

_Line = tuple[str, tuple[int, ...]]
LISTED = 2
"""Days that are named of those that are alike; the others are counted."""


def _days(pool: PoolOverlap) -> Iterator[_Line]:
    """A line a weekday, neighbours that are alike together, and one for days that need far more than their weekday."""
    far = UNUSUAL * pool.high
    weekdays: list[_Line] = []
    unusual: dict[tuple[int, ...], list[CalendarDay]] = {}
    for weekday in range(7):
        same = [day for day in pool.calendar if day.day.weekday() == weekday]
        middle = [sorted(day.usual[hour] for day in same)[len(same) // 2] for hour in range(24)]
        usual = [day for day in same if all(count - mid <= far for count, mid in zip(day.usual, middle, strict=True))]
        for day in same:
            if day not in usual:
                unusual.setdefault(day.usual, []).append(day)
        if usual:
            weekdays.append((f"{usual[0].day:%a}", tuple(max(day.high[hour] for day in usual) for hour in range(24))))
    yield from _merged(weekdays)
    for days in sorted(unusual.values(), key=lambda alike: alike[0].day):
        counts = tuple(max(day.high[hour] for day in days) for hour in range(24))
        named = ", ".join(f"{day.day:%a} {day.day.day}" for day in days[:LISTED])
        yield f"{named}, {len(days) - LISTED} more" if len(days) > LISTED else named, counts


def _merged(rows: Sequence[_Line]) -> Iterator[_Line]:
    first = last = 0
    for place in range(1, len(rows) + 1):
        if place == len(rows) or rows[place][1] != rows[first][1]:
            name = rows[first][0] if first == last else f"{rows[first][0]}–{rows[last][0]}"
            yield name, rows[first][1]
            first = place
        last = place


def _labelled(label: str, text: str, style: Style, code: str | None = None) -> Iterator[str]:
    first, *others = textwrap.wrap(text, style.width - LABEL - 1, break_on_hyphens=False)
    yield f"  {label:<{LABEL - 2}} {style.paint(first, code) if code else first}"
    yield from (f"{' ' * (LABEL + 1)}{line}" for line in others)


def _wrapped(text: str, style: Style) -> Iterator[str]:
    yield from textwrap.wrap(text, style.width, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
