"""Whether what takes traffic was accepted as it is: one change to a good record, and the exact message."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.releases import ELSEWHERE, LEAD, OWNER, PRODUCTION, accepted, released
from tests.support.specs import endpoint, prod
from weighbridge.rollouts.acceptance import accepted_on_production, judge_acceptance
from weighbridge.rollouts.fingerprint import fingerprint, short
from weighbridge.spec.endpoint import Endpoint

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
VERSIONS = ("endpoints", "ranker", "versions")


def found(made: Endpoint, authority: Any = PRODUCTION) -> list[tuple[str, tuple[str | int, ...], bool]]:
    """Message, place and whether it blocks; without the advice about models that have no generation."""
    return [
        (finding.message, finding.path, finding.blocks)
        for finding in judge_acceptance("ranker", made, authority, NOW)
        if "can be overwritten unseen" not in finding.message
    ]


def version(made: Endpoint, name: str, **changes: Any) -> Endpoint:
    changed = {**made.versions, name: made.versions[name].model_copy(update=changes)}
    return made.model_copy(update={"versions": changed})


def record(made: Endpoint, name: str, **changes: Any) -> Endpoint:
    kept = made.versions[name].accepted
    assert kept is not None
    return version(made, name, accepted=kept.model_copy(update=changes))


GOOD = released(endpoint({"at": "10%"}))


def test_records_that_fit():
    assert found(GOOD) == []
    assert found(accepted(endpoint(None))) == []


def test_a_path_without_generation_is_advice():
    (advice,) = judge_acceptance("ranker", GOOD, PRODUCTION, NOW)
    assert (advice.message, advice.path, advice.blocks) == (
        (
            "v7 and v8 of ranker: the model is accepted as the path that is written, and what lies there can be "
            "overwritten unseen. Give the next version its generation as well, such as "
            "gs://example-ml-models/ranker/v8#1763370000000000, and let a retention policy keep the bucket's objects"
        ),
        (*VERSIONS, "v7", "model"),
        False,
    )
    pinned = accepted(version(endpoint(None), "v7", model="gs://example-ml-models/v7.tar#12"))
    assert list(judge_acceptance("ranker", pinned, PRODUCTION, NOW)) == []


def test_a_version_with_traffic_and_without_a_record():
    command = "weighbridge rollout accept ranker -s prod --version v8 --reason TEXT"
    assert found(version(GOOD, "v8", accepted=None)) == [
        (
            (
                f"v8 of ranker takes 10% of the requests, and nobody has accepted it: let somebody other than {OWNER} "
                f"run `{command}`"
            ),
            (*VERSIONS, "v8"),
            True,
        )
    ]
    assert found(version(GOOD, "v7", accepted=None))[0][1] == (*VERSIONS, "v7")


def test_stable_needs_one_even_while_it_has_no_traffic_as_a_rollback_gives_it_all():
    at_all = released(endpoint({"at": "100%"}))
    assert len(found(version(at_all, "v7", accepted=None))) == 1


def test_a_candidate_without_traffic_needs_none():
    assert found(version(released(endpoint({"at": "0%"})), "v8", accepted=None)) == []


@pytest.mark.parametrize(
    "change",
    [{"model": "gs://example-ml-models/ranker/v9"}, {"image": "us-docker.pkg.dev/p/s/triton:1"}, {"gpu": 2}],
)
@pytest.mark.parametrize("name", ["v7", "v8"])
def test_a_version_that_was_changed_in_place(name, change):
    changed = version(GOOD, name, **change)
    was, present = (short(fingerprint(PRODUCTION, "ranker", made, name)) for made in (GOOD, changed))
    assert found(changed) == [
        (
            (
                f"{name} of ranker isn't what was accepted at 2026-11-10T08:00:00Z: that was {was}, and now it is "
                f"{present}. A version doesn't change: put it and its endpoint back (git has them), and add what is "
                "new under another name, as the candidate of a rollout at 0%"
            ),
            (*VERSIONS, name, "accepted", "fingerprint"),
            True,
        )
    ]


@pytest.mark.parametrize("change", [{"hostname": "search.example.com"}, {"server": "tf-serving"}])
def test_an_endpoint_that_was_changed_under_its_versions(change):
    assert len(found(GOOD.model_copy(update=change))) == 2


def test_a_rollout_that_was_taken_out_leaves_a_candidate_that_is_not_stable():
    ended = GOOD.model_copy(update={"stable": "v8", "versions": {"v8": GOOD.versions["v8"]}, "rollout": None})
    ((message, path, blocks),) = found(ended)
    assert message == (
        "v8 is stable in ranker, and was accepted as a candidate only, to take requests by approved steps: put its "
        "rollout and the version before it back (git has them), and go on with `weighbridge rollout advance ranker -s "
        "prod`, which ends the rollout at 100%"
    )
    assert (path, blocks) == ((*VERSIONS, "v8", "accepted", "as"), True)


def test_stable_and_candidate_exchanged():
    rollout = GOOD.rollout.model_copy(update={"candidate": "v7"})
    assert len(found(GOOD.model_copy(update={"stable": "v8", "rollout": rollout}))) == 1


@pytest.mark.parametrize(
    "moved",
    [
        lambda made: made.model_copy(update={"versions": {"v9": made.versions["v7"]}, "stable": "v9", "rollout": None}),
        lambda made: version(made, "v7", accepted=made.versions["v8"].accepted),
        lambda made: version(made, "v7", model="gs://example-ml-models/ranker/v9"),
    ],
    ids=["renamed", "another's record", "another's model"],
)
def test_a_record_is_of_one_version(moved):
    ((message, _, blocks),) = found(moved(GOOD))
    assert "isn't what was accepted" in message
    assert blocks


def test_a_record_of_another_endpoint_or_stack_does_not_fit():
    for authority, name in ((PRODUCTION, "search"), (ELSEWHERE, "ranker")):
        carried = accepted(endpoint(None), authority, name)
        assert [blocks for _, _, blocks in found(carried)] == [True]


@pytest.mark.parametrize(
    ("changes", "message", "key"),
    [
        (
            {"by": OWNER},
            (
                f"the acceptance of v7 in ranker is by {OWNER}, who owns this spec: let somebody other than {OWNER} "
                "run `weighbridge rollout accept ranker -s prod --version v7 --reason TEXT` "
                "(endpoints.ranker.versions.v7.accepted)"
            ),
            "by",
        ),
        (
            {"at": datetime(2026, 11, 20, 12, 0, 1, tzinfo=UTC)},
            (
                "the acceptance of v7 in ranker is from 2026-11-20T12:00:01Z, which is in the future: correct "
                "endpoints.ranker.versions.v7.accepted"
            ),
            "at",
        ),
    ],
)
def test_who_and_when(changes, message, key):
    assert found(record(GOOD, "v7", **changes)) == [(message, (*VERSIONS, "v7", "accepted", key), True)]


def test_elsewhere_it_is_advice():
    changed = version(released(endpoint({"at": "10%"}), ELSEWHERE), "v7", gpu=2)
    changed = version(changed, "v8", accepted=None)
    assert [blocks for _, _, blocks in found(changed, ELSEWHERE)] == [False, False]
    assert found(accepted(endpoint(None), ELSEWHERE, by=OWNER), ELSEWHERE) == []


def test_a_spec_that_was_production_when_its_versions_were_accepted():
    assert accepted_on_production(prod()) is None
    assert accepted_on_production(prod(("production: true ", "production: false "))) == "v7 of ranker"
    assert accepted_on_production(prod(("production: true ", "production: false "), ("ranker/v7", "ranker/v6"))) == (
        "v8 of ranker"
    )
    assert LEAD in str(prod().endpoints["ranker"].versions["v7"].accepted)


def test_a_candidate_that_gets_copies_of_requests_has_to_be_accepted_too():
    made = released(endpoint({"at": "0%", "mirror": "20%"}))
    copied = made.versions["v8"].model_copy(update={"accepted": None})
    mirrors = made.model_copy(update={"versions": {**made.versions, "v8": copied}})
    assert [finding.message.partition(",")[0] for finding in judged(mirrors) if finding.blocks] == [
        "v8 of ranker gets copies of 20% of the requests"
    ]


def judged(made):
    return list(judge_acceptance("ranker", made, PRODUCTION, datetime(2026, 11, 20, 12, tzinfo=UTC)))
