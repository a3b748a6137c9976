"""A plan as one page: what is needed, on which hardware, for what money, with pictures of demand and of cost.

A picture says what stands in words or numbers beside it. A section more is a line more in `_sections`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from weighbridge.planner.choice.candidates import Candidate
from weighbridge.planner.choice.capacity import cost_points, demand_curve
from weighbridge.planner.choice.choose import HardwareChoice, LargerQuota, Pick
from weighbridge.planner.choice.hardware import Hardware
from weighbridge.planner.plan import PlanResult
from weighbridge.planner.serving import Range, ServingOption, WorkloadPlan
from weighbridge.render.html_page import escaped, page, table, worded
from weighbridge.render.plan import hardware_wording as wording
from weighbridge.render.plan.month_html import month_section
from weighbridge.render.plan.plots import STYLE, cost_svg, demand_svg, legend

MOST_OPTIONS = 15
"""Ways of one workload in its table, the cheapest first."""


def render(result: PlanResult) -> str:
    """The whole page."""
    return page("plan", _head(result), (line for part in _sections(result) for line in part), STYLE)


def _sections(result: PlanResult) -> Iterator[Iterable[str]]:
    hardware = result.hardware
    if hardware is not None:
        yield _chosen(hardware)
    for ordinal, plan in enumerate(result.plans):
        yield _workload(plan, hardware, ordinal)
    if hardware is not None and hardware.choice.room is not None:
        yield _quota(hardware.choice)
    if result.runs:
        yield _runs(result)
    if result.overlap is not None:
        yield month_section(result.overlap)


def _head(result: PlanResult) -> Iterator[str]:
    hardware = result.hardware
    yield "<header><h1>Plan</h1>"
    if hardware is None and result.plans:
        yield '<p class="muted">No stack and no region is named, so hardware is not chosen.</p>'
    if hardware is not None and result.plans:
        choice = hardware.choice
        yield f'<p class="muted">Hardware {escaped(wording.place_of(choice))}</p>'
        look, words = _verdict(result, choice)
        yield f'<p class="verdict {look}">{escaped(words)}</p>'
        for question in choice.room.open_questions if choice.room is not None else ():
            yield f'<div class="finding bad"><p>{worded(question)}</p></div>'
    yield '<ul class="tiles">'
    for plan in result.plans:
        yield f"<li><b>{escaped(plan.name)}</b>{escaped(_in_short(plan, hardware))}</li>"
    yield "</ul></header>"


def _verdict(result: PlanResult, choice: HardwareChoice) -> tuple[str, str]:
    if not choice.fits:
        return "bad", "✘ No set of machines fits what is left of the quota"
    if not choice.chosen:
        return "bad", "✘ No workload can have hardware"
    word = "✔ Fits" if not choice.without and len(choice.chosen) == len(result.plans) else "? Fits in part"
    return "" if word.startswith("✔") else "open", f"{word}: {wording.sum_text(choice)}"


def _in_short(plan: WorkloadPlan, hardware: Hardware | None) -> str:
    chosen = _pick_of(hardware, plan.name)
    if chosen is not None and chosen.candidate is not None:
        return wording.whole_text(chosen.candidate)
    best = next(iter(plan.best), None)
    if best is None or best.replicas is None:
        return "no option meets the objective"
    place = f" of {best.devices} x {best.accelerator}" if best.accelerator else ""
    return f"{best.replicas.middle:g} replicas{place}"


def _pick_of(hardware: Hardware | None, workload: str) -> Pick | None:
    if hardware is None:
        return None
    return next((pick for pick in hardware.choice.picks if pick.workload == workload), None)


def _chosen(hardware: Hardware) -> Iterator[str]:
    choice = hardware.choice
    if not choice.chosen:
        return
    yield "<section><h2>Hardware for all workloads together</h2>"
    titles = ("workload", "machine", "bought", "nodes", "replicas", "USD a month", "if all run")
    rows = [
        (
            candidate.workload, wording.machine_text(candidate), wording.bought_text(candidate),
            wording.nodes_text(candidate), wording.replicas_text(candidate),
            wording.money(candidate.usd_per_hour), wording.money(candidate.most_usd_per_hour),
        )
        for candidate in choice.chosen
    ]  # fmt: skip
    yield from table("What is chosen; expected nodes cost, the most draw quota", titles, rows, numbers=range(3, 7))
    if committed := wording.committed_text(hardware):
        yield f"<p>Priced {escaped(committed)}.</p>"
    yield "</section>"


def _workload(plan: WorkloadPlan, hardware: Hardware | None, ordinal: int) -> Iterator[str]:
    yield f"<section><h2>{escaped(plan.name)}</h2>"
    pick = _pick_of(hardware, plan.name)
    if hardware is not None and pick is not None:
        found = wording.comparison_of(hardware, plan.name)
        lines = [*wording.why_lines(pick), *wording.pool_lines(hardware, plan.name)]
        lines += wording.comparison_lines(found) if found is not None else ()
        yield from (f"<p><strong>{escaped(label)}</strong> {worded(words)}</p>" for label, words in lines)
        yield '<div class="plots">'
        yield from _demand(plan, hardware.choice, pick.candidate, ordinal)
        yield from _cost(plan.name, pick, ordinal)
        yield "</div>"
        yield from _options(pick)
    yield from _replicas(plan)
    if plan.requests.notes:
        yield f"<ul>{''.join(f'<li>{worded(note)}</li>' for note in plan.requests.notes)}</ul>"
    yield "</section>"


def _demand(
    plan: WorkloadPlan, choice: HardwareChoice, candidate: Candidate | None, ordinal: int
) -> Iterator[str]:  # fmt: skip
    curve = demand_curve(plan, choice, candidate)
    yield "<figure><h3>Demand against capacity and quota</h3>"
    yield from demand_svg(curve, plan.name, ordinal)
    yield '<figcaption><ul class="legend">'
    yield from (f"<li>{picture}{escaped(words)}</li>" for picture, words in legend(curve))
    yield f'</ul><p class="muted">At the busiest {max(curve.rates):,.3g} requests a second. Bursts above the planned'
    yield "replicas wait; the plan holds the objective by replay, not by this line.</p></figcaption></figure>"


def _cost(name: str, pick: Pick, ordinal: int) -> Iterator[str]:
    points = cost_points(pick)
    if len(points) < 2:  # noqa: PLR2004 - a single dot compares nothing
        return
    yield "<figure><h3>Cost against latency</h3>"
    yield from cost_svg(points, name, ordinal)
    yield '<figcaption><p class="muted">Each ring is a way to serve it, the filled one chosen; left and low is better.'
    yield "The cheapest of each accelerator, number of devices and provisioning; the table has them.</p>"
    rows = [
        (
            f"{point.candidate.option.devices} x {point.candidate.option.accelerator}",
            f"{wording.machine_text(point.candidate)}, {wording.bought_text(point.candidate)}",
            f"{point.first_token:.3g}", f"{point.usd_per_month:,.0f}", "chosen" if point.chosen else "",
        )
        for point in sorted(points, key=lambda point: point.usd_per_month)
    ]  # fmt: skip
    titles = ("replica", "on", "first token, s", "USD a month", "")
    yield f"<details><summary>{len(rows)} ways in numbers</summary>"
    yield from table("Cost against latency", titles, rows, numbers=(2, 3))
    yield "</details></figcaption></figure>"


def _options(pick: Pick) -> Iterator[str]:
    if pick.options:
        yield f"<details><summary>{len(pick.options)} ways to run it</summary>"
        rows = [
            (
                wording.machine_text(candidate), f"{candidate.node.devices}", wording.bought_text(candidate),
                wording.nodes_text(candidate), wording.money(candidate.usd_per_hour),
                "; ".join(f"{key.quota_id} {amount:,}" for key, amount in sorted(candidate.draws.items()) if amount),
            )
            for candidate in pick.options[:MOST_OPTIONS]
        ]  # fmt: skip
        titles = ("machine", "devices a replica", "bought", "nodes", "USD a month", "draws")
        caption = "Cheapest first" if len(rows) == len(pick.options) else f"The {MOST_OPTIONS} cheapest"
        yield from table(caption, titles, rows, numbers=(1, 3, 4), wide=5)
        yield "</details>"
    reasons = list(wording.reasons(pick))
    if reasons:
        yield f"<details><summary>What is not possible</summary><ul>{_items(reasons)}</ul></details>"


def _items(lines: Iterable[str]) -> str:
    return "".join(f"<li>{worded(line)}</li>" for line in lines)


def _replicas(plan: WorkloadPlan) -> Iterator[str]:
    good = [option for option in plan.options if not option.excluded]
    if good:
        titles = ("replica", "at once", "first token, s", "replicas", "with failures", "rests on")
        yield "<details><summary>Replicas on each device</summary>"
        yield from table("Nine of ten times between the numbers in brackets", titles, [*map(_replica_row, good)],
                         numbers=range(1, 5), wide=5)  # fmt: skip
        yield "</details>"
    excluded = [
        f"{option.devices} x {option.accelerator}: {option.excluded}" for option in plan.options if option.excluded
    ]
    if excluded:
        yield f"<details><summary>Devices that can't serve it</summary><ul>{_items(excluded)}</ul></details>"


def _replica_row(option: ServingOption) -> tuple[str, ...]:
    place = f"{option.devices} x {option.accelerator}" if option.accelerator else "server"
    return (
        place, f"{option.slots}", _range(option.first_token), _range(option.replicas), f"{option.with_failures}",
        f"{option.origin}: {option.basis}",
    )  # fmt: skip


def _range(value: Range | None) -> str:
    if value is None:
        return "-"
    low, high = ("?" if end is None else f"{end:.2g}" for end in (value.low, value.high))
    middle = f"{value.middle:.2g}"
    return middle if low == high == middle else f"{middle} ({low}–{high})"


def _quota(choice: HardwareChoice) -> Iterator[str]:
    yield "<section><h2>Quota</h2>"
    room = choice.room
    if room is not None and choice.chosen:
        rows = []
        for key in sorted({key for candidate in choice.chosen for key in candidate.draws}):
            amount = sum(candidate.draws.get(key, 0) for candidate in choice.chosen)
            allowance = room.of(key)
            if not amount:
                continue
            left = ("no bound", "") if allowance is None else (f"{allowance.left:,}", f"{allowance.left - amount:,}")
            rows.append((allowance.display if allowance else key.quota_id, key.region, f"{amount:,}", *left))
        titles = ("limit of", "where", "drawn", "was left", "stays left")
        yield from table("What the chosen hardware draws at its most", titles, rows, numbers=(2, 3, 4))
    lines = [wording.saving_text(saving) for saving in choice.savings]
    if choice.fits and choice.chosen and not lines:
        lines = ["A node more of any one limit would save nothing."]
    if lines:
        yield f"<ul>{_items(lines)}</ul>"
    for title, larger in (
        ("The fewest units more that make it fit", choice.fewest_units),
        ("The fewest limits to raise that make it fit", choice.fewest_limits),
        ("What the cheapest would take", choice.cheapest),
    ):
        yield from _larger(title, larger)
    yield '<p class="muted">Quota is no stock: whether Google has the machines, nobody knows before.</p></section>'


def _runs(result: PlanResult) -> Iterator[str]:
    yield "<section><h2>Trainings and data pipelines</h2>"
    rows = []
    for plan in result.runs:
        for option in plan.options:
            time, usd = option.time, option.usd
            hours = f"{time.low / 3600:,.3g}–{time.high / 3600:,.3g}" if time is not None else "-"
            money = f"{usd.low:,.0f}–{usd.high:,.0f}" if usd is not None else wording.NO_PRICE
            words = option.excluded or (f"{time.origin}: {time.words}" if time is not None else "")
            rows.append((plan.name, option.occupied.words, hours, money, words))
    titles = ("run", "hardware", "hours", "USD a run", "rests on")
    yield from table("Nine of ten times between the two numbers", titles, rows, numbers=(2, 3), wide=4)
    yield "</section>"


def _larger(title: str, larger: LargerQuota | None) -> Iterator[str]:
    if larger is None:
        return
    yield f"<h3>{escaped(title)}: {escaped(wording.larger_text(larger))}</h3><ul>"
    yield _items(wording.raise_text(lack) for lack in larger.lacks)
    yield _items(f"{candidate.workload}: {wording.whole_text(candidate)}" for candidate in larger.picks)
    yield "</ul>"
