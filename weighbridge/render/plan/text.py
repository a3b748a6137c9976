"""What each workload needs, for a terminal: demand, options in a table, the curve of the best, and the reasons."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from weighbridge.planner.choice.candidates import Candidate
from weighbridge.planner.choice.choose import HardwareChoice
from weighbridge.planner.choice.hardware import Hardware
from weighbridge.planner.forecast import span_text
from weighbridge.planner.plan import PlanResult
from weighbridge.planner.requests import Requests
from weighbridge.planner.serving import CurvePoint, Range, ServingOption, WorkloadPlan
from weighbridge.render.columns import Column, table
from weighbridge.render.plan import hardware_wording as wording
from weighbridge.render.plan.run_lines import overlap_lines, run_lines
from weighbridge.render.style import BOLD, RED, Style
from weighbridge.spec.workloads import LatencyObjective, ServedWorkload
from weighbridge.units import format_duration, format_latency

LABEL = 12


def render(result: PlanResult, style: Style) -> str:
    """One paragraph a workload, what was chosen for all, one a run, and the month."""
    paragraphs = [_lines(plan, style) for plan in result.plans]
    if result.hardware is not None:
        paragraphs.append(_hardware(result.hardware, style))
    paragraphs += [run_lines(plan, style) for plan in result.runs]
    if result.overlap is not None:
        paragraphs.append(overlap_lines(result.overlap, style))
    return style.spell("\n\n".join("\n".join(lines) for lines in paragraphs) + "\n")


def asked(choice: HardwareChoice, style: Style) -> str:
    """What quota is asked for, above the limits that are too small."""
    lines = (line for text in wording.asked_lines(choice) for line in textwrap.wrap(text, style.width))
    return style.spell("\n" + "\n".join(lines) + "\n")


def _lines(plan: WorkloadPlan, style: Style) -> Iterator[str]:
    yield f"{style.paint(plan.name, BOLD)}  {_what(plan.workload)}"
    yield from _labelled("demand", _demand(plan.requests), style)
    yield from _labelled("objective", _objective(plan.workload.objective), style)
    if not plan.best:
        yield from _labelled("needs", "no option meets the objective", style, RED)
    for place, option in enumerate(plan.best):
        yield from _labelled("or" if place else "needs", _needs(plan.workload, option), style)
    good = [option for option in plan.options if not option.excluded]
    if any(option.curve for option in good):
        yield ""
        yield from table(_COLUMNS, [_row(option) for option in good], style.width, whole=style.whole)
    for option in plan.best:
        if option.curve:
            yield ""
            yield f"  One replica of {_place(option)}, by requests at once"
            yield from table(_CURVE, [_curve_row(point) for point in option.curve], style.width, whole=style.whole)
    yield from _reasons(plan, style)


_HARDWARE = (
    Column("workload", right=False), Column("nodes"), Column("machine", right=False), Column("bought", right=False),
    Column("USD a month"), Column("replicas", spare=True),
)  # fmt: skip


def _hardware(hardware: Hardware, style: Style) -> Iterator[str]:
    """What was chosen for all workloads together, and why."""
    choice = hardware.choice
    yield f"{style.paint('hardware', BOLD)}  {wording.place_of(choice)}"
    if choice.room is not None:
        for question in choice.room.open_questions:
            yield from _labelled("doubt", question, style, RED)
    if not choice.fits:
        yield from _labelled("together", "no set fits what is left of the quota", style, RED)
    elif choice.chosen:
        yield ""
        yield from table(
            _HARDWARE, [_hardware_row(candidate) for candidate in choice.chosen], style.width, whole=style.whole
        )
        yield ""
        yield from _labelled("together", wording.sum_text(choice), style)
        if committed := wording.committed_text(hardware):
            yield from _labelled("prices", committed, style)
    for pick in choice.picks:
        yield ""
        yield f"  {pick.workload}"
        found = wording.comparison_of(hardware, pick.workload)
        lines = [*wording.why_lines(pick), *wording.pool_lines(hardware, pick.workload)]
        for label, words in (*lines, *(wording.comparison_lines(found) if found is not None else ())):
            yield from _labelled(label, words, style)
        for reason in wording.reasons(pick):
            yield from _labelled("not", reason, style)
    yield from _quota(hardware, style)


def _hardware_row(candidate: Candidate) -> tuple[str, ...]:
    return (
        candidate.workload, wording.nodes_text(candidate), wording.machine_text(candidate),
        wording.bought_text(candidate), wording.money(candidate.usd_per_hour),
        wording.replicas_text(candidate),
    )  # fmt: skip


def _quota(hardware: Hardware, style: Style) -> Iterator[str]:
    """What more quota would do: nothing needed it, or nothing fits without."""
    choice = hardware.choice
    if choice.room is None:
        return
    yield ""
    for saving in choice.savings:
        yield from _labelled("one more", wording.saving_text(saving), style)
    if choice.fits and choice.chosen and not choice.savings:
        yield from _labelled("one more", "a node more of any one limit would save nothing", style)
    for allowance in choice.untried:
        yield from _labelled("one more", f"{allowance.display}: there was no time to try", style)
    for label, larger in (
        ("few units", choice.fewest_units), ("few limits", choice.fewest_limits), ("cheapest", choice.cheapest),
    ):  # fmt: skip
        if larger is None or (label == "few limits" and larger == choice.fewest_units):
            continue
        yield from _labelled(label, f"with more quota: {wording.larger_text(larger)}", style)
        for lack in larger.lacks:
            yield from _labelled("", wording.raise_text(lack), style)
        for candidate in larger.picks:
            yield from _labelled("", f"{candidate.workload}: {wording.whole_text(candidate)}", style)
    yield from _labelled("note", "quota is no stock: whether Google has the machines, nobody knows before", style)


_COLUMNS = (
    Column("replica", right=False), Column("at once"), Column("ms a token"), Column("first token, s", spare=True),
    Column("replicas"), Column("devices"),
)  # fmt: skip
_CURVE = (Column("at once"), Column("ms a token"), Column("tokens/s"))


def _what(workload: ServedWorkload) -> str:
    if workload.service_time is not None:
        return "a server that takes one request at a time"
    name = workload.model or "your architecture"
    objective = workload.objective
    return f"{name}, {workload.precision} on {workload.engine}" if objective.first_token else name


def _demand(requests: Requests) -> str:
    seen = requests.forecast
    if seen is None:
        return f"{_short(requests.rate)} requests a second at the busiest"
    text = f"{seen.requests:,} requests in {span_text(seen.span)}, {seen.rate:.3g} a second"
    if seen.low is not None and seen.high is not None:
        text += f" ({seen.low:.3g} to {seen.high:.3g})"
    if requests.rate != seen.rate:
        text += f", planned for {requests.rate:.3g}"
    peaks = ", ".join(f"{peak:.3g} times in {window} s" for window, peak in seen.peaks)
    if peaks:
        text += f"; peaks over the mean: {peaks}"
    if seen.busy_minute is not None:
        text += f"; 99 of 100 minutes to come below {seen.busy_minute:,} requests"
    return text


def _objective(objective: LatencyObjective) -> str:
    times = [
        f"{words} {format_latency(time)}"
        for words, time in (
            ("wait", objective.wait), ("latency", objective.latency), ("first token", objective.first_token),
        )
        if time is not None
    ]  # fmt: skip
    parts = [f"{' and '.join(times)} for {objective.within:g} % of requests"] if times else []
    if objective.per_token is not None:
        parts.append(f"{format_latency(objective.per_token)} a token on average")
    return ", ".join(parts) or "that of the published results"


def _needs(workload: ServedWorkload, best: ServingOption) -> str:
    if best.replicas is None or best.with_failures is None:
        raise AssertionError("an option that is not excluded has replicas")
    place = f" of {_place(best)}" if best.accelerator else ""
    text = f"{_count(best.replicas, 'replica')}{place}"
    failures = workload.survive
    if best.with_failures > best.replicas.middle:
        lost = [f"{failures.replicas} replica{'s' * (failures.replicas > 1)}"] if failures.replicas else []
        lost += [f"a zone of {failures.of_zones}"] if failures.zones else []
        text += f"; {best.with_failures} so that {' and '.join(lost)} may fail"
    if best.accelerator:
        text += f": {best.total_devices} device{'s' * (best.total_devices != 1)}"
    if best.wait is not None:
        share = f"{workload.objective.within:g} % of requests"
        waits = f"wait less than {_range(best.wait, 1)} s" if best.wait.middle else "don't wait at all"
        text += f". {share} {waits} before their prompt is read"
    scaled = best.autoscaling
    if scaled is not None and workload.scale_up_delay is not None:
        delay = format_duration(workload.scale_up_delay)
        if scaled.floor == scaled.ceiling:
            text += f". With {delay} to scale up, an autoscaler would save next to nothing"
        else:
            text += f". With {delay} to scale up, {scaled.floor} to {scaled.ceiling} do, {scaled.mean:.1f} on average"
    return text


def _count(count: Range, what: str) -> str:
    text = f"{count.middle:g} {what}{'s' * (count.middle != 1)}"
    if (count.low, count.high) == (count.middle, count.middle):
        return text
    if count.high is None:
        return f"{text} (from {count.low or 1:g}; at the slow end of the estimate no number does)"
    return f"{text} (9 of 10 times {count.low or 1:g} to {count.high:g})"


def _place(option: ServingOption) -> str:
    return f"{option.devices} x {option.accelerator}"


def _row(option: ServingOption) -> tuple[str, ...]:
    at_slots = next((point for point in option.curve if point.concurrency == option.slots), None)
    cells = (
        _range(at_slots.per_token, 1000) if at_slots else "-",
        _range(option.first_token, 1) if option.first_token else "-",
        _range(option.replicas, 1) if option.replicas else "-",
    )
    return _place(option), f"{option.slots}", *cells, f"{option.total_devices}"


def _range(value: Range, factor: float) -> str:
    middle = _short(value.middle * factor)
    if (value.low, value.high) == (value.middle, value.middle):
        return middle
    low, high = ("?" if end is None else _short(end * factor) for end in (value.low, value.high))
    return f"{middle} ({low}–{high})"


def _short(number: float) -> str:
    """Two digits of what is below 100, and all of what is above."""
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"  # noqa: PLR2004


def _curve_row(point: CurvePoint) -> tuple[str, ...]:
    return f"{point.concurrency}", _range(point.per_token, 1000), _rate(point.tokens_per_s)


def _rate(value: Range) -> str:
    low, high = (value.middle if end is None else end for end in (value.low, value.high))
    if low == high:
        return f"{value.middle:,.0f}"
    return f"{value.middle:,.0f} ({low:,.0f}–{high:,.0f})"


def _reasons(plan: WorkloadPlan, style: Style) -> Iterator[str]:
    """What each number is, what excludes the other options, and what was repaired or can't be known."""
    lines: dict[tuple[str, str], list[int]] = {}
    for option in plan.options:
        reason = f"no: {option.excluded}" if option.excluded else f"{option.origin}: {option.basis}"
        lines.setdefault((option.accelerator, reason), []).append(option.devices)
    if lines or plan.requests.notes:
        yield ""
    for (accelerator, reason), devices in lines.items():
        where = f"{', '.join(map(str, sorted(devices)))} x {accelerator}: " if accelerator else ""
        yield from _wrapped(f"{where}{reason}", style)
    for note in plan.requests.notes:
        yield from _wrapped(f"note: {note}", style)


def _labelled(label: str, text: str, style: Style, code: str | None = None) -> Iterator[str]:
    first, *others = textwrap.wrap(text, style.width - LABEL - 1)
    yield f"  {label:<{LABEL - 2}} {style.paint(first, code) if code else first}"
    yield from (f"{' ' * (LABEL + 1)}{line}" for line in others)


def _wrapped(text: str, style: Style) -> Iterator[str]:
    yield from textwrap.wrap(text, style.width, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
