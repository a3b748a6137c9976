"""What the quota file declares beside limits, and what is wrong with it."""

# ruff: noqa: E501 - exact messages are easiest to read on one line

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.specs import PROJECT, REGION, limit
from weighbridge.checks.quota_declarations import check_stacks
from weighbridge.files.problem import FileError
from weighbridge.spec.quota_file import QuotaFile
from weighbridge.stacks.load import parse_quota

ADDRESSES = "IN-USE-ADDRESSES-per-project-region"
WHO = "reason: r, owner: ml@example.com, review_by: 2035-01-31"
RULES = (
    "Allowed: alert-hygiene, budget, canary-approval, canary-capacity, canary-steps, endpoint-security, model-server, "
    "monitoring-coverage, placement, queue-bypass, queue-capacity, queue-flavors, queue-lending, queue-references, "
    "queue-start, quota-claim, serving-continuity or shared-quota."
)
HEAD = f"""version: 1
project: {PROJECT}
pulled_at: 2026-11-20T08:00:00Z
limits: [{{quota: {ADDRESSES}, region: {REGION}, limit: 8}}]
"""


def problems(text: str) -> list[tuple[str, str]]:
    try:
        parse_quota(HEAD + text, Path("stacks/quota.yaml"))
    except FileError as error:
        return [(".".join(map(str, problem.path)), problem.message) for problem in error.problems]
    return []


def reservation(more: str = "", machine: str = "a3-highgpu-8g", zone: str = "us-central1-a") -> str:
    return f"{{name: block, zone: {zone}, machine_type: {machine}, count: 4, owner: ml@example.com{more}}}"


def exemption(place: str, who: str = "owner: a@example.com, approver: b@example.com", rule: str = "placement") -> str:
    return f"exemptions: [{{rule: {rule}, {place}, reason: r, {who}, until: 2026-12-01}}]\n"


