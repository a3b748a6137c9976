"""Whether a rollout's own record bears out where it stands: steps in order, baked, and approved by another person.

Every finding has its own sentence, with the place in the spec and what to do. A step began when `reached` says so, or
where that has no entry, when it was first approved. An approval names the fingerprint of what it approves; one of
another approves nothing, and one without is bound once to what it approved, by `weighbridge rollout approve`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from weighbridge.files.problem import KeyPath
from weighbridge.rollouts.authority import Authority
from weighbridge.rollouts.finding import Finding, place
from weighbridge.rollouts.fingerprint import fingerprint, fingerprint_otherwise, short
from weighbridge.rollouts.weights import next_step
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.rollout import Approval, Rollout
from weighbridge.units import format_duration, format_timestamp, percent


def judge_steps(name: str, endpoint: Endpoint, now: datetime) -> Iterator[Finding]:
    """What is wrong with the order and the pace of the steps up to the present one."""
    rollout = endpoint.rollout
    if rollout is None:
        return
    path = _path(name)
    passed = _passed(rollout)
    recorded = [step for step in passed if began(rollout, step) is not None]
    for step in passed:
        if step not in recorded and recorded and step < recorded[-1]:
            problem = f"{name} stands at {percent(rollout.at)}, and {percent(step)} was jumped over"
            remedy = f"set `at` to {percent(_before(rollout, step))} and take {percent(step)} first"
            message = f"{problem}: it has neither an approval nor an entry in `reached`. In {place(path)}, {remedy}"
            yield Finding(message, (*path, "at"))
    for earlier, later in pairwise(recorded):
        start, end = began(rollout, earlier), began(rollout, later)
        if start is not None and end is not None and end - start < rollout.bake:
            ran = format_duration(end - start) if end > start else "no time"
            problem = f"{name} went from {percent(earlier)} to {percent(later)} after {ran}"
            until = format_timestamp(start + rollout.bake)
            remedy = f"in {place(path)}, stay at {percent(earlier)} until {until}"
            message = f"{problem}, and each step bakes for {format_duration(rollout.bake)}: {remedy}"
            yield Finding(message, (*path, "at"))
    for index, entry in enumerate(rollout.reached):
        here: KeyPath = (*path, "reached", index)
        if entry.at > now:
            problem = f"{name} is to have reached {percent(entry.step)} at {format_timestamp(entry.at)}"
            yield Finding(f"{problem}, which is in the future: correct {place(here)}", here)
    for index, (one, two) in enumerate(pairwise(rollout.reached), start=1):
        here = (*path, "reached", index)
        if two.step <= one.step or two.at < one.at:
            second, first = (f"{percent(entry.step)} at {format_timestamp(entry.at)}" for entry in (two, one))
            problem = f"{second} comes after {first}"
            yield Finding(f"the record of {name} is out of order: {problem}. Put {place(here)} in order", here)


def judge_approvals(name: str, endpoint: Endpoint, authority: Authority, now: datetime) -> Iterator[Finding]:
    """What is wrong with the approvals.

    Outside production a rollout of a single step needs none, and whom and what an approval is by and for is advice.
    """
    rollout = endpoint.rollout
    if rollout is None:
        return
    path = _path(name)
    approved = {approval.step for approval in rollout.approvals}
    if authority.production or len(rollout.steps) > 1:
        for step in _passed(rollout):
            if step not in approved:
                earlier = percent(_before(rollout, step))
                message = (
                    f"{name} has reached {percent(step)}, which nobody approved: set {place(path)}.at to {earlier}, "
                    f"let {authority.others} run `{approve_command(name, authority)}`, and then `weighbridge rollout "
                    f"advance {name} -s {authority.stack}`"
                )
                yield Finding(message, (*path, "at"))
    present = fingerprint(authority, name, endpoint, rollout.candidate)
    otherwise = fingerprint_otherwise(authority, name, endpoint, rollout.candidate)
    for index, approval in enumerate(rollout.approvals):
        here: KeyPath = (*path, "approvals", index)
        what = f"the approval of {percent(approval.step)} for {name}"
        yield from _by(what, approval, here, authority, now, name)
        yield from _for(what, approval, here, authority, (present, otherwise), (name, rollout.candidate))
        yield from _paced(what, approval, here, authority, rollout, name)
        yield from _when(what, approval, here, rollout)
    yield from _in_order(name, rollout, authority)


def unconfirmed(approval: Approval, authority: Authority) -> bool:
    """Whether neither who gave it nor who bound it since may approve."""
    by_others = approval.bound is None or authority.objection(approval.bound.by) is not None
    return authority.objection(approval.by) is not None and by_others


def _confirmed(name: str, authority: Authority) -> str:
    return f"let {authority.others} run `{approve_command(name, authority)}`, which confirms it"


def _by(
    what: str, approval: Approval, path: KeyPath, authority: Authority, now: datetime, name: str
) -> Iterator[Finding]:
    """What is wrong with who approved."""
    objection = authority.objection(approval.by)
    if objection is not None and unconfirmed(approval, authority):
        message = f"{what} is by {approval.by}, {objection}: {_confirmed(name, authority)} ({place(path)})"
        yield Finding(message, (*path, "by"), authority.binds)
    if approval.at > now:
        when = format_timestamp(approval.at)
        yield Finding(f"{what} is from {when}, which is in the future: correct {place(path)}", (*path, "at"))
    bound = approval.bound
    if bound is None:
        return
    objection = authority.objection(bound.by)
    if objection is not None:
        problem = f"{what} was bound to what it approved by {bound.by}, {objection}"
        message = f"{problem}: {_confirmed(name, authority)} ({place(path)}.bound)"
        yield Finding(message, (*path, "bound"), authority.binds)
    if bound.at > now or bound.at < approval.at:
        wrong = "in the future" if bound.at > now else "before it was given"
        message = f"{what} is bound at {format_timestamp(bound.at)}, which is {wrong}: correct {place(path)}.bound"
        yield Finding(message, (*path, "bound"), authority.production)


def _for(
    what: str, approval: Approval, path: KeyPath, authority: Authority, digests: tuple[str, str], names: tuple[str, str]
) -> Iterator[Finding]:
    """What is wrong with what was approved."""
    name, candidate = names
    present, otherwise = digests
    if approval.fingerprint is None:
        message = (
            f"{what} doesn't say what it approved: where {candidate} is what it was at "
            f"{format_timestamp(approval.at)}, let {authority.others} run `{approve_command(name, authority)}`, which "
            f"binds it once ({place(path)})"
        )
        yield Finding(message, path, authority.production)
    elif approval.fingerprint == otherwise:
        then = "wasn't" if authority.production else "was"
        message = f"{what} is from when {authority.stack} {then} production: {_confirmed(name, authority)}"
        yield Finding(message, (*path, "fingerprint"), authority.production)
    elif approval.fingerprint != present:
        message = (
            f"{what} is for {short(approval.fingerprint)}, and {candidate} is {short(present)} now: a candidate "
            f"doesn't change once a step is approved. Put it back (git has it), or give what is new another name and "
            f"a rollout of its own, from 0%"
        )
        yield Finding(message, (*path, "fingerprint"), authority.production)


def _paced(
    what: str, approval: Approval, path: KeyPath, authority: Authority, rollout: Rollout, name: str
) -> Iterator[Finding]:
    """What is wrong with the steps and the bake time that it was given for."""
    present = pace(rollout)
    if approval.fingerprint is None or approval.pace == present:  # the first is said already, and mended at once
        return
    if approval.pace is None:
        message = (
            f"{what} doesn't say for which steps and bake time it was given: where they are what they were at "
            f"{format_timestamp(approval.at)}, let {authority.others} run `{approve_command(name, authority)}`, which "
            f"binds it once ({place(path)})"
        )
    else:
        message = (
            f"{what} was given for {approval.pace}, and the rollout has {present} now: put `steps` and `bake` back "
            f"(git has them), or {_confirmed(name, authority)}"
        )
    yield Finding(message, (*path, "pace"), authority.production)


def _when(what: str, approval: Approval, path: KeyPath, rollout: Rollout) -> Iterator[Finding]:
    """What is wrong with when it was approved."""
    previous = _before(rollout, approval.step)
    start = began(rollout, previous)
    if previous > rollout.at and rollout.rolled_back is None:
        message = (
            f"{what} is given before {percent(previous)} has begun, so it rests on nothing: remove it, and approve "
            f"again, knowing how {percent(previous)} went; taking traffic back needs no approval ({place(path)})"
        )
        yield Finding(message, path)
    elif start is not None and approval.at < start:
        began_at = f"{percent(previous)} began at {format_timestamp(start)}"
        problem = f"{what} is from {format_timestamp(approval.at)}, before {began_at}"
        remedy = f"approve again, knowing how {percent(previous)} went"
        yield Finding(f"{problem}, so it rests on nothing: {remedy} ({place(path)})", (*path, "at"))


def _in_order(name: str, rollout: Rollout, authority: Authority) -> Iterator[Finding]:
    """Approvals of one step each, in the order of the steps."""
    first: dict[Decimal, int] = {}
    highest = Decimal(0)
    for index, approval in enumerate(rollout.approvals):
        here: KeyPath = (*_path(name), "approvals", index)
        if approval.step in first:
            message = (
                f"{percent(approval.step)} is approved twice for {name}, and the first approval counts "
                f"(approvals[{first[approval.step]}]): remove {place(here)}"
            )
            yield Finding(message, here, authority.production)
        elif approval.step < highest:
            message = (
                f"the approvals of {name} are out of order: {percent(approval.step)} comes after {percent(highest)}"
            )
            yield Finding(f"{message}. Put {place(here)} in order", here, authority.production)
        first.setdefault(approval.step, index)
        highest = max(highest, approval.step)


def pace(rollout: Rollout) -> str:
    """A rollout's steps and bake time, as its approvals name them."""
    return f"{' '.join(map(percent, rollout.steps))} every {format_duration(rollout.bake)}"


