"""Endpoints whose records fit them: what a team has that has accepted its versions and approved its steps."""

from __future__ import annotations

from datetime import UTC, datetime

from weighbridge.rollouts.authority import Authority
from weighbridge.rollouts.fingerprint import fingerprint
from weighbridge.rollouts.record import pace
from weighbridge.rollouts.weights import existing
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.rollout import Acceptance

OWNER, LEAD, SRE = "ml-platform@example.com", "lead-ranking@example.com", "sre-oncall@example.com"
PRODUCTION = Authority("prod", OWNER, production=True)
ELSEWHERE = Authority("dev", OWNER, production=False)
ACCEPTED = datetime(2026, 11, 10, 8, tzinfo=UTC)


def accepted(endpoint: Endpoint, authority: Authority = PRODUCTION, name: str = "ranker", by: str = LEAD) -> Endpoint:
    """With a record for each version that exists, as what it is there."""
    versions = dict(endpoint.versions)
    for version in existing(endpoint):
        record = {
            "as": "stable" if version == endpoint.stable else "candidate",
            "fingerprint": fingerprint(authority, name, endpoint, version),
            "by": by,
            "at": ACCEPTED,
            "reason": "serves since May",
        }
        versions[version] = versions[version].model_copy(update={"accepted": Acceptance.model_validate(record)})
    return endpoint.model_copy(update={"versions": versions})


def released(endpoint: Endpoint, authority: Authority = PRODUCTION, name: str = "ranker") -> Endpoint:
    """The same, and with each approval for the candidate as it is."""
    rollout = endpoint.rollout
    if rollout is not None:
        digest = fingerprint(authority, name, endpoint, rollout.candidate)
        approvals = tuple(
            given.model_copy(update={"fingerprint": digest, "pace": pace(rollout)}) for given in rollout.approvals
        )
        endpoint = endpoint.model_copy(update={"rollout": rollout.model_copy(update={"approvals": approvals})})
    return accepted(endpoint, authority, name)
