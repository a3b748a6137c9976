"""What approving, advancing and rolling back make of an endpoint; the same rules refuse what policies would block."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from weighbridge.errors import BLOCKED, WeighbridgeError
from weighbridge.rollouts.record import judge_approvals, judge_steps
from weighbridge.rollouts.weights import NONE, next_step
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.rollout import Approval, Reached, RolledBack, Rollout
from weighbridge.units import percent


class Refused(WeighbridgeError):
    """The change would break a rule. Each line is a sentence for people."""

    exit_code = BLOCKED
    prefix = "blocked: "

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))


def approve(name: str, endpoint: Endpoint, approval: Approval, owner: str, *, production: bool) -> Endpoint:
    """With one approval more, of the next step. Raises `Refused`."""
    rollout = _going(name, endpoint)
    expected = next_step(rollout)
    if expected is None:
        raise Refused(f"{name} has reached 100%: there is no further step to approve. Finish with `rollout advance`")
    if approval.step != expected:
        problem = f"the next step of {name} is {percent(expected)}, got {percent(approval.step)}"
        raise Refused(f"{problem}: steps are approved one by one, each knowing how the one before went")
    changed = _with(endpoint, rollout, approvals=(*rollout.approvals, approval))
    _refuse(
        *_new(
            judge_approvals(name, endpoint, owner, approval.at, production=production),
            judge_approvals(name, changed, owner, approval.at, production=production),
        )
    )
    return changed


def advance(name: str, endpoint: Endpoint, owner: str, now: datetime, *, production: bool) -> Endpoint:
    """One step further; at 100% the candidate becomes stable and the old version goes. Raises `Refused`."""
    rollout = _going(name, endpoint)
    step = next_step(rollout)
    if step is None:
        kept = {key: version for key, version in endpoint.versions.items() if key != endpoint.stable}
        return endpoint.model_copy(update={"stable": rollout.candidate, "versions": kept, "rollout": None})
    changed = _with(endpoint, rollout, at=step, reached=(*rollout.reached, Reached(step=step, at=now)))
    _refuse(
        *_new(judge_steps(name, endpoint, now), judge_steps(name, changed, now)),
        *_new(
            judge_approvals(name, endpoint, owner, now, production=production),
            judge_approvals(name, changed, owner, now, production=production),
        ),
    )
    return changed


def rollback(name: str, endpoint: Endpoint, now: datetime, reason: str) -> Endpoint:
    """Back to stable at once, whatever the record says; without traffic left, the candidate goes. Raises `Refused`."""
    rollout = endpoint.rollout
    if rollout is None:
        problem = f"{name} has no rollout: {endpoint.stable} takes all traffic"
        raise Refused(f"{problem}. An older version comes back as the candidate of a new rollout; git has its lines")
    if rollout.rolled_back is not None or rollout.at == NONE:
        kept = {key: version for key, version in endpoint.versions.items() if key != rollout.candidate}
        return endpoint.model_copy(update={"versions": kept, "rollout": None})
    return _with(endpoint, rollout, at=NONE, rolled_back=RolledBack(at=now, weight=rollout.at, reason=reason))


def _going(name: str, endpoint: Endpoint) -> Rollout:
    rollout = endpoint.rollout
    if rollout is None:
        raise Refused(f"{name} has no rollout: add the new version and a `rollout` that names it as its candidate")
    if rollout.rolled_back is not None:
        problem = f"{name} was rolled back from {percent(rollout.rolled_back.weight)}: {rollout.rolled_back.reason}"
        raise Refused(
            f"{problem}. `rollout rollback` once more removes {rollout.candidate}; a new rollout starts at 0%"
        )
    return rollout


def _new(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """Violations that a change brings; what was wrong already is the policies' to block."""
    known = set(before)
    return [violation for violation in after if violation not in known]


def _with(endpoint: Endpoint, rollout: Rollout, **changes: object) -> Endpoint:
    return endpoint.model_copy(update={"rollout": rollout.model_copy(update=changes)})


def _refuse(*lines: str) -> None:
    if lines:
        raise Refused(*lines)
