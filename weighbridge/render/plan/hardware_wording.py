"""How a choice of hardware is said, the same in every format."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from weighbridge.catalog import Provisioning
from weighbridge.planner.choice.candidates import Bought, Candidate
from weighbridge.planner.choice.choose import HardwareChoice, LargerQuota, LimitLack, Pick, Saving, monthly, total
from weighbridge.planner.choice.compare import OldAndNew
from weighbridge.planner.choice.hardware import Hardware
from weighbridge.planner.serving import ServingOption
from weighbridge.quota.reservations import MACHINES
from weighbridge.units import usd

NO_PRICE = "no price"
MOST_REASONS = 4

_WAYS = {
    Provisioning.STANDARD: "on demand",
    Provisioning.SPOT: "Spot",
    Provisioning.FLEX_START: "flex-start",
    Provisioning.QUEUED: "queued",
}


def place_of(choice: HardwareChoice) -> str:
    """Where, and within what."""
    if choice.room is None:
        return f"in {choice.site.region}; no stack is named, so quota bounds nothing"
    return f"in {choice.site.region}, within what all stacks leave of the quota for {choice.room.stack}"


def machine_text(candidate: Candidate) -> str:
    """One node."""
    node = candidate.node
    attached = f" with {node.attached} {node.gpu}" if node.attached else ""
    shape = f" {node.topology}" if node.topology is not None else ""
    return f"{node.machine.name}{shape}{attached}"


def bought_text(candidate: Candidate) -> str:
    """How its nodes come."""
    return " and ".join(_way(part, alone=len(candidate.bought) == 1) for part in candidate.bought)


def _way(part: Bought, *, alone: bool) -> str:
    if part.reservation is None:
        words = _WAYS[part.provisioning]
    else:
        until = part.reservation.calendar
        ends = f" until {until.end}" if until is not None else ""
        words = f"reservation {part.reservation.name}{ends}"
    return words if alone else f"{part.most} {words}"


def nodes_text(candidate: Candidate) -> str:
    """Expected nodes, and the most."""
    expected, most = candidate.expected, candidate.most
    return f"{expected}" if expected == most else f"{expected} to {most}"


def replicas_text(candidate: Candidate) -> str:
    """Bounds of the autoscaler."""
    low, high = candidate.replicas
    return f"{low}" if low == high else f"{low} to {high}"


def money(usd_per_hour: Decimal | None) -> str:
    """A month of it."""
    return NO_PRICE if usd_per_hour is None else usd(monthly(usd_per_hour))


def whole_text(candidate: Candidate) -> str:
    """One candidate in a sentence."""
    return f"{nodes_text(candidate)} {machine_text(candidate)}, {bought_text(candidate)}"


def sum_text(choice: HardwareChoice) -> str:
    """What all of it costs, and how sure that is the least."""
    cost, unpriced = total(choice.chosen)
    text = f"{usd(monthly(cost))} a month for the expected nodes"
    most, _ = _most(choice)
    if most != cost:
        text += f", {usd(monthly(most))} if all run"
    if unpriced:
        names = ", ".join(c.workload for c in choice.chosen if c.usd_per_hour is None)
        text = f"at least {text}: {names} {'has' if unpriced == 1 else 'have'} no price, so nobody knows the cheapest"
    if choice.gap > 0:
        text += f"; at most {choice.gap:.1%} above the cheapest there can be"
    return text


def committed_text(hardware: Hardware) -> str:
    """By which committed-use prices it was chosen, which have ended, and which don't count; empty where none matters.

    Those of some nodes are paid whether this takes them or not, so they make no machine cheaper here.
    """
    counted = [f"{one.words}, until {one.until}" for one in hardware.commitments if not one.ended and one.nodes is None]
    ended = [f"{one.machines} in {one.region}, ended on {one.until}" for one in hardware.commitments if one.ended]
    by_number = [one.words for one in hardware.commitments if not one.ended and one.nodes is not None]
    texts = [f"at committed-use prices: {'; '.join(counted)}"] if counted else []
    if by_number:
        texts.append(f"at list prices, as they are paid in any case: {'; '.join(by_number)}")
    if ended:
        texts.append(f"at list prices again: {'; '.join(ended)}")
    return "; ".join(texts)


def _most(choice: HardwareChoice) -> tuple[Decimal, int]:
    prices = [candidate.most_usd_per_hour for candidate in choice.chosen]
    return sum((price for price in prices if price is not None), Decimal(0)), sum(price is None for price in prices)


def why_lines(pick: Pick) -> Iterator[tuple[str, str]]:
    """Label and sentence: why this one, what the second best costs, what bars the obvious one."""
    chosen = pick.candidate
    if chosen is None:
        if not pick.options:
            yield "hardware", "none: no machine is known on which it would hold its objective"
        elif pick.obvious is not None:
            price = cheapness(pick.obvious)
            yield "cheapest", f"{whole_text(pick.obvious)} {price}{_bars(pick.obvious_lacks, 'alone it lacks')}"
        return
    yield "why", _why(pick, chosen)
    if pick.second is not None:
        yield "second", f"{whole_text(pick.second)}: {_more(pick.second, chosen)}"
    else:
        yield "second", "no other machine fits beside the rest"
    if pick.obvious is not None:
        yield "barred", f"{whole_text(pick.obvious)}, {cheapness(pick.obvious)}{_bars(pick.obvious_lacks, 'it lacks')}"


def cheapness(candidate: Candidate) -> str:
    """What it costs, or that nobody knows."""
    usd_per_hour = candidate.usd_per_hour
    return "at no known price" if usd_per_hour is None else f"at {usd(monthly(usd_per_hour))} a month"


def _why(pick: Pick, chosen: Candidate) -> str:
    known = sum(candidate.usd_per_hour is not None for candidate in pick.options)
    text = f"{chosen.node.replicas} replica{'s' * (chosen.node.replicas > 1)} a node"
    if chosen.usd_per_hour is None:
        return f"{text}; none of {len(pick.options)} ways that fit has a price: the one that draws least"
    unknown = len(pick.options) - known
    others = f", {unknown} more have no price" if unknown else ""
    if pick.obvious is None:
        return f"{text}; the cheapest of {known} ways with a price{others}"
    return f"{text}; of {known} ways with a price the one that is cheapest for all workloads together{others}"


def _more(second: Candidate, chosen: Candidate) -> str:
    if second.usd_per_hour is None:
        return "no price"
    if chosen.usd_per_hour is None:
        return f"{usd(monthly(second.usd_per_hour))} a month"
    more = monthly(second.usd_per_hour - chosen.usd_per_hour)
    return f"{usd(more)} a month more" if more >= 0 else f"{usd(-more)} a month less, which others would pay for"


def _bars(lacks: tuple[LimitLack, ...], words: str) -> str:
    if not lacks:
        return "; it would fit, and others would pay for it"
    return f": {words} " + " and ".join(lack_text(lack) for lack in lacks)


def lack_text(lack: LimitLack) -> str:
    """One limit that is too small."""
    own = lack.needs - lack.drawn_by_others
    others = f" beside {lack.drawn_by_others:,} of the other workloads" if lack.drawn_by_others else ""
    return f"{lack.allowance.display} (needs {own:,}{others}, {lack.allowance.left:,} left)"


def raise_text(lack: LimitLack) -> str:
    """What to ask Google for."""
    allowance = lack.allowance
    now = f"{allowance.limit:,}" if allowance.limit is not None else "none listed"
    asked = f"{lack.limit:,}" if lack.limit is not None else "no limit is enough: all of it is kept free"
    return f"{allowance.display} in {allowance.key.region}: {now} -> {asked}"


def larger_text(larger: LargerQuota) -> str:
    """A set that more quota would allow."""
    cost, unpriced = total(larger.picks)
    least = "at least " if unpriced else ""
    units, limits = larger.units, len(larger.lacks)
    more = f"{units:,} unit{'s' * (units != 1)} of {limits} limit{'s' * (limits != 1)} more"
    sure = "" if larger.proven else " (less may do: that was not proven)"
    return f"{least}{usd(monthly(cost))} a month, {more}{sure}"


def asked_lines(choice: HardwareChoice) -> Iterator[str]:
    """What quota is asked for and why, and what of it isn't Google's quota."""
    larger = choice.asked_for
    if larger is None:
        why = "the cheapest hardware fits what is left" if choice.chosen else "no hardware is known that would do"
        yield f"no quota to ask for: {why}"
        return
    why = "what fits without it costs more" if choice.fits else "nothing fits without it"
    yield f"Quota to ask for: {larger_text(larger)}; {why}"
    for lack in larger.lacks:
        if lack.allowance.key.quota_id.startswith(MACHINES):
            yield f"{lack.allowance.display} needs {lack.limit} machines: enlarge it, then list it in the quota file"


def saving_text(saving: Saving) -> str:
    """What one node more would save."""
    amount = f"{saving.amount:,} {saving.allowance.display} more (a node of {saving.machine})"
    return f"{amount} would save {usd(monthly(saving.usd_per_hour))} a month"


def reasons(pick: Pick) -> Iterator[str]:
    """Why machines are no candidates, those with the same reason together."""
    grouped: dict[str, list[str]] = {}
    for none in pick.none:
        grouped.setdefault(none.reason, []).append(none.what)
    for reason, names in list(grouped.items())[:MOST_REASONS]:
        more = f" and {len(names) - MOST_REASONS} more" if len(names) > MOST_REASONS else ""
        shown = names[: MOST_REASONS if len(names) > MOST_REASONS else None]
        yield f"{'; '.join(shown)}{more}: {reason}"
    if len(grouped) > MOST_REASONS:
        yield f"{len(grouped) - MOST_REASONS} more reasons: --format json has them"


def comparison_lines(found: OldAndNew) -> Iterator[tuple[str, str]]:
    """What serves now against what would."""
    now = found.now
    yield "now", f"up to {now.nodes} {now.machine_type}, {now.provisioning}: {money(found.old_usd)} a month"
    if found.needed is not None and found.spare_nodes:
        price = found.needed.bought[0].usd_per_hour
        saved = "" if price is None else f", {usd(monthly(price * found.spare_nodes))} a month"
        needs = found.needed.most
        yield "too large", f"{needs} of the same machines do: {found.spare_nodes} may go{saved}"
    elif found.needed is not None and found.needed.most > now.nodes:
        yield "too small", f"of the same machines it needs {found.needed.most}"
    if found.old is None:
        yield "old speed", f"nobody knows how it does on {now.machine_type}"
    if found.stays or found.chosen is None:
        return
    if found.old is not None and found.old.curve and found.chosen.option.curve:
        yield "speed", f"now {_speed(found.old)}; then {_speed(found.chosen.option)}"
    new = found.chosen.most_usd_per_hour
    if new is not None and found.old_usd is not None:
        change = monthly(found.old_usd - new)
        yield "money", f"{usd(abs(change))} a month {'less' if change >= 0 else 'more'} if all nodes run"
    freed = [f"{key.quota_id} {amount:,}" for key, amount in found.freed.items() if amount > 0]
    if freed:
        yield "freed", ", ".join(freed)
    yield "moving", _moving(found)


def _speed(option: ServingOption) -> str:
    point = next((point for point in option.curve if point.concurrency == option.slots), option.curve[-1])
    first = f"first token {option.first_token.middle:.2g} s, " if option.first_token is not None else ""
    rate = point.tokens_per_s.middle / option.devices
    token = f"{point.per_token.middle * 1000:.0f} ms a token with {point.concurrency} at once"
    return f"{first}{token}, {rate:,.0f} tokens/s a device"


def _moving(found: OldAndNew) -> str:
    steps = list(found.moves)
    if found.lacking_meanwhile:
        lacking = " and ".join(f"{amount:,} {allowance.display}" for allowance, amount in found.lacking_meanwhile)
        steps.append(f"both at once lack {lacking}: old nodes go first, or step by step")
    else:
        steps.append("both fit at once")
    return "; ".join(steps)


def pool_lines(hardware: Hardware, workload: str) -> Iterator[tuple[str, str]]:
    """Where it would be written, where that isn't what one would think."""
    target = hardware.targets.get(workload)
    if target is not None and target.shared_with:
        others = ", ".join(target.shared_with)
        yield "pool", f"{target.pool}: the pool that it has, or is named, runs {others} as well"


def comparison_of(hardware: Hardware, workload: str) -> OldAndNew | None:
    """None where nothing serves it now."""
    return next((found for found in hardware.comparisons if found.workload == workload), None)
