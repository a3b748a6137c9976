"""The gates of a release, and every way round them: one edit of production, and that it is blocked where it is made."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.graphs import resource
from tests.support.paths import STACKS
from tests.support.platform import platform_resources
from tests.support.releases import LEAD, OWNER, SRE
from tests.support.specs import CATALOG, prod, prod_text, quota_file
from weighbridge.resources.held_resource import HeldResource
from weighbridge.rules.canary_approval import judge
from weighbridge.rules.violation import Violation
from weighbridge.spec.root import Spec
from weighbridge.stacks.load import parse_quota, parse_spec

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
QUOTA = parse_quota((STACKS / "quota.yaml").read_text(encoding="utf-8"), STACKS / "quota.yaml")
TEXT = prod_text()
ROLLOUT = TEXT[TEXT.index("    rollout:\n") : TEXT.index("\nmonitoring:")]
V7 = TEXT[TEXT.index("      v7:\n") : TEXT.index("      v8:\n")]
TEN = next(line for line in TEXT.splitlines(keepends=True) if "{step: 10%" in line)


def blocking(spec: Spec, quota=QUOTA) -> list[Violation]:
    return [found for found in judge((), spec, NOW, quota, CATALOG) if found.level == "mandatory"]


def test_production_as_it_is():
    assert [found.level for found in judge((), prod(), NOW, QUOTA, CATALOG)] == [
        "advisory"
    ]  # models without generation
    assert judge((), prod(), NOW, QUOTA, CATALOG)[0].message.startswith(
        "v7 and v8 of ranker: the model is accepted as the path"
    )


def test_a_host_name_of_another_stack_is_refused_by_this_rule_also_where_a_stack_has_no_spec():
    quota = quota_file(stacks={"prod": {"hostnames": ["ranker.example.com"]}, "dev": {}})
    route = resource(
        "kubernetes:networking.k8s.io/v1:Ingress", "x", {"spec": {"rules": [{"host": "ranker.example.com"}]}}
    )
    (violation,) = judge((route,), None, NOW, quota, CATALOG)
    assert (violation.rule, violation.level, violation.urn) == ("canary-approval", "mandatory", route.urn)


WAYS_ROUND = {
    "the stable version's model changed in place": (
        [("ranker/v7", "ranker/v6")],
        ["v7 of ranker isn't what was accepted"],
    ),
    "its image": ([("serving/triton:25.09", "serving/triton:25.10")], ["v7 of ranker isn't what was accepted"]),
    "the rollout and the old version deleted": (
        [(ROLLOUT, ""), (V7, ""), ("stable: v7", "stable: v8")],
        ["v8 is stable in ranker, and was accepted as a candidate only"],
    ),
    "stable and candidate exchanged": (
        [("stable: v7", "stable: v8"), ("candidate: v8", "candidate: v7")],
        ["v8 is stable in ranker", "the approval of 1% for ranker is for", "the approval of 10% for ranker is for"],
    ),
    "the candidate's model changed after its approval": (
        [("ranker/v8", "ranker/v9")],
        ["v8 of ranker isn't", "the approval of 1% for ranker is for", "the approval of 10% for ranker is for"],
    ),
    "the same, and its record taken out": (
        [("ranker/v8", "ranker/v9"), ("        accepted: {as: candidate", "        # {")],
        ["v8 of ranker takes 10%", "the approval of 1% for ranker is for", "the approval of 10% for ranker is for"],
    ),
    "an argument": (
        [("        accepted: {as: cand", "        arguments: [-x]\n        accepted: {as: cand")],
        ["v8 of ranker isn't", "the approval of 1% for ranker is for", "the approval of 10% for ranker is for"],
    ),
    "an approval by somebody unknown": (
        [(f"step: 10%, by: {SRE}", "step: 10%, by: stranger@example.com")],
        [f"the approval of 10% for ranker is by stranger@example.com, and who may for prod is {LEAD} or {SRE}"],
    ),
    "an acceptance by somebody unknown": (
        [(f"as: stable, by: {LEAD}", "as: stable, by: stranger@example.com")],
        ["the acceptance of v7 in ranker is by stranger@example.com, and who may for prod is"],
    ),
    "an approval of one's own": (
        [(f"step: 10%, by: {SRE}", f"step: 10%, by: {OWNER}")],
        [f"the approval of 10% for ranker is by {OWNER}, who owns this spec"],
    ),
    "a step approved twice": ([(TEN, TEN + TEN)], ["10% is approved twice for ranker"]),
    "a step approved out of order": (
        [(TEN, ""), ("      approvals:\n", f"      approvals:\n{TEN}")],
        ["the approvals of ranker are out of order: 1% comes after 10%"],
    ),
    "a step ahead": (
        [(TEN, TEN + TEN.replace("step: 10%", "step: 100%"))],
        ["the approval of 100% for ranker is given before 50% has begun"],
    ),
    "the weight by hand": ([("at: 10%", "at: 50%")], ["ranker has reached 50%, which nobody approved"]),
    "the versions renamed": (
        [("      v8:\n", "      v9:\n"), ("candidate: v8", "candidate: v9")],
        ["v9 of ranker isn't", "the approval of 1% for ranker is for", "the approval of 10% for ranker is for"],
    ),
    "the endpoint renamed": (
        [("  ranker:\n", "  search:\n")],
        [
            "v7 of search isn't", "v8 of search isn't",
            "the approval of 1% for search is for", "the approval of 10% for search is for",
        ],
    ),
    "another endpoint's requests": (
        [("hostname: ranker.example.com", "hostname: search.example.com")],
        [
            "v7 of ranker isn't", "v8 of ranker isn't",
            "the approval of 1% for ranker is for", "the approval of 10% for ranker is for",
        ],
    ),
    "a record of another stack": (
        [("environment: prod", "environment: eu")],
        [
            "v7 of ranker isn't", "v8 of ranker isn't",
            "the approval of 1% for ranker is for", "the approval of 10% for ranker is for",
        ],
    ),
    "the steps changed after the approval": (
        [("steps: [1%, 10%, 50%, 100%]", "steps: [1%, 5%, 10%, 100%]")],
        [
            "ranker has reached 5%, which nobody approved",
            "the approval of 1% for ranker was given for 1% 10% 50% 100% every 1d, and the rollout has 1% 5% 10% 100% ",
            "the approval of 10% for ranker was given for 1% 10% 50% 100% every 1d, and the",
        ],
    ),
    "the bake time changed after the approval": (
        [("bake: 24h", "bake: 1h")],
        [
            (
                "the approval of 1% for ranker was given for 1% 10% 50% 100% every 1d, and the rollout has 1% 10% 50% "
                f"100% every 1h now: put `steps` and `bake` back (git has them), or let {LEAD} or {SRE} run "
                "`weighbridge rollout approve ranker -s prod --reason TEXT`, which confirms it"
            ),
            "the approval of 10% for ranker was given for 1% 10% 50% 100% every 1d, and the",
        ],
    ),
    "the same, and the record of it taken out": (
        [("bake: 24h", "bake: 1h"), (", pace: 1% 10% 50% 100% every 1d", "")],
        [
            "the approval of 1% for ranker doesn't say for which steps and bake time it was given: where they are what",
            "the approval of 10% for ranker was given for 1% 10% 50% 100% every 1d, and the",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("edits", "beginnings"), WAYS_ROUND.values(), ids=WAYS_ROUND.keys())
def test_a_way_round(edits, beginnings):
    text = prod_text(*edits)
    stack = "eu" if "environment: eu" in text else "prod"
    quota = QUOTA.model_copy(update={"approvers": {stack: QUOTA.approvers["prod"]}})
    found = blocking(parse_spec(text, STACKS / f"{stack}.yaml"), quota)
    assert [violation.message[: len(beginning)] for violation, beginning in zip(found, beginnings, strict=True)] == (
        beginnings
    )
    assert all(violation.path is not None and violation.path[0] == "endpoints" for violation in found)


def test_two_endpoints_do_not_share_a_record():
    second = TEXT[TEXT.index("  ranker:\n    node_pool") : TEXT.index("\nmonitoring:")]
    copied = second.replace("  ranker:\n", "  search:\n").replace("hostname: ranker.", "hostname: search.")
    spec = prod(("\nmonitoring:", f"{copied}\nmonitoring:"), ("nodes: {min: 2, max: 6}", "nodes: {min: 2, max: 20}"))
    assert {found.holder for found in blocking(spec)} == {"search"}


def test_a_finding_is_at_its_own_line():
    (found,) = blocking(prod((f"step: 10%, by: {SRE}", f"step: 10%, by: {OWNER}")))
    assert (found.path, found.holder) == (("endpoints", "ranker", "rollout", "approvals", 1, "by"), "ranker")


def test_a_host_name_that_is_kept_for_nobody_is_advice_at_that_host_name():
    nothing_kept = parse_quota(
        (STACKS / "quota.yaml").read_text(encoding="utf-8").replace(", hostnames: [ranker.example.com]", ""),
        STACKS / "quota.yaml",
    )
    (found,) = (found for found in judge((), prod(), NOW, nothing_kept, CATALOG) if "isn't kept" in found.message)
    assert found == Violation(
        "canary-approval",
        "ranker.example.com isn't kept for prod, so another stack could serve it once ranker no longer does: let the "
        "quota's owners add it to stacks.prod.hostnames in stacks/quota.yaml",
        level="advisory",
        path=("endpoints", "ranker", "hostname"),
        holder="ranker",
    )


def test_a_stack_that_the_quota_file_does_not_list_as_production_is_advised():
    unlisted = parse_quota(
        (STACKS / "quota.yaml").read_text(encoding="utf-8").replace("prod: {production: true, ", "prod: {"),
        STACKS / "quota.yaml",
    )
    found = {violation.path: violation for violation in judge((), prod(), NOW, unlisted, CATALOG)}
    assert found["production",] == Violation(
        "canary-approval",
        "stacks/quota.yaml doesn't say that prod is production, so all of this would be advice once its spec no longer "
        "does: let the quota's owners write `prod: {production: true}` under stacks",
        level="advisory",
        path=("production",),
        holder="prod",
    )


def test_where_the_quota_file_names_nobody_anybody_else_may_and_that_is_advice():
    (_, found) = judge((), prod(), NOW, quota_file(), CATALOG)
    assert (found.level, found.message) == (
        "advisory",
        (
            f"approvers in stacks/quota.yaml names nobody for prod, so anybody but {OWNER} may accept and approve: let "
            "the quota's owners list who may, such as `approvers: {prod: [lead@example.com]}`"
        ),
    )


def test_a_retirement_where_nothing_is_protected_is_advice_at_its_line():
    retired = prod(
        ("production: true", f"retire: {{reason: moved, by: {LEAD}, at: 2026-11-25T11:00:00Z}}\nproduction: false")
    )
    (found,) = (violation for violation in judge((), retired, NOW, QUOTA, CATALOG) if "retire" in violation.message)
    assert (found.level, found.path) == ("advisory", ("retire",))


def test_a_stack_without_a_spec_has_no_rollout():
    assert judge((), None, NOW, QUOTA, CATALOG) == []


@pytest.fixture(scope="module")
def resources() -> tuple[HeldResource, ...]:
    return platform_resources(prod())


def test_what_the_components_create_runs_what_was_accepted(resources):
    assert [found.level for found in judge(resources, prod(), NOW, QUOTA, CATALOG)] == ["advisory"]


def test_what_is_made_beside_the_spec_is_refused_by_this_rule():
    written = resource("gcp:storage/bucketObject:BucketObject", "x",
                       {"bucket": "example-ml-models", "name": "ranker/v7/model.onnx"})  # fmt: skip
    (violation,) = (found for found in judge((written,), prod(), NOW, QUOTA, CATALOG) if found.urn is not None)
    assert (violation.rule, violation.level, violation.urn) == ("canary-approval", "mandatory", written.urn)


def test_what_blocks_stands_before_what_advises():
    levels = [found.level for found in judge((), prod(("ranker/v7", "ranker/v6")), NOW, QUOTA, CATALOG)]
    assert set(levels) == {"mandatory", "advisory"}
    assert levels == sorted(levels, reverse=True)


def test_a_retirement_of_production_that_is_yet_to_come_is_refused():
    retired = prod(
        ("production: true", f"retire: {{reason: moved, by: {LEAD}, at: 2026-11-25T13:00:00Z}}\nproduction: true")
    )
    (found,) = (violation for violation in judge((), retired, NOW, QUOTA, CATALOG) if "retire" in violation.message)
    assert (found.level, found.path) == ("mandatory", ("retire", "at"))
    assert found.message.endswith("which is in the future: correct it")
