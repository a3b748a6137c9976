"""What accepting, approving, advancing and rolling back make of an endpoint; what policies would block is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from weighbridge.errors import BLOCKED, WeighbridgeError
from weighbridge.rollouts.acceptance import accept_command, judge_acceptance, not_fitting, production_changed
from weighbridge.rollouts.authority import Authority
from weighbridge.rollouts.finding import Finding
from weighbridge.rollouts.fingerprint import fingerprint, fingerprint_otherwise
from weighbridge.rollouts.record import approve_command, bakes_until, judge_approvals, judge_steps, pace, unconfirmed
from weighbridge.rollouts.weights import NONE, existing, next_step, replicas_least, weights
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.rollout import Acceptance, Approval, Binding, Reached, RolledBack, Rollout
from weighbridge.units import format_duration, format_timestamp, percent


class Refused(WeighbridgeError):
    """The change would break a rule. Each line is a sentence for people."""

    exit_code = BLOCKED
    prefix = "blocked: "

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))


def unaccepted(name: str, endpoint: Endpoint, authority: Authority) -> tuple[str, ...]:
    """The versions that `accept` has to make a record for.

    Those without one, a new candidate's that was changed, and those whose record is by somebody who may not accept.
    """
    return tuple(version for version in existing(endpoint) if _needs_record(name, endpoint, version, authority))


def _needs_record(name: str, endpoint: Endpoint, version: str, authority: Authority) -> bool:
    record = endpoint.versions[version].accepted
    if record is None:
        return True
    fits = not_fitting(name, endpoint, version, authority) is None
    if fits:
        return authority.objection(record.by) is not None
    return _untried(endpoint, version) or production_changed(name, endpoint, version, authority)


def accept(name: str, endpoint: Endpoint, versions: Sequence[str], given: Binding, authority: Authority) -> Endpoint:
    """With records for these versions, each as what it is now. Raises `Refused`."""
    changed = dict(endpoint.versions)
    for version in versions:
        if version not in existing(endpoint):
            raise Refused(f"{name} has no version {version}, but {' and '.join(existing(endpoint))}")
        record = endpoint.versions[version].accepted
        if record is not None and not (
            _untried(endpoint, version) or _needs_record(name, endpoint, version, authority)
        ):
            problem = not_fitting(name, endpoint, version, authority)
            fits = f"{version} of {name} is accepted already, by {record.by} at {format_timestamp(record.at)}"
            raise Refused(problem or f"{fits}: there is nothing to do")
        role = "stable" if version == endpoint.stable else "candidate"
        digest = fingerprint(authority, name, endpoint, version)
        accepted = Acceptance.model_validate(
            {"as": role, "fingerprint": digest, "by": given.by, "at": given.at, "reason": given.reason}
        )
        changed[version] = changed[version].model_copy(update={"accepted": accepted})
    after = endpoint.model_copy(update={"versions": changed})
    _refuse(
        _new(judge_acceptance(name, endpoint, authority, given.at), judge_acceptance(name, after, authority, given.at))
    )
    return after


def unbound(name: str, endpoint: Endpoint, authority: Authority) -> tuple[Approval, ...]:
    """Approvals that don't say what they approved or at which pace, or are by somebody who may not approve (any more).

    `bind` comes before a further approval.
    """
    rollout = endpoint.rollout
    if rollout is None or rollout.rolled_back is not None:
        return ()
    digest = fingerprint(authority, name, endpoint, rollout.candidate)
    before = (None, fingerprint_otherwise(authority, name, endpoint, rollout.candidate))
    return tuple(
        given
        for given in rollout.approvals
        if given.fingerprint in before
        or (given.fingerprint == digest and given.pace != pace(rollout))
        or unconfirmed(given, authority)
    )


def bind(name: str, endpoint: Endpoint, given: Binding, authority: Authority) -> Endpoint:
    """With the approvals that stand there bound to the candidate as it is. Raises `Refused`."""
    rollout = _going(name, endpoint, authority)
    candidate = endpoint.versions[rollout.candidate]
    objection = authority.objection(given.by) if authority.binds else None
    if objection is not None:
        command = approve_command(name, authority)
        problem = f"the approvals of {name} would be confirmed by {given.by}, {objection}"
        raise Refused(f"{problem}: let {authority.others} run `{command}`")
    if authority.production and candidate.accepted is None:
        problem = f"nobody has accepted {rollout.candidate} of {name}, so nothing says what was approved"
        raise Refused(f"{problem}: first `{accept_command(name, authority, rollout.candidate)}`")
    stale = not_fitting(name, endpoint, rollout.candidate, authority)
    if stale is not None:
        raise Refused(stale)
    digest = fingerprint(authority, name, endpoint, rollout.candidate)
    unsaid = unbound(name, endpoint, authority)
    known = (None, digest, fingerprint_otherwise(authority, name, endpoint, rollout.candidate))
    approvals = tuple(
        approval.model_copy(update={"fingerprint": digest, "pace": pace(rollout), "bound": given})
        if approval in unsaid and approval.fingerprint in known
        else approval
        for approval in rollout.approvals
    )
    return _judged(name, endpoint, _with(endpoint, rollout, approvals=approvals), authority, given.at)


def approve(name: str, endpoint: Endpoint, approval: Approval, authority: Authority) -> Endpoint:
    """With one approval more, of the next step and of the candidate as it is. Raises `Refused`."""
    rollout = _going(name, endpoint, authority)
    expected = next_step(rollout)
    if expected is None:
        raise Refused(f"{name} has reached 100%: there is no further step to approve. Finish with `rollout advance`")
    if approval.step != expected:
        problem = f"the next step of {name} is {percent(expected)}, got {percent(approval.step)}"
        raise Refused(f"{problem}: steps are approved one by one, each knowing how the one before went")
    earlier = next((given for given in rollout.approvals if given.step == expected), None)
    if earlier is not None:
        when = format_timestamp(earlier.at)
        raise Refused(
            f"{percent(expected)} of {name} is approved already, by {earlier.by} at {when}: "
            f"go on with `weighbridge rollout advance {name} -s {authority.stack}`"
        )
    digest = fingerprint(authority, name, endpoint, rollout.candidate)
    named = approval.model_copy(update={"fingerprint": digest, "pace": pace(rollout)})
    changed = _with(endpoint, rollout, approvals=(*rollout.approvals, named))
    return _judged(name, endpoint, changed, authority, approval.at)


def advance(name: str, endpoint: Endpoint, authority: Authority, now: datetime) -> Endpoint:
    """One step further; at 100% the candidate becomes stable and the old version goes. Raises `Refused`."""
    rollout = _going(name, endpoint, authority)
    step = next_step(rollout)
    lacking = list(missing(name, endpoint, authority, now))
    if lacking:
        to = percent(step) if step is not None else "its end"
        raise Refused(*(f"{name} can't go from {percent(rollout.at)} to {to} yet: {what}" for what in lacking))
    if step is None:
        return _finished(name, endpoint, rollout, authority, now)
    changed = _with(endpoint, rollout, at=step, reached=(*rollout.reached, Reached(step=step, at=now)))
    after = (*judge_steps(name, changed, now), *judge_acceptance(name, changed, authority, now))
    _refuse(_new((*judge_steps(name, endpoint, now), *judge_acceptance(name, endpoint, authority, now)), after))
    return _judged(name, endpoint, changed, authority, now)


def missing(name: str, endpoint: Endpoint, authority: Authority, now: datetime) -> Iterator[str]:
    """What the next step, or after 100% the end, still waits for: each in words, with who does what."""
    rollout = endpoint.rollout
    if rollout is None or rollout.rolled_back is not None:
        return
    step = next_step(rollout)
    until = bakes_until(rollout, now)
    if until is not None:
        yield (
            f"{percent(rollout.at)} began at {format_timestamp(until - rollout.bake)} and bakes for "
            f"{format_duration(rollout.bake)}, so wait until {format_timestamp(until)}"
        )
    if step is not None and _needs_approval(rollout, authority):
        given = next((approval for approval in rollout.approvals if approval.step == step), None)
        if given is None:
            yield f"nobody approved {percent(step)}, so let {authority.others} run `{approve_command(name, authority)}`"
    yield from gate(name, endpoint, authority, now)


def gate(name: str, endpoint: Endpoint, authority: Authority, now: datetime) -> Iterator[str]:
    """What keeps an endpoint from being deployed, or on production its candidate from its first step.

    Where nobody says who decides, and it isn't production, nothing but its policies do.
    """
    rollout = endpoint.rollout
    if not authority.binds:
        return
    waits = authority.production and rollout is not None and rollout.at == NONE and rollout.rolled_back is None
    if rollout is not None and waits and endpoint.versions[rollout.candidate].accepted is None:
        command = accept_command(name, authority, rollout.candidate)
        yield f"nobody accepted {rollout.candidate}, so let {authority.others} run `{command}`"
    findings = (*judge_approvals(name, endpoint, authority, now), *judge_acceptance(name, endpoint, authority, now))
    for finding in findings:
        if finding.blocks:
            yield finding.message


def _needs_approval(rollout: Rollout, authority: Authority) -> bool:
    return authority.production or len(rollout.steps) > 1


def _finished(name: str, endpoint: Endpoint, rollout: Rollout, authority: Authority, now: datetime) -> Endpoint:
    """The candidate is stable, accepted by whoever approved its last step, else as it was as a candidate.

    It keeps as many replicas as it kept at its last step, so that none goes as the rollout ends.
    """
    last = next((given for given in rollout.approvals if given.step == rollout.at), None)
    new = endpoint.versions[rollout.candidate]
    least = replicas_least(endpoint, rollout.candidate) if new.replicas.max else new.replicas.min
    new = new.model_copy(update={"replicas": new.replicas.model_copy(update={"min": least})})
    if last is not None:
        digest = fingerprint(authority, name, endpoint, rollout.candidate)
        record = {"as": "stable", "fingerprint": digest, "by": last.by, "at": now, "reason": last.reason}
        new = new.model_copy(update={"accepted": Acceptance.model_validate(record)})
    elif new.accepted is not None:
        new = new.model_copy(update={"accepted": new.accepted.model_copy(update={"role": "stable"})})
    return endpoint.model_copy(
        update={"stable": rollout.candidate, "versions": {rollout.candidate: new}, "rollout": None}
    )


def rollback(
    name: str, endpoint: Endpoint, authority: Authority, now: datetime, reason: str, *, remove: bool = False
) -> Endpoint:
    """Back to stable at once, whatever the record says; `remove` takes a candidate out that has no traffic.

    A candidate that is taken back is no longer accepted, so that taking `rolled_back` out gives it nothing. Raises
    `Refused`.
    """
    rollout = endpoint.rollout
    if rollout is None:
        problem = f"{name} has no rollout: {endpoint.stable} takes all traffic"
        raise Refused(f"{problem}. An older version comes back as the candidate of a new rollout; git has its lines")
    if weights(endpoint)[rollout.candidate] == NONE:
        if rollout.rolled_back is None or remove:
            kept = {key: version for key, version in endpoint.versions.items() if key != rollout.candidate}
            return endpoint.model_copy(update={"versions": kept, "rollout": None})
        back = rollout.rolled_back
        raise Refused(
            f"{name} is rolled back already, from {percent(back.weight)} at {format_timestamp(back.at)} "
            f"({back.reason}): {endpoint.stable} takes all requests in the spec. Deploy it; to take "
            f"{rollout.candidate} out of the spec as well: "
            f"`weighbridge rollout rollback {name} -s {authority.stack} --remove`"
        )
    if remove:
        raise Refused(
            f"{rollout.candidate} takes {percent(rollout.at)} of the requests of {name}: roll back without --remove "
            "first, and deploy"
        )
    versions: Mapping[str, object] = {
        **endpoint.versions,
        rollout.candidate: endpoint.versions[rollout.candidate].model_copy(update={"accepted": None}),
    }
    changed = endpoint.model_copy(update={"versions": versions})
    return _with(changed, rollout, at=NONE, rolled_back=RolledBack(at=now, weight=rollout.at, reason=reason))


def _going(name: str, endpoint: Endpoint, authority: Authority) -> Rollout:
    rollout = endpoint.rollout
    if rollout is None:
        raise Refused(f"{name} has no rollout: add the new version and a `rollout` that names it as its candidate")
    if rollout.rolled_back is not None:
        problem = f"{name} was rolled back from {percent(rollout.rolled_back.weight)}: {rollout.rolled_back.reason}"
        remove = f"weighbridge rollout rollback {name} -s {authority.stack} --remove"
        raise Refused(f"{problem}. `{remove}` takes {rollout.candidate} out; a new rollout starts at 0%")
    return rollout


def _untried(endpoint: Endpoint, version: str) -> bool:
    """Whether it is a candidate that nobody approved for anything: until then its record may still be renewed."""
    rollout = endpoint.rollout
    return (
        rollout is not None
        and version == rollout.candidate
        and rollout.at == NONE
        and not (rollout.approvals or rollout.reached)
    )


def _judged(name: str, before: Endpoint, after: Endpoint, authority: Authority, now: datetime) -> Endpoint:
    _refuse(_new(judge_approvals(name, before, authority, now), judge_approvals(name, after, authority, now)))
    return after


def advice(name: str, endpoint: Endpoint, authority: Authority, now: datetime) -> list[str]:
    """What is said of an endpoint's records without blocking it, as where a stack isn't production."""
    found = (*judge_approvals(name, endpoint, authority, now), *judge_acceptance(name, endpoint, authority, now))
    return [finding.message for finding in found if not finding.blocks]


def _new(before: Iterable[Finding], after: Iterable[Finding]) -> list[str]:
    """What blocks and comes by a change; what was wrong already is the policies' to block."""
    known = {finding.message for finding in before}
    return [finding.message for finding in after if finding.blocks and finding.message not in known]


def _with(endpoint: Endpoint, rollout: Rollout, **changes: object) -> Endpoint:
    return endpoint.model_copy(update={"rollout": rollout.model_copy(update=changes)})


def _refuse(lines: Sequence[str]) -> None:
    if lines:
        raise Refused(*lines)
