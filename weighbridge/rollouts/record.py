"""Whether a rollout's own record bears out where it stands: steps in order, baked, and approved by another person.

Every violation has its own sentence, with the place in the spec and what to do. A step began when `reached` says so, or
where that has no entry, when it was approved.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.rollout import Rollout
from weighbridge.units import format_duration, format_timestamp, percent


def judge_steps(name: str, endpoint: Endpoint, now: datetime) -> Iterator[str]:
    """What is wrong with the order and the pace of the steps up to the present one."""
    rollout = endpoint.rollout
    if rollout is None:
        return
    passed = _passed(rollout)
    recorded = [step for step in passed if began(rollout, step) is not None]
    for step in passed:
        if step not in recorded and recorded and step < recorded[-1]:
            problem = f"{name} stands at {percent(rollout.at)}, and {percent(step)} was jumped over"
            remedy = f"set `at` to {percent(_before(rollout, step))} and take {percent(step)} first"
            yield f"{problem}: it has neither an approval nor an entry in `reached`. In {_place(name)}, {remedy}"
    for earlier, later in pairwise(recorded):
        start, end = began(rollout, earlier), began(rollout, later)
        if start is not None and end is not None and end - start < rollout.bake:
            ran = format_duration(end - start) if end > start else "no time"
            problem = f"{name} went from {percent(earlier)} to {percent(later)} after {ran}"
            until = format_timestamp(start + rollout.bake)
            remedy = f"in {_place(name)}, stay at {percent(earlier)} until {until}"
            yield f"{problem}, and each step bakes for {format_duration(rollout.bake)}: {remedy}"
    for index, entry in enumerate(rollout.reached):
        if entry.at > now:
            problem = f"{name} is to have reached {percent(entry.step)} at {format_timestamp(entry.at)}"
            yield f"{problem}, which is in the future: correct {_place(name)}.reached[{index}]"
    for index, (one, two) in enumerate(pairwise(rollout.reached), start=1):
        if two.step <= one.step or two.at < one.at:
            second, first = (f"{percent(entry.step)} at {format_timestamp(entry.at)}" for entry in (two, one))
            problem = f"{second} comes after {first}"
            yield f"the record of {name} is out of order: {problem}. Put {_place(name)}.reached[{index}] in order"


def judge_approvals(name: str, endpoint: Endpoint, owner: str, now: datetime, *, production: bool) -> Iterator[str]:
    """What is wrong with the approvals. `owner` is the spec's: nobody approves their own change on production.

    Elsewhere a rollout of a single step needs no approval.
    """
    rollout = endpoint.rollout
    if rollout is None:
        return
    approved = {approval.step for approval in rollout.approvals}
    if production or len(rollout.steps) > 1:
        for step in _passed(rollout):
            if step not in approved:
                remedy = f"add who did, when and why to {_place(name)}.approvals"
                yield f"{name} has reached {percent(step)}, which nobody approved: {remedy}"
    for index, approval in enumerate(rollout.approvals):
        where, what = f"{_place(name)}.approvals[{index}]", f"the approval of {percent(approval.step)} for {name}"
        if production and approval.by.lower() == owner.lower():
            yield f"{what} is by {approval.by}, who owns this spec: have somebody else approve it ({where})"
        if approval.at > now:
            yield f"{what} is from {format_timestamp(approval.at)}, which is in the future: correct {where}"
        previous = _before(rollout, approval.step)
        start = began(rollout, previous)
        if start is not None and approval.at < start:
            began_at = f"{percent(previous)} began at {format_timestamp(start)}"
            problem = f"{what} is from {format_timestamp(approval.at)}, before {began_at}"
            yield f"{problem}, so it rests on nothing: approve again, knowing how {percent(previous)} went ({where})"


def began(rollout: Rollout, step: Decimal) -> datetime | None:
    """When a step began; None where nothing is on record."""
    entries = [entry.at for entry in rollout.reached if entry.step == step]
    entries = entries or [approval.at for approval in rollout.approvals if approval.step == step]
    return entries[-1] if entries else None


def _passed(rollout: Rollout) -> list[Decimal]:
    return [step for step in rollout.steps if step <= rollout.at]


def _before(rollout: Rollout, step: Decimal) -> Decimal:
    return max((earlier for earlier in rollout.steps if earlier < step), default=Decimal(0))


def _place(name: str) -> str:
    return f"endpoints.{name}.rollout"
