"""Writes acceptances, a changed rollout and a retirement into the text of a spec; every other character stays.

What comes out is read again and must be exactly the change that was meant. Where it isn't, because an alias stands for
what is edited, the aliases of that endpoint are written out first; what can't be edited then either is refused, and
`weighbridge validate` says so beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import yaml

from weighbridge.files.problem import FileError, KeyPath, Problem
from weighbridge.files.reading import located
from weighbridge.files.yaml_edit import Append, Edit, Remove, Set, edited, scalar_text, without_aliases
from weighbridge.rollouts.record import pace
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.retirement import Retirement
from weighbridge.spec.rollout import Acceptance, Approval, Binding, Reached, RolledBack, Rollout
from weighbridge.spec.root import Spec
from weighbridge.stacks.load import parse_spec
from weighbridge.units import format_timestamp, percent


def rewrite(text: str, file: Path, name: str, changed: Endpoint) -> str:
    """The text with endpoint `name` made equal to `changed` in `stable`, `rollout` and what of `versions` is recorded.

    Raises `FileError` where the text can't be edited without touching something else.
    """
    spec = parse_spec(text, file)
    wanted = spec.model_copy(update={"endpoints": {**spec.endpoints, name: changed}})
    edits = tuple(_edits(name, spec.endpoints[name], changed))
    for expands in (False, True):
        try:
            changed_text = edited(without_aliases(text, ("endpoints", name)) if expands else text, edits)
        except (LookupError, yaml.YAMLError):  # an alias hides the text
            continue
        if _read(changed_text, file) == wanted:
            return changed_text
    path: KeyPath = ("endpoints", name)
    message = "`weighbridge rollout` can't edit this without changing something else: write it in another form of YAML"
    raise FileError(file, located([Problem(path, message, on_key=True)], text))


def rewrite_retirement(text: str, file: Path, retirement: Retirement) -> str:
    """The text of a good spec with this `retire`. Raises `FileError`, as `rewrite` does."""
    wanted = parse_spec(text, file).model_copy(update={"retire": retirement})
    changed_text = edited(text, [Set(("retire",), f"{{{_claim(retirement)}}}")])
    if _read(changed_text, file) != wanted:
        message = "can't be edited without changing something else: write it in another form of YAML"
        raise FileError(file, [Problem(("retire",), message)])
    return changed_text


def not_editable(text: str, file: Path) -> list[str]:
    """Endpoints that `weighbridge rollout` can't edit, a line for each. The text is that of a good spec."""
    lines: list[str] = []
    for name, endpoint in parse_spec(text, file).endpoints.items():
        try:
            rewrite(text, file, name, _all_changed(endpoint))
        except FileError as error:
            lines += error.lines()
    return lines


def _all_changed(endpoint: Endpoint) -> Endpoint:
    """With a change in every place that some command edits."""
    when = datetime(2000, 1, 1, tzinfo=UTC)
    digest = f"sha256:{'0' * 64}"
    claim = {"by": "nobody@example.com", "at": when, "reason": "trial"}
    record = Acceptance.model_validate({"as": "stable", "fingerprint": digest, **claim})
    versions = {
        key: version.model_copy(
            update={
                "accepted": record,
                "replicas": version.replicas.model_copy(
                    update={"min": 0 if version.replicas.min else version.replicas.max}
                ),
            }
        )
        for key, version in endpoint.versions.items()
    }
    rollout = endpoint.rollout
    if rollout is not None:
        step = rollout.steps[0]
        bound = (
            approval
            if approval.fingerprint is not None and approval.pace is not None
            else approval.model_copy(
                update={
                    "fingerprint": approval.fingerprint or digest,
                    "pace": approval.pace or pace(rollout),
                    "bound": Binding.model_validate(claim),
                }
            )
            for approval in rollout.approvals
        )
        changes = {
            "at": Decimal(0),
            "approvals": (*bound, Approval.model_validate({"step": percent(step), **claim})),
            "reached": (*rollout.reached, Reached(step=step, at=when)),
            "rolled_back": rollout.rolled_back or RolledBack(at=when, weight=step, reason="trial"),
        }
        rollout = rollout.model_copy(update=changes)
    return endpoint.model_copy(update={"versions": versions, "rollout": rollout})


def _edits(name: str, old: Endpoint, new: Endpoint) -> Iterator[Edit]:
    here: KeyPath = ("endpoints", name)
    for key, version in old.versions.items():
        if key not in new.versions:
            yield Remove((*here, "versions", key))
            continue
        place: KeyPath = (*here, "versions", key)
        least, record = new.versions[key].replicas.min, new.versions[key].accepted
        if least != version.replicas.min:
            yield Set((*place, "replicas", "min"), str(least))
        if record != version.accepted:
            yield Remove((*place, "accepted")) if record is None else Set((*place, "accepted"), _accepted(record))
    if new.stable != old.stable:
        yield Set((*here, "stable"), new.stable)
    if old.rollout is not None and new.rollout is None:
        yield Remove((*here, "rollout"))
    elif old.rollout is not None and new.rollout is not None:
        yield from _rollout_edits((*here, "rollout"), old.rollout, new.rollout)


def _rollout_edits(here: KeyPath, old: Rollout, new: Rollout) -> Iterator[Edit]:
    if new.at != old.at:
        yield Set((*here, "at"), percent(new.at))
    for index, (before, after) in enumerate(zip(old.approvals, new.approvals, strict=False)):
        if after.fingerprint is not None and after.fingerprint != before.fingerprint:
            yield Set((*here, "approvals", index, "fingerprint"), after.fingerprint)
        if after.pace is not None and after.pace != before.pace:
            yield Set((*here, "approvals", index, "pace"), after.pace)
        if after.bound is not None and after.bound != before.bound:
            yield Set((*here, "approvals", index, "bound"), f"{{{_claim(after.bound)}}}")
    for approval in new.approvals[len(old.approvals) :]:
        entry = f"step: {percent(approval.step)}, {_claim(approval)}"
        digest = f", fingerprint: {approval.fingerprint}" if approval.fingerprint is not None else ""
        given_for = f", pace: {approval.pace}" if approval.pace is not None else ""
        yield Append((*here, "approvals"), f"{{{entry}{digest}{given_for}}}")
    for reached in new.reached[len(old.reached) :]:
        yield Append((*here, "reached"), f"{{step: {percent(reached.step)}, at: {format_timestamp(reached.at)}}}")
    back = new.rolled_back
    if back is not None and old.rolled_back is None:
        entry = f"at: {format_timestamp(back.at)}, weight: {percent(back.weight)}, reason: {scalar_text(back.reason)}"
        yield Set((*here, "rolled_back"), f"{{{entry}}}")


def _accepted(record: Acceptance) -> str:
    return f"{{as: {record.role}, {_claim(record)}, fingerprint: {record.fingerprint}}}"


def _claim(claim: Acceptance | Approval | Binding | Retirement) -> str:
    return f"by: {scalar_text(claim.by)}, at: {format_timestamp(claim.at)}, reason: {scalar_text(claim.reason)}"


def _read(text: str, file: Path) -> Spec | None:
    try:
        return parse_spec(text, file)
    except FileError:
        return None
