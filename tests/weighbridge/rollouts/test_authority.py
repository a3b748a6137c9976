"""Who may accept and approve, name by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.releases import ELSEWHERE, LEAD, OWNER, PRODUCTION, SRE
from tests.support.specs import prod, quota_file
from weighbridge.rollouts.authority import Authority

LISTED = replace(PRODUCTION, approvers=(LEAD, SRE, OWNER))


@pytest.mark.parametrize(
    ("authority", "person", "expected"),
    [
        (PRODUCTION, LEAD, None),
        (PRODUCTION, OWNER.upper(), "who owns this spec"),
        (LISTED, OWNER, "who owns this spec"),
        (LISTED, SRE.upper(), None),
        (
            LISTED,
            "stranger@example.com",
            f"and who may for prod is {LEAD}, {SRE} or {OWNER} (approvers in stacks/quota.yaml)",
        ),
        (replace(LISTED, approvers=()), LEAD, "and who may for prod is nobody (approvers in stacks/quota.yaml)"),
        (ELSEWHERE, OWNER, None),
        (replace(ELSEWHERE, approvers=(LEAD,)), LEAD, None),
    ],
)
def test_an_objection(authority, person, expected):
    assert authority.objection(person) == expected


@pytest.mark.parametrize(
    ("authority", "expected"),
    [
        (PRODUCTION, f"somebody other than {OWNER}"),
        (LISTED, f"{LEAD} or {SRE}"),
        (replace(PRODUCTION, approvers=(OWNER,)), "somebody whom stacks/quota.yaml is to name under approvers"),
        (ELSEWHERE, "somebody"),
    ],
)
def test_whom_to_ask(authority, expected):
    assert authority.others == expected


def test_of_a_spec_and_the_quota_file():
    quota = quota_file(approvers={"prod": [LEAD], "dev": [SRE]})
    assert Authority.of(prod(), quota) == Authority("prod", OWNER, production=True, approvers=(LEAD,))
    assert Authority.of(prod(), None) == PRODUCTION
    assert Authority.of(prod(), quota_file()).approvers is None