def test_everything_that_may_be_declared_is_accepted():
    assert (
        problems(
            f"""
stacks: {{prod: {{production: true}}, dev: {{}}}}
reservations:
  - {reservation()}
  - {reservation(zone="us-central1-b", more=", shared: true, review_by: 2035-01-31")}
  - {{name: t4, project: other-ml, zone: us-central1-a, machine_type: n1-standard-8, count: 1, local_ssd: 2,
      gpu: {{type: nvidia-tesla-t4, count: 1}}, owner: ml@example.com}}
  - {{name: soon, zone: us-central1-a, machine_type: a3-highgpu-8g, count: 1, owner: ml@example.com,
      calendar: {{from: 2026-12-01, to: 2027-03-01}}}}
approvers: {{prod: [sre@example.com]}}
beyond_spec: [{{stack: dev, quota: {ADDRESSES}, region: {REGION}, amount: 1, {WHO}}}]
allow:
  - {{type: "gcp:sql/*", {WHO}}}
  - {{urn: "urn:pulumi:dev::*::x", stack: dev, demand: [{{quota: {ADDRESSES}, region: {REGION}, amount: 1}}], {WHO}}}
  - {{type: "kubernetes:helm.sh/v3:Release", chart: kueue, version: 0.14.1, digest: "sha256:{"a" * 64}", {WHO}}}
claims: {{store: gs://example-ml-quota/claims}}
""".replace('"gcp:sql/*"', '"gcp:sql/databaseInstance:*"')
        )
        + problems(exemption("urn: 'urn:pulumi:dev::p::t::n'"))
        + problems(exemption(f"stack: dev, quota: {ADDRESSES}, region: {REGION}", rule="shared-quota"))
        + problems("claims: {store: ../claims}\n")
        == []
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"reservations: [{reservation(machine='a3-hihgpu-8g')}]",
         [("reservations.0.machine_type", "the catalog has no machine type a3-hihgpu-8g. Did you mean `a3-highgpu-8g`?")]),
        (f"reservations: [{reservation(zone='us-central9-a')}]",
         [("reservations.0.zone", "the catalog has no region us-central9. Did you mean `us-central1`?")]),
        (f"reservations: [{reservation(more=', gpu: {type: nvidia-l5, count: 1}')}]",
         [("reservations.0.gpu", "a3-highgpu-8g brings its GPUs along: remove this"),
          ("reservations.0.gpu.type", "the catalog has no GPU nvidia-l5. Did you mean `nvidia-l4`?")]),
        (f"reservations: [{reservation()}, {reservation()}]",
         [("reservations.1", "this reservation is listed already, as reservations[0]: remove one")]),
        (f"reservations: [{reservation(', calendar: {from: 2026-12-01, to: 2026-12-01}')}]",
         [("reservations.0.calendar.to", "expected 1 to 90 days after `from`, as in calendar mode, got 0")]),
        (f"reservations: [{reservation(', calendar: {from: 2026-12-01, to: 2027-03-02}')}]",
         [("reservations.0.calendar.to", "expected 1 to 90 days after `from`, as in calendar mode, got 91")]),
        (f"reservations: [{reservation(', calendar: {start: 2026-12-01, to: 2026-12-05}')}]",
         [("reservations.0.calendar.from", "missing. Add it, such as `from: 2026-12-01`"),
          ("reservations.0.calendar.start", "unknown key. Allowed here: from, to.")]),
        (f"beyond_spec: [{{stack: dev, quota: IN-USE-ADRESSES-per-project-region, region: {REGION}, amount: 1, {WHO}}}]",
         [("beyond_spec.0.quota", ("the catalog has no quota id IN-USE-ADRESSES-per-project-region. Did you mean "
           f"`{ADDRESSES}`?"))]),
        (f"allow: [{{{WHO}}}]", [("allow.0", "expected either type or urn, got neither")]),
        (f"allow: [{{type: 'gcp:a/b:C', urn: 'urn:pulumi:dev::x', {WHO}}}]",
         [("allow.0", "expected either type or urn, got both")]),
        (f"allow: [{{type: '*:a/b:C', {WHO}}}]",
         [("allow.0.type", ("expected a resource type such as gcp:dataproc/cluster:Cluster; * stands for any "
           'text, got "*:a/b:C".'))]),
        (f"allow: [{{type: 'gcp:a/b:C', demand: [{{quota: {ADDRESSES}, region: global, amount: 1}}], {WHO}}}]",
         [("allow.0.demand", "which stack holds it? Add `stack`: the others count the demand as part of it"),
          ("allow.0.demand.0.region", f"{ADDRESSES} is set per region: expected a region, got global")]),
        (f"allow: [{{type: 'gcp:a/b:C', chart: kueue, {WHO}}}]",
         [("allow.0.chart", "only a Helm release has that: expected `type: kubernetes:helm.sh/v3:Release`")]),
        (f"allow: [{{type: 'kubernetes:helm.sh/v3:Release', version: '1', {WHO}}}]",
         [("allow.0.version", "version of which chart? Add `chart`")]),
        ("claims: {store: s3://bucket}",
         [("claims.store", 'expected a folder, or a Cloud Storage path such as gs://bucket/claims, got "s3://bucket".')]),
        (exemption("urn: 'urn:pulumi:dev::p::t::n'", rule="placment"),
         [("exemptions.0.rule", f"there is no rule placment. {RULES} Did you mean `placement`?")]),
        (exemption("urn: 'urn:pulumi:dev::p::t::n'", who="owner: a@example.com, approver: A@example.com"),
         [("exemptions.0.approver", "expected somebody else than the owner, got A@example.com")]),
        (exemption("stack: dev"), [("exemptions.0", "expected one of name, urn, path and quota, got none")]),
        (exemption("urn: 'urn:pulumi:dev::p::t::n', path: owner, stack: dev"),
         [("exemptions.0", "expected one of name, urn, path and quota, got urn and path")]),
        (exemption("urn: 'urn:pulumi:dev::p::*'"),
         [("exemptions.0.urn", ("expected a resource's whole URN, as the report names it, without *, got "
           '"urn:pulumi:dev::p::*".'))]),
        (exemption("urn: 'urn:pulumi:dev::p::t::n', stack: dev"),
         [("exemptions.0.stack", "a URN names its own stack: remove this")]),
        (exemption("name: ranker"), [("exemptions.0", "whose name? Add the stack, such as `stack: prod`")]),
        (exemption("name: ranker, stack: dev", rule="quota-claim"), []),
        (exemption("path: owner"), [("exemptions.0", "whose path? Add the stack, such as `stack: prod`")]),
        (exemption("path: owner, stack: dev, region: us-central1"),
         [("exemptions.0.region", "only with `quota`: remove it")]),
        (exemption(f"quota: {ADDRESSES}, stack: dev"),
         [("exemptions.0", "where? Add the limit's region, or `region: global`")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(text: str, expected: list[tuple[str, str]]):
    assert problems(text) == expected


def test_a_listed_stack_without_a_spec_is_an_error():
    content: dict[str, Any] = {
        "version": 1, "project": PROJECT, "pulled_at": "2026-11-20T08:00:00Z", "limits": [limit(ADDRESSES, 8)],
        "stacks": {"prod": {}, "dev": {}},
    }  # fmt: skip
    (one,) = check_stacks(QuotaFile.model_validate(content), ["prd", "dev"])
    assert (one.path, one.message) == (
        ("stacks", "prod"),
        (
            "there is no spec prod.yaml, so nobody knows what this stack holds. Write it, or destroy the stack and then remove "
            "it here. Did you mean `prd`?"
        ),
    )
    assert list(check_stacks(QuotaFile.model_validate(content | {"stacks": None}), [])) == []


def committed(more: str, machines: str = "g2", region: str = "us-central1") -> str:
    return f"{{machines: {machines}, region: {region}, years: 1, until: 2027-11-30{more}}}"


@pytest.mark.parametrize(
    ("entries", "path", "message"),
    [
        (committed(", discount: 37%", machines="g3"), "commitments.0.machines", "the catalog has no machine family or type g3."),
        (committed(", discount: 37%", region="us-centrall1"), "commitments.0.region", "the catalog has no region us-centrall1. Did you mean `us-central1`?"),
        (committed(""), "commitments.0", "expected either discount or usd_per_hour, got neither"),
        (committed(", discount: 37%, usd_per_hour: 1.2"), "commitments.0", "expected either discount or usd_per_hour, got both"),
        (committed(", discount: 0%"), "commitments.0.discount", "expected more than 0% and less than 100%, got 0%"),
        (committed(", discount: 100%"), "commitments.0.discount", "expected more than 0% and less than 100%, got 100%"),
        (committed(", usd_per_hour: 1.2"), "commitments.0.usd_per_hour", "g2 is a family, whose machines differ in price: name a machine type, or its discount"),
        (committed(", discount: 37%, nodes: 4, stack: dev"), "commitments.0.nodes", "nodes of which type of g2? Name a machine type in `machines`"),
        (committed(", discount: 37%, nodes: 4", machines="g2-standard-12"), "commitments.0.nodes", "of which stack? Add `stack`, as each stack would count them as its own"),
        (committed(", discount: 37%", machines="a4x"), "commitments.0.discount", "the catalog has no list price of a4x in us-central1 to take it off: say what each machine type costs, in `usd_per_hour`"),
        (f"{committed(', discount: 37%')}, {committed(', discount: 20%')}", "commitments.1", "commitments[0] is for the same nodes: remove one, or make it one of their sum"),
    ],
)  # fmt: skip
def test_commitments_that_no_cost_could_count(entries: str, path: str, message: str):
    assert problems(f"commitments: [{entries}]\n") == [(path, message)]


def test_commitments_of_a_family_of_one_type_and_of_some_nodes_stand_beside_one_another():
    one_type = committed(", usd_per_hour: 0.7", machines="g2-standard-12")
    nodes = committed(", usd_per_hour: 0.6, nodes: 4, stack: dev", machines="g2-standard-12")
    assert problems(f"commitments: [{committed(', discount: 37%')}, {one_type}, {nodes}]\n") == []
