"""The classes, and that pods name one that exists before they do."""

from __future__ import annotations

import pytest

from tests.support.platform import platform
from tests.support.specs import prod

CLASS = "kubernetes:scheduling.k8s.io/v1:PriorityClass"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"


@pytest.fixture(scope="module")
def recording():
    return platform(prod())


def test_they_are_as_planned(recording):
    written = {made.inputs["metadata"]["name"]: made.inputs for made in recording.of_type(CLASS)}
    assert {name: made["value"] for name, made in written.items()} == {
        "weighbridge-serving": 1_000_000,
        "weighbridge-training": 1_000,
        "weighbridge-experiments": -1,
    }
    assert not any(made["globalDefault"] for made in written.values())


def test_every_workload_names_one_that_is_made_before_it(recording):
    names = {made.inputs["metadata"]["name"]: made.urn for made in recording.of_type(CLASS)}
    # A child is registered after its parent is, and that after what the parent depends on.
    before = {made.urn: {*made.dependencies, made.parent} - {""} for made in recording.resources}

    def comes_after(urn, other):
        return other in before[urn] or any(comes_after(needed, other) for needed in before[urn])

    named = {}
    for deployment in recording.of_type(DEPLOYMENT):
        named[deployment.name] = deployment.inputs["spec"]["template"]["spec"]["priorityClassName"]
        assert comes_after(deployment.urn, names[named[deployment.name]]), deployment.urn
    assert named["ranker-v7"] == named["prod-metrics-adapter"] == "weighbridge-serving"
    assert named["monitor-ranker"] == "weighbridge-training"
