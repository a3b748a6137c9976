"""Taking a production stack down on purpose: by whom, for how long, and what it lifts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.releases import LEAD, OWNER
from tests.support.specs import prod
from weighbridge.infrastructure.cluster import plan_cluster
from weighbridge.rollouts.authority import Authority
from weighbridge.rollouts.retirement import HOLDS, judge_retirement, protects
from weighbridge.spec.retirement import Retirement
from weighbridge.spec.root import Spec

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def retired(*changes: tuple[str, str], **keys: Any) -> Spec:
    given = Retirement.model_validate({"by": LEAD, "at": AT, "reason": "moved to europe-west4", **keys})
    return prod(*changes).model_copy(update={"retire": given})


def found(spec: Spec, now: datetime = AT) -> list[tuple[str, bool]]:
    return [(finding.message, finding.blocks) for finding in judge_retirement(spec, Authority.of(spec, None), now)]


def test_it_lifts_protection_and_is_good_for_a_day():
    assert (protects(prod()), protects(retired())) == (True, False)
    assert (plan_cluster(prod()).deletion_protection, plan_cluster(retired()).deletion_protection) == (True, False)
    assert (found(prod()), found(retired()), found(retired(), AT + HOLDS)) == ([], [], [])


@pytest.mark.parametrize(
    ("spec", "now", "message", "blocks"),
    [
        (
            retired(),
            AT + HOLDS + timedelta(seconds=1),
            (
                "prod was to be taken down within a day of 2026-11-20T12:00:00Z, and is unprotected as long as the "
                "spec says so: take `retire` out and deploy, or `weighbridge retire prod --reason TEXT` again"
            ),
            True,
        ),
        (
            retired(by=OWNER),
            AT,
            (
                f"the retirement of prod is by {OWNER}, who owns this spec: let somebody other than {OWNER} run "
                "`weighbridge retire prod --reason TEXT`"
            ),
            True,
        ),
        (
            retired(),
            AT - timedelta(seconds=1),
            "the retirement of prod is from 2026-11-20T12:00:00Z, which is in the future: correct it",
            True,
        ),
        (
            retired(("production: true ", "production: false ")),
            AT,
            "prod is not production, so nothing protects it: take `retire` out",
            False,
        ),
    ],
)
def test_what_is_wrong_with_it(spec, now, message, blocks):
    assert found(spec, now) == [(message, blocks)]
