"""Whether what takes traffic was accepted as it is: `versions.<name>.accepted`.

A version doesn't change. `stable` needs a record as `stable`, a candidate with traffic one as either, and the
fingerprint in it has to be the version's. `weighbridge rollout accept` makes the records of first versions; a candidate
becomes stable by `rollout advance` at 100%, which leaves the last step's approval as the record. So a rollout that is
taken out of the spec leaves a candidate behind that nobody has accepted as stable.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from weighbridge.files.problem import KeyPath
from weighbridge.rollouts.authority import Authority
from weighbridge.rollouts.finding import Finding, place
from weighbridge.rollouts.fingerprint import fingerprint, fingerprint_otherwise, names_one_model, short
from weighbridge.rollouts.weights import NONE, mirrored, weights
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.rollout import Acceptance
from weighbridge.spec.root import Spec
from weighbridge.units import format_timestamp, percent


def judge_acceptance(name: str, endpoint: Endpoint, authority: Authority, now: datetime) -> Iterator[Finding]:
    """What is wrong with the records of the versions that take traffic, or would by a rollback."""
    for version, weight in weights(endpoint).items():
        is_stable = version == endpoint.stable
        record = endpoint.versions[version].accepted
        path: KeyPath = ("endpoints", name, "versions", version)
        if record is None:
            copied = None if is_stable or weight != NONE else mirrored(endpoint)
            if is_stable or weight != NONE or copied is not None:
                takes = f"takes {percent(weight)}" if copied is None else f"gets copies of {percent(copied)}"
                what = f"{version} of {name} {takes} of the requests, and nobody has accepted it"
                remedy = accept_command(name, authority, version)
                yield Finding(f"{what}: let {authority.others} run `{remedy}`", path, authority.production)
            continue
        path = (*path, "accepted")
        problem = not_fitting(name, endpoint, version, authority)
        if problem is not None:
            yield Finding(problem, (*path, "fingerprint"), authority.production)
        elif is_stable and record.role != "stable":
            message = (
                f"{version} is stable in {name}, and was accepted as a candidate only, to take requests by approved "
                f"steps: put its rollout and the version before it back (git has them), and go on with `weighbridge "
                f"rollout advance {name} -s {authority.stack}`, which ends the rollout at 100%"
            )
            yield Finding(message, (*path, "as"), authority.production)
        yield from _by(name, version, record, path, authority, now)
    if authority.production:
        yield from _by_path(name, endpoint)


def _by_path(name: str, endpoint: Endpoint) -> Iterator[Finding]:
    """Advice about models whose files can change unseen; of images `endpoint-security` says it."""
    versions = [version for version in weights(endpoint) if not names_one_model(endpoint.versions[version].model)]
    if versions:
        model = endpoint.versions[versions[-1]].model
        if model.startswith("hf://"):
            do = f"its commit as well, such as {model.partition('@')[0]}@{'0123456789' * 4}"
        else:
            example = f"{model.rstrip('/')}#1763370000000000"
            do = f"its generation as well, such as {example}, and let a retention policy keep the bucket's objects"
        message = (
            f"{' and '.join(versions)} of {name}: the model is accepted as the path that is written, and what lies "
            f"there can be overwritten unseen. Give the next version {do}"
        )
        yield Finding(message, ("endpoints", name, "versions", versions[0], "model"), blocks=False)


def not_fitting(name: str, endpoint: Endpoint, version: str, authority: Authority) -> str | None:
    """What to say of a version that isn't what its record was given for; None: it is."""
    record = endpoint.versions[version].accepted
    if record is None:
        return None
    present = fingerprint(authority, name, endpoint, version)
    if record.fingerprint == present:
        return None
    if production_changed(name, endpoint, version, authority):
        then, now = ("wasn't", "it is") if authority.production else ("was", "it isn't")
        return (
            f"{version} of {name} was accepted at {format_timestamp(record.at)}, when {authority.stack} {then} "
            f"production, and now {now}; `production` is all that has changed. Put that back, or let "
            f"{authority.others} run `{accept_command(name, authority, version)}`"
        )
    return (
        f"{version} of {name} isn't what was accepted at {format_timestamp(record.at)}: that was "
        f"{short(record.fingerprint)}, and now it is {short(present)}. A version doesn't change: put it and its "
        f"endpoint back (git has them), and add what is new under another name, as the candidate of a rollout at 0%"
    )


def production_changed(name: str, endpoint: Endpoint, version: str, authority: Authority) -> bool:
    """Whether a version is what its record was given for, but that its stack was production then or has become it."""
    record = endpoint.versions[version].accepted
    return record is not None and record.fingerprint == fingerprint_otherwise(authority, name, endpoint, version)


def accepted_on_production(spec: Spec) -> str | None:
    """Such as ``v7 of ranker``: a version that was accepted on production, in a spec that is none now. Else None."""
    if spec.production:
        return None
    then = replace(Authority.of(spec, None), production=True)
    for name, endpoint in spec.endpoints.items():
        for version, settings in endpoint.versions.items():
            record = settings.accepted
            if record is not None and record.fingerprint == fingerprint(then, name, endpoint, version):
                return f"{version} of {name}"
    return None


def accept_command(name: str, authority: Authority, version: str) -> str:
    """The command that accepts a version."""
    return f"weighbridge rollout accept {name} -s {authority.stack} --version {version} --reason TEXT"


def _by(
    name: str, version: str, record: Acceptance, path: KeyPath, authority: Authority, now: datetime
) -> Iterator[Finding]:
    what = f"the acceptance of {version} in {name}"
    objection = authority.objection(record.by)
    if objection is not None:
        command = accept_command(name, authority, version)
        message = f"{what} is by {record.by}, {objection}: let {authority.others} run `{command}` ({place(path)})"
        yield Finding(message, (*path, "by"), authority.binds)
    if record.at > now:
        message = f"{what} is from {format_timestamp(record.at)}, which is in the future: correct {place(path)}"
        yield Finding(message, (*path, "at"), authority.production)
