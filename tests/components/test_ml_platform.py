"""What holds for every resource of a platform."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from components.ml_platform import Platform
from tests.support.platform import platform
from tests.support.recording import Recording, held, record
from tests.support.specs import CATALOG, quota_file, spec, specs
from weighbridge.quota.demand import spec_demand
from weighbridge.quota.holders import graph_demand
from weighbridge.quota.ledger import Demand
from weighbridge.resources.values import has_unknown

PLATFORM = "weighbridge:index:Platform"
PROVIDER = "pulumi:providers:gcp"
HAS_REGION = {"gcp:compute/subnetwork:Subnetwork", "gcp:compute/address:Address", "gcp:compute/router:Router",
              "gcp:compute/routerNat:RouterNat", "gcp:compute/resourcePolicy:ResourcePolicy"}  # fmt: skip
HAS_LOCATION = {"gcp:container/cluster:Cluster", "gcp:container/nodePool:NodePool"}
NAMED_OTHERWISE = {
    "gcp:monitoring/dashboard:Dashboard", "gcp:serviceaccount/account:Account", "gcp:projects/iAMMember:IAMMember",
}  # fmt: skip


def platform_of(*, preview: bool = False, **changes) -> Recording:
    pools = {
        "system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}},
        "train": {"machine_type": "tpu7x-standard-4t", "tpu_topology": "2x2x2", "slices": {"min": 0, "max": 2}},
    }
    stack = spec(pools, **changes)
    return platform(stack, preview=preview)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return platform_of()


def test_every_resource_states_its_name_project_and_place(recording):
    for resource in recording.resources:
        if not resource.custom or resource.type == PROVIDER:
            continue
        assert resource.inputs["project"] == "example-ml", resource.urn
        if resource.type not in NAMED_OTHERWISE:
            assert resource.inputs["name"], resource.urn
        assert ("region" in resource.inputs) == (resource.type in HAS_REGION), resource.urn
        assert ("location" in resource.inputs) == (resource.type in HAS_LOCATION), resource.urn


def test_a_preview_knows_all_inputs_that_can_hold_quota():
    unknown = {
        (resource.type, name)
        for resource in platform_of(preview=True).resources
        for name, value in resource.inputs.items()
        if has_unknown(value)
    }

    assert unknown == {
        ("gcp:compute/subnetwork:Subnetwork", "network"),
        ("gcp:compute/router:Router", "network"),
        ("gcp:compute/routerNat:RouterNat", "natIps"),
        ("gcp:compute/routerNat:RouterNat", "subnetworks"),
        ("gcp:container/cluster:Cluster", "network"),
        ("gcp:container/cluster:Cluster", "subnetwork"),
    }


def test_everything_lies_in_its_component_and_uses_the_platforms_provider(recording):
    by_urn = {resource.urn: resource for resource in recording.resources}
    provider = recording.only(PROVIDER)
    parents = {resource.type: by_urn[resource.parent].type for resource in recording.resources if resource.parent}

    assert parents == {
        PLATFORM: "pulumi:pulumi:Stack",
        PROVIDER: PLATFORM,
        "weighbridge:index:Network": PLATFORM,
        "weighbridge:index:NodeIdentity": PLATFORM,
        "weighbridge:index:Cluster": PLATFORM,
        "weighbridge:index:NodePool": PLATFORM,
        "weighbridge:index:Alerts": PLATFORM,
        "weighbridge:index:Dashboards": PLATFORM,
        "weighbridge:index:DestroyGuard": PLATFORM,
        "gcp:compute/network:Network": "weighbridge:index:Network",
        "gcp:compute/subnetwork:Subnetwork": "weighbridge:index:Network",
        "gcp:compute/address:Address": "weighbridge:index:Network",
        "gcp:compute/router:Router": "weighbridge:index:Network",
        "gcp:compute/routerNat:RouterNat": "weighbridge:index:Network",
        "gcp:serviceaccount/account:Account": "weighbridge:index:NodeIdentity",
        "gcp:projects/iAMMember:IAMMember": "weighbridge:index:NodeIdentity",
        "gcp:container/cluster:Cluster": "weighbridge:index:Cluster",
        "gcp:container/nodePool:NodePool": "weighbridge:index:NodePool",
        "gcp:compute/resourcePolicy:ResourcePolicy": "weighbridge:index:NodePool",
    }
    assert provider.inputs == {"project": "example-ml", "region": "us-central1"}
    for resource in recording.resources:
        if resource.custom and resource.type != PROVIDER:
            assert resource.provider == f"{provider.urn}::{provider.name}-id", resource.urn


def test_every_component_says_that_it_is_done(recording):
    components = {resource.urn for resource in recording.resources if resource.type.startswith("weighbridge:")}

    assert components <= recording.outputs.keys()
    (platform_outputs,) = (outputs for urn, outputs in recording.outputs.items() if urn.endswith(f"{PLATFORM}::dev"))
    assert platform_outputs == {
        "cluster": "dev",
        "node_pools": {"system": "system", "train-s0": "train-s0", "train-s1": "train-s1"},
    }


def test_urns_are_unique(recording):
    urns = [resource.urn for resource in recording.resources]

    assert len(urns) == len(set(urns))


def amounts(demand: Demand) -> list[tuple[str, str, int, int]]:
    return sorted((str(claim.key), claim.holder, claim.steady, claim.peak) for claim in demand.claims)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(specs())
def test_the_resources_draw_exactly_what_the_spec_says(stack):
    quota = quota_file(spot_pools=["NVIDIA_A100"])
    recording = record(lambda: Platform(stack.environment, stack, CATALOG), preview=True)

    assert amounts(graph_demand(held(recording), quota, CATALOG)) == amounts(spec_demand(stack, quota, CATALOG))
