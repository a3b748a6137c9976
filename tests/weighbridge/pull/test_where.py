"""In which regions a stack fits."""

from __future__ import annotations

from tests.support.specs import CATALOG, NOW, REGION, quota_file, spec
from weighbridge.pull.where import places
from weighbridge.quota.demand import spec_demand

POOL = {
    "machine_type": "g2-standard-8",
    "nodes": {"min": 0, "max": 4},
    "upgrade": {"max_surge": 0, "max_unavailable": 1},
}


def file(*more, **keys):
    here = quota_file()
    limits = [*here.limits]
    for region, count in more:
        limits += [
            entry.model_copy(update={"region": region, "limit": count if "L4" in entry.quota else entry.limit})
            for entry in here.limits
            if entry.region == REGION
        ]
    return here.model_copy(update={"limits": tuple(limits), "outside": (), **keys})


def found(quota_file, pool=None):
    stack = spec({"serve": POOL})
    by_spec = {stack.environment: spec_demand(stack, quota_file, CATALOG)}
    return {place.region: place for place in places(stack, pool, by_spec, quota_file, CATALOG, NOW)}


def test_the_region_that_it_is_in_comes_first_and_others_are_counted_as_if_it_were_there():
    answer = found(file(("europe-west4", 2), ("us-east4", 40)))
    assert list(answer) == [REGION, "europe-west4", "us-east4"]
    assert answer[REGION].here
    assert [row.display for row in answer["europe-west4"].short] == ["NVIDIA L4"]
    assert answer["us-east4"].fits, answer["us-east4"]


def test_a_pool_moves_alone():
    answer = found(file(("us-east4", 40)), "serve")
    assert {row.key.region for row in answer["us-east4"].short} == set()
    assert answer["us-east4"].fits


def test_what_a_zone_does_not_sell_does_not_fit():
    zones = sorted(CATALOG.zones("us-east4"))
    answer = found(file(("us-east4", 40), sold=dict.fromkeys(zones, ("e2",))))
    assert answer["us-east4"].not_sold == ("g2-standard-8",)
    sold = {zone: ("e2", "g2") if zone == zones[-1] else ("e2",) for zone in zones}
    answer = found(file(("us-east4", 40), sold=sold))
    assert zones[-1] in answer["us-east4"].zones
