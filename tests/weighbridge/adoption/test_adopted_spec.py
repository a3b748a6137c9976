"""Twenty pools of foreign shape are taken over, and a preview changes nothing of them."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from tests.support.platform import platform, platform_resources
from tests.support.recorded_pools import NOT_SAID, RECORDED, cluster, node_pool, provider_inputs
from tests.support.specs import CATALOG, quota_file
from weighbridge.adoption.adopted_spec import NODE_POOL, Adoption, adopt
from weighbridge.adoption.recorded import NotAdoptable, read_cluster
from weighbridge.preview.changes import compare
from weighbridge.preview.result import Operation
from weighbridge.preview.state import StackState, StateResource
from weighbridge.quota.demand import spec_demand
from weighbridge.quota.holders import demand_within
from weighbridge.quota.ignored import ignored_quota_paths
from weighbridge.resources.graph import Graph, Options, Resource
from weighbridge.resources.held_resource import HeldResource, Surroundings
from weighbridge.resources.property_path import after_ignoring
from weighbridge.resources.values import mapping
from weighbridge.stacks.load import parse_spec

FILE = Path("stacks/adopted.yaml")
OWNER = "ml-infra@example.com"


def adopted(*pools: Any, **more: Any) -> Adoption:
    return adopt(read_cluster(json.dumps(cluster(*pools, **more))), FILE, OWNER, CATALOG)


def changes(made: Adoption, pools: list[dict[str, Any]]):
    """What a preview finds, against a state that has the pools as the provider reads them."""
    recorded = {pool["name"]: provider_inputs(pool) for pool in pools}
    new, old = [], []
    for held in platform(parse_spec(made.text, FILE, CATALOG), preview=True).resources:
        if held.type != NODE_POOL:
            continue
        before = recorded[held.name]
        inputs = after_ignoring(held.inputs, before, held.ignore_changes)
        options = Options(ignore_changes=held.ignore_changes)
        new.append(Resource(held.urn, held.type, held.name, custom=True, inputs=inputs, options=options))
        old.append(StateResource(held.urn, held.type, held.name, custom=True, inputs=before))
    return compare(Graph("weighbridge", "adopted", tuple(new)), StackState("weighbridge", "adopted", tuple(old)))


@pytest.mark.parametrize("pool", [*RECORDED, *(pool for pool, _ in NOT_SAID)], ids=lambda pool: pool["name"])
def test_a_recording_has_only_what_the_api_has(pool):
    document = resources.files("googleapiclient.discovery_cache") / "documents" / "container.v1.json"
    schemas = json.loads(document.read_text(encoding="utf-8"))["schemas"]
    unknown = list(_unknown(pool, "NodePool", schemas))
    assert unknown == []


def _unknown(value: Any, schema: str, schemas: dict[str, Any]):
    known = schemas[schema]["properties"]
    for name, held in value.items():
        if name not in known:
            yield f"{schema}.{name}"
            continue
        inner = known[name].get("$ref") or known[name].get("items", {}).get("$ref")
        for part in (held if isinstance(held, list) else [held]) if inner else ():
            yield from _unknown(part, inner, schemas)


def test_there_are_twenty():
    assert len({pool["name"] for pool in RECORDED}) == 20


@pytest.mark.parametrize("pool", RECORDED, ids=lambda pool: pool["name"])
def test_a_pool_is_described_as_it_is(pool):
    """So nothing is replaced by its import, and no node made anew."""
    made = adopted(pool)
    assert made.left_out == {}
    assert [entry.name for entry in made.pools] == [pool["name"]]
    (change,) = changes(made, [pool])
    assert (change.operation, [path.path for path in change.properties]) == (Operation.SAME, [])


def test_all_of_them_at_once_in_one_cluster():
    made = adopted(*RECORDED)
    assert made.left_out == {}
    assert made.pools[0].import_id == "example-ml/us-central1/platform/default-pool"
    assert {change.operation for change in changes(made, RECORDED)} == {Operation.SAME}


def test_nothing_that_others_count_on_stays_unsaid():
    """The first preview knows no state: what an import keeps may not decide on quota."""
    spec = parse_spec(adopted(*RECORDED).text, FILE, CATALOG)
    recorded = platform(spec, preview=True).resources
    around = Surroundings.of((), quota_file(), CATALOG)
    pools = [entry for entry in recorded if entry.type == NODE_POOL]
    assert len(pools) == 20
    for entry in pools:
        options = Options(ignore_changes=entry.ignore_changes)
        held = HeldResource(entry.urn, entry.type, entry.name, entry.inputs, options=options)
        assert ignored_quota_paths(held, around) == (), entry.name


def test_the_spec_counts_what_its_resources_draw():
    spec = parse_spec(adopted(*(pool for pool in RECORDED if pool["name"] != "reserved")).text, FILE, CATALOG)
    quota, held = quota_file(), platform_resources(spec)
    by_spec, by_resources = (
        spec_demand(spec, quota, CATALOG),
        demand_within(held, Surroundings.of(held, quota, CATALOG)),
    )
    assert (by_spec.doubts, by_resources.doubts) == ((), ())
    assert by_spec.drawn == by_resources.drawn


def test_what_each_imported_pool_is_imported_by():
    spec = parse_spec(adopted(RECORDED[0]).text, FILE, CATALOG)
    (pool,) = (held for held in platform_resources(spec) if held.type == NODE_POOL)
    assert pool.inputs["name"] == "default-pool"
    assert "serviceAccount" not in mapping(pool.inputs["nodeConfig"])


@pytest.mark.parametrize(("pool", "why"), NOT_SAID, ids=lambda value: value["name"] if isinstance(value, dict) else "")
def test_a_pool_that_a_spec_can_not_say_is_left_out(pool, why):
    made = adopted(RECORDED[0], pool)
    assert list(made.left_out) == [pool["name"]]
    assert made.left_out[pool["name"]].startswith(why)


def test_an_account_that_is_no_text_is_none_of_all_pools():
    made = adopted(node_pool("plain", {"serviceAccount": ["a@example-ml.iam.gserviceaccount.com"]}))
    assert "node_service_account" not in made.text


def test_what_stays_is_listed_by_what_setting_ours_would_do():
    (pool,) = adopted(node_pool("plain", {"gvnic": {"enabled": True}})).pools
    found = dict(pool.reasons)
    assert "nodeConfig.serviceAccount" in found["setting ours would replace the pool"]
    assert "version" in found["setting ours would make new nodes"]
    assert found["an import changes nothing"] == ("nodeConfig.labels", "nodeConfig.resourceLabels")


@pytest.mark.parametrize(
    ("text", "pools", "message"),
    [
        ("", None, "the description of the cluster: it is empty, and no JSON. Write it again: gcloud"),
        ("[]", None, "this is no description of a GKE cluster, which has a selfLink"),
        (json.dumps({**cluster(), "autopilot": {"enabled": True}}), None, "platform is an Autopilot cluster"),
        (json.dumps(cluster()), None, "platform has no node pools here: give them with `gcloud"),
        (json.dumps(cluster()), "{", "--pools:1:2: no JSON: it ends here, before it is whole"),
        (json.dumps(cluster(RECORDED[0], ipAllocationPolicy={})), None, "platform is not VPC-native"),
        (json.dumps(cluster(NOT_SAID[1][0])), None, "no pool of platform can be taken over: windows: its"),
    ],
)  # fmt: skip
def test_what_can_not_be_adopted(text, pools, message):
    with pytest.raises(NotAdoptable) as refused:
        adopt(read_cluster(text, pools), FILE, OWNER, CATALOG)
    assert str(refused.value).startswith(message)
