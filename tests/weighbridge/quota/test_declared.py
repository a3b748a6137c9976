"""What the quota file allows that nobody can count, and what it declares beyond specs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.graphs import cluster, node_pool, resource
from tests.support.quota_demand import demand_of_specs
from tests.support.specs import CATALOG, REGION, quota_file, spec
from weighbridge.quota.demand import spec_demand
from weighbridge.quota.holders import graph_demand
from weighbridge.quota.ledger import Demand, StackDemand
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.values import Unknown
from weighbridge.spec.quota_file import QuotaFile

ADDRESSES, SSD = "IN-USE-ADDRESSES-per-project-region", "SSD-TOTAL-GB-per-project-region"
WHO = {"reason": "r", "owner": "ml@example.com", "review_by": "2035-01-31"}
DATAPROC, RELEASE = "gcp:dataproc/cluster:Cluster", "kubernetes:helm.sh/v3:Release"
DIGEST = "sha256:" + "a" * 64
DEV = spec({"system": {"machine_type": "e2-standard-4", "nodes": {"min": 0, "max": 1}}})


def stated(amount: int, quota: str = ADDRESSES) -> dict[str, Any]:
    return {"quota": quota, "region": REGION, "amount": amount}


def allowing(*entries: dict[str, Any]) -> QuotaFile:
    return quota_file(allow=[WHO | entry for entry in entries])


def sums(demand: StackDemand) -> dict[str, int]:
    found: dict[str, int] = {}
    for claim in demand.claims:
        found[claim.key.quota_id] = found.get(claim.key.quota_id, 0) + claim.peak
    return found


def dataproc(name: str = "features") -> HeldResource:
    return resource(DATAPROC, name, {"region": "us-central1"})


@pytest.mark.parametrize(
    ("entry", "allowed"),
    [
        ({"type": DATAPROC}, True),
        ({"type": "gcp:dataproc/*:*"}, True),
        ({"type": "gcp:dataproc/cluster:Clust"}, False),
        ({"type": "gcp:DataProc/*:*"}, False),
        ({"type": DATAPROC, "stack": "dev"}, True),
        ({"type": DATAPROC, "stack": "prod"}, False),
        ({"urn": f"urn:pulumi:dev::weighbridge::{DATAPROC}::features"}, True),
        ({"urn": f"urn:pulumi:*::{DATAPROC}::features"}, True),
        ({"urn": f"urn:pulumi:dev::weighbridge::{DATAPROC}::feature"}, False),
    ],
)
def test_what_is_refused_may_be_allowed_by_type_or_by_urn(entry: dict[str, Any], allowed: bool):
    demand = graph_demand([dataproc()], allowing(entry), CATALOG)
    assert (demand.claims, len(demand.doubts)) == ((), 0 if allowed else 1)


def test_unlisted_types_and_objects_that_nobody_can_count_are_allowed_alike():
    machine = resource("acme:index:Machine", "x", {"a": 1.0})
    stateful = resource("kubernetes:apps/v1:StatefulSet", "db", {"spec": {"volumeClaimTemplates": [{"a": "b"}]}})
    for one in (machine, stateful):
        assert len(graph_demand([one], quota_file(), CATALOG).doubts) == 1
        assert graph_demand([one], allowing({"type": one.type}), CATALOG) == Demand()


def test_each_of_them_holds_what_is_stated():
    file = allowing({"type": DATAPROC, "stack": "dev", "demand": [stated(2), stated(10, SSD)], "at_most": 3})
    demand = graph_demand([dataproc("a"), dataproc("b")], file, CATALOG)
    assert sums(demand) == {ADDRESSES: 4, SSD: 20}
    assert {(claim.holder, claim.urn) for claim in demand.claims} == {
        (name, f"urn:pulumi:dev::weighbridge::{DATAPROC}::{name}") for name in ("a", "b")
    }
    by_others = demand_of_specs({"prod": DEV}, file)
    assert {stack: sums(held) for stack, held in by_others.items()} == {
        "prod": sums(spec_demand(DEV, file, CATALOG)),
        "dev": {ADDRESSES: 6, SSD: 30},
    }


def test_what_can_be_counted_is_counted_whatever_is_allowed():
    pool = node_pool(name="train")
    file = allowing({"type": "gcp:container/*:*"})
    assert graph_demand([cluster(), pool], file, CATALOG) == graph_demand([cluster(), pool], quota_file(), CATALOG)
    unclear = node_pool(nodeConfig={"machineType": Unknown()})
    assert len(graph_demand([unclear], file, CATALOG).doubts) == 1


@pytest.mark.parametrize(
    ("entry", "inputs", "allowed"),
    [
        ({"chart": "kueue"}, {"chart": "kueue", "version": "0.14.1"}, True),
        ({"chart": "kueue"}, {"chart": "kueue-2"}, False),
        ({"chart": "kueue"}, {"chart": Unknown()}, False),
        ({"chart": "kueue", "version": "0.14.1"}, {"chart": "kueue", "version": "0.14.1"}, True),
        ({"chart": "kueue", "version": "0.14.1"}, {"chart": "kueue", "version": "0.14.2"}, False),
        ({"chart": "kueue", "version": "0.14.1"}, {"chart": "kueue"}, False),
        ({"chart": "oci://r/kueue", "digest": DIGEST}, {"chart": f"oci://r/kueue@{DIGEST}"}, True),
        ({"chart": "oci://r/kueue", "digest": DIGEST}, {"chart": "oci://r/kueue@sha256:" + "b" * 64}, False),
        ({"chart": "oci://r/kueue", "digest": DIGEST}, {"chart": "oci://r/kueue", "version": "0.14.1"}, False),
        ({}, {"chart": "anything"}, True),
    ],
)
def test_a_release_is_allowed_by_chart_version_and_digest(entry, inputs, allowed):
    demand = graph_demand([resource(RELEASE, "kueue", inputs)], allowing({"type": RELEASE, **entry}), CATALOG)
    assert len(demand.doubts) == (0 if allowed else 1)


@pytest.mark.parametrize(
    ("entry", "inputs", "end"),
    [
        ({"version": "1"}, {"version": "2"}, "kueue of version 1; this is kueue of version 2"),
        ({"version": "1"}, {}, "kueue of version 1; this is kueue of no version"),
        ({"digest": DIGEST}, {"version": "2"}, f"kueue of digest {DIGEST}; this is kueue of version 2"),
    ],
)
def test_a_release_of_another_version_says_which_is_allowed(entry, inputs, end):
    release = resource(RELEASE, "kueue", {"chart": "kueue", **inputs})
    (doubt,) = graph_demand([release], allowing({"type": RELEASE, "chart": "kueue", **entry}), CATALOG).doubts
    assert doubt.message.endswith(f"what it holds. What stacks/quota.yaml allows is {end}")


def test_what_is_declared_beyond_a_spec_counts_as_part_of_its_stack():
    file = quota_file(beyond_spec=[{**stated(5), **WHO, "stack": "dev"}, {**stated(1), **WHO, "stack": "scratch"}])
    found = demand_of_specs({"dev": DEV, "prod": DEV}, file)
    plain = demand_of_specs({"dev": DEV, "prod": DEV}, quota_file())
    assert list(found) == ["dev", "prod", "scratch"]
    assert sums(found["dev"])[ADDRESSES] == sums(plain["dev"])[ADDRESSES] + 5
    assert found["prod"] == plain["prod"]
    assert sums(found["scratch"]) == {ADDRESSES: 1}


def test_a_file_that_declares_nothing_changes_nothing():
    named = quota_file(stacks={"dev": {}}, approvers={"dev": ["a@example.com"]}, claims={"store": "x"})
    assert demand_of_specs({"dev": DEV}, quota_file()) == demand_of_specs({"dev": DEV}, named)


def test_a_claim_says_what_it_was_declared_for():
    entries = [
        {"type": RELEASE, "chart": "oci://r/kueue"}, {"type": DATAPROC},
        {"urn": f"urn:pulumi:dev::w::{DATAPROC}::features"},
    ]  # fmt: skip
    allowed = [WHO | {"stack": "dev", "demand": [stated(2)], "at_most": 3} | entry for entry in entries]
    file = quota_file(allow=allowed, beyond_spec=[{**stated(5, SSD), **WHO, "stack": "dev"}])
    found = demand_of_specs({}, file)["dev"].claims
    assert [(claim.holder, claim.key.quota_id, claim.steady, claim.peak) for claim in found] == [
        ("declared beyond its spec", SSD, 5, 5),
        ("allowed oci://r/kueue", ADDRESSES, 6, 6),
        (f"allowed {DATAPROC}", ADDRESSES, 6, 6),
        ("allowed features", ADDRESSES, 6, 6),
    ]


def test_what_is_declared_is_of_its_dimensions():
    h100 = {"quota": "GPUS-PER-GPU-FAMILY-per-project-region", "region": REGION, "amount": 8}
    family = {"gpu_family": "NVIDIA_H100"}
    file = quota_file(beyond_spec=[{**h100, **WHO, "stack": "dev", "dimensions": family}])
    (claim,) = demand_of_specs({}, file)["dev"].claims
    assert claim.key.dimensions == (("gpu_family", "NVIDIA_H100"),)
    assert claim.key.project == file.project


def test_a_limit_that_the_catalog_does_not_have_is_no_user_s_mistake():
    file = quota_file(beyond_spec=[{**stated(1, "X9-CPUS-per-project-region"), **WHO, "stack": "dev"}])
    with pytest.raises(ValueError, match="X9-CPUS-per-project-region in us-central1: reading the file refuses"):
        demand_of_specs({}, file)["dev"]
