"""Endpoints on nodes that go by themselves: advice, and a violation on production."""

from __future__ import annotations

import pytest

from tests.support.platform import platform_resources
from tests.support.specs import CATALOG, endpoint, quota_file, spec
from weighbridge.resources.held_resource import Surroundings
from weighbridge.rules.placement import judge

SYSTEM = {"machine_type": "e2-standard-8", "nodes": {"min": 1, "max": 4}}
SPOT = (
    "ranker-v7, ranker-v8: serve from spot nodes (serve). Google takes those back at any time, many at once: pods then "
    "have 15s to end, of the 100s that they ask for to drain, and requests fail. "
)
STANDARD = "Serve from a pool of standard or reserved nodes, or"


def serving(pools):
    ranker = endpoint({"at": "10%"}, stable=(1, 2), new=(1, 2))
    return spec(pools).model_copy(update={"endpoints": {"ranker": ranker}})


def found(provisioning: str, *, production: bool):
    pools = {
        "system": SYSTEM,
        "serve": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 20}, "provisioning": provisioning},
    }
    resources = platform_resources(serving(pools), alerts=False)
    return [
        (violation.level, violation.message, violation.holder)
        for violation in judge(resources, Surroundings.of(resources, quota_file(), CATALOG), production=production)
    ]


def test_on_spot_nodes_it_says_how_long_pods_have():
    advice = f"{SPOT}{STANDARD} take it as it is: this is advice"
    assert found("spot", production=False) == [("advisory", advice, "ranker-v7")]


def test_on_production_it_blocks_unless_exempt():
    ((level, message, _),) = found("spot", production=True)
    assert level == "mandatory"
    assert message == f"{SPOT}{STANDARD} have the owners of the quota exempt it"


def test_on_flex_start_nodes_it_says_when_they_end():
    ((level, message, _),) = found("flex-start", production=True)
    assert level == "mandatory"
    assert message == (
        "ranker-v7, ranker-v8: serve from flex-start nodes (serve). Each ends 7d after it began at the latest, and the "
        f"next comes only when there is capacity. {STANDARD} have the owners of the quota exempt it"
    )


@pytest.mark.parametrize("provisioning", ["standard", "reservation"])
def test_nodes_that_stay_are_fine(provisioning):
    pools = {
        "system": SYSTEM,
        "serve": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 20}, "provisioning": provisioning},
    }
    if provisioning == "reservation":
        pools["serve"]["reservation"] = {"name": "block"}
    resources = platform_resources(serving(pools), alerts=False)
    assert judge(resources, Surroundings.of(resources, quota_file(), CATALOG), production=True) == []