def approve_command(name: str, authority: Authority) -> str:
    """The command that approves the next step, or binds the approvals that stand there."""
    return f"weighbridge rollout approve {name} -s {authority.stack} --reason TEXT"


def bakes_until(rollout: Rollout, now: datetime) -> datetime | None:
    """When the present step will have baked; None: it has, or nobody knows when it began."""
    start = began(rollout, rollout.at)
    return start + rollout.bake if start is not None and start + rollout.bake > now else None


def waits_for(rollout: Rollout, now: datetime, blocked: str | None) -> list[str]:
    """What the next step, or after the last one the end, waits for, as it continues "waits …".

    `blocked`: what keeps the stack from being deployed, in the same way; None: nothing does.
    """
    until, step = bakes_until(rollout, now), next_step(rollout)
    waits = [] if until is None else [f"until {until:%Y-%m-%d %H:%M} UTC (bakes for {format_duration(rollout.bake)})"]
    if step is None:
        return waits
    if blocked is not None:
        waits.append(blocked)
    if step not in {approval.step for approval in rollout.approvals}:
        waits.append("for an approval")
    return waits


def began(rollout: Rollout, step: Decimal) -> datetime | None:
    """When a step began; None where nothing is on record."""
    entries = [entry.at for entry in rollout.reached if entry.step == step]
    if entries:
        return entries[-1]
    return next((approval.at for approval in rollout.approvals if approval.step == step), None)


def _passed(rollout: Rollout) -> list[Decimal]:
    return [step for step in rollout.steps if step <= rollout.at]


def _before(rollout: Rollout, step: Decimal) -> Decimal:
    return max((earlier for earlier in rollout.steps if earlier < step), default=Decimal(0))


def _path(name: str) -> KeyPath:
    return "endpoints", name, "rollout"
