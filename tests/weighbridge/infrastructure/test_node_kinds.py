"""What GKE adds to nodes, by kind: the table is sound, and plan and judge read the same of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.graphs import components_of
from tests.support.paths import ROOT
from tests.support.specs import CATALOG, REGION, quota_file
from weighbridge.catalog import Provisioning
from weighbridge.infrastructure.node_kinds import (
    NodeTraits,
    added_labels,
    added_taints,
    kinds_of,
    machine_taints,
    node_kinds,
    pod_selector,
    runs_of,
    stated_taints,
    tolerated_taints,
    tolerated_with,
    waits_for_capacity,
)
from weighbridge.infrastructure.node_pool import plan_node_pools
from weighbridge.resources.held_resource import Surroundings
from weighbridge.scheduling.pool_nodes import pool_nodes
from weighbridge.stacks.load import read_spec

STACKS = (
    *sorted((ROOT / "tests" / "integration" / "stacks").glob("*.yaml")),
    *(ROOT / "stacks" / f"{name}.yaml" for name in ("dev", "staging", "prod")),
)


def traits(machine: str = "e2-standard-4", **changes) -> NodeTraits:
    plain = NodeTraits(CATALOG.machine_types[machine], Provisioning.STANDARD, REGION, (f"{REGION}-a",), "pd-balanced")
    return replace(plain, **changes)


GPU = {"gpu": "nvidia-l4"}
SPOT = {"provisioning": Provisioning.SPOT}


@pytest.mark.parametrize(
    ("machine", "changes", "expected"),
    [
        ("e2-standard-4", {}, []),
        ("e2-standard-4", SPOT, ["spot"]),
        ("e2-standard-4", {**SPOT, "preemptible": True}, ["preemptible"]),
        ("g2-standard-8", {**GPU, "provisioning": Provisioning.FLEX_START}, ["flex-start", "gpu"]),
        ("g2-standard-8", {**GPU, "provisioning": Provisioning.QUEUED}, ["queued", "gpu"]),
        ("g2-standard-8", {**GPU, "gpu_sharing": "mps"}, ["gpu", "mps"]),
        ("g2-standard-8", {**GPU, "gpu_sharing": "time-sharing"}, ["gpu", "time-sharing"]),
        ("a2-highgpu-1g", {"gpu": "nvidia-tesla-a100", "gpu_partition": "1g.5gb"}, ["gpu", "partitioned-gpu"]),
        ("ct5lp-hightpu-4t", {}, ["tpu"]),
        ("c4a-standard-4", {}, ["arm"]),
        ("a4x-highgpu-4g", {"gpu": "nvidia-gb200"}, ["gpu", "arm"]),
    ],
)
def test_kinds_of_nodes(machine, changes, expected):
    assert [kind.kind for kind in kinds_of(traits(machine, **changes))] == ["every", *expected]


def test_labels_of_shared_gpus():
    shared = traits("g2-standard-8", **GPU, gpu_driver="latest", gpu_sharing="mps", clients_per_gpu=3)
    labels = {name: set(values) for name, values in added_labels(shared).items()}
    assert labels == {
        "kubernetes.io/os": {"linux"},
        "kubernetes.io/arch": {"amd64"},
        "node.kubernetes.io/instance-type": {"g2-standard-8"},
        "topology.kubernetes.io/region": {"us-central1"},
        "topology.kubernetes.io/zone": {"us-central1-a"},
        "cloud.google.com/machine-family": {"g2"},
        "cloud.google.com/gke-boot-disk": {"pd-balanced"},
        "cloud.google.com/gke-provisioning": {"standard"},
        "cloud.google.com/gke-accelerator": {"nvidia-l4"},
        "cloud.google.com/gke-gpu-driver-version": {"latest"},
        "cloud.google.com/gke-gpu-sharing-strategy": {"mps"},
        "cloud.google.com/gke-max-shared-clients-per-gpu": {"3"},
    }


def test_a_later_kind_overrules_a_label():
    assert added_labels(traits("c4a-standard-4"))["kubernetes.io/arch"] == {"arm64"}
    assert added_labels(traits(**SPOT))["cloud.google.com/gke-provisioning"] == {"spot"}


def test_a_driver_that_gke_does_not_install_gives_no_label():
    labels = added_labels(traits("g2-standard-8", **GPU, gpu_driver="none"))
    assert "cloud.google.com/gke-gpu-driver-version" not in labels


@pytest.mark.parametrize(
    ("machine", "changes", "added", "stated"),
    [
        ("e2-standard-4", SPOT, [], []),
        ("g2-standard-8", GPU, ["nvidia.com/gpu=present:NoSchedule"], ["nvidia.com/gpu=present:NoSchedule"]),
        ("ct5lp-hightpu-4t", {}, ["google.com/tpu=present:NoSchedule"], ["google.com/tpu=present:NoSchedule"]),
        ("c4a-standard-4", {}, ["kubernetes.io/arch=arm64:NoSchedule"], []),  # an image has to say that it runs there
    ],
)
def test_taints(machine, changes, added, stated):
    nodes = traits(machine, **changes)
    for expected, taints in ((added, added_taints(nodes)), (stated, stated_taints(nodes))):
        assert [f"{taint.key}={taint.value}:{taint.effect}" for taint in taints] == expected


def test_pods_planned_for_a_pool_tolerate_what_gke_adds_but_nodes_that_none_is_planned_for():
    arm = [("kubernetes.io/arch", "arm64", "NoSchedule")]
    for nodes, expected in (
        (traits(), []),
        (traits("c4a-standard-8"), arm),
        (traits("g2-standard-8", **GPU), [("nvidia.com/gpu", "present", "NoSchedule")]),
        (traits(provisioning=Provisioning.QUEUED), []),
    ):
        assert [(taint.key, taint.value, taint.effect) for taint in tolerated_taints(nodes)] == expected
    taints = machine_taints(CATALOG.machine_types["c4a-standard-8"])
    assert [(taint.key, taint.value, taint.effect) for taint in taints] == arm
    assert machine_taints(CATALOG.machine_types["g2-standard-8"]) == ()


def test_gke_tolerates_for_pods_that_ask_for_gpus_only():
    assert [taint.key for taint in tolerated_with({"cpu": 1, "nvidia.com/gpu": 1})] == ["nvidia.com/gpu"]
    assert tolerated_with({"cpu": 1, "google.com/tpu": 4}) == ()


def test_pods_select_accelerators_and_topologies_that_are_known():
    assert pod_selector(traits()) == {}
    assert pod_selector(traits("g2-standard-8", **GPU)) == {"cloud.google.com/gke-accelerator": "nvidia-l4"}
    tpu = {"cloud.google.com/gke-tpu-accelerator": "tpu-v5-lite-podslice"}
    assert pod_selector(traits("ct5lp-hightpu-4t")) == tpu
    several = frozenset({"1x1", "2x2"})
    assert pod_selector(traits("ct5lp-hightpu-4t", tpu_topologies=several)) == tpu
    one = frozenset({"4x4"})
    assert pod_selector(traits("ct5lp-hightpu-4t", tpu_topologies=one)) == {
        **tpu,
        "cloud.google.com/gke-tpu-topology": "4x4",
    }


def test_which_machines_wait_and_end():
    assert [str(way) for way in Provisioning if waits_for_capacity(way)] == ["flex-start", "queued"]
    ends = {way: runs for way in Provisioning if (runs := runs_of(way)) is not None}
    assert list(ends) == [Provisioning.FLEX_START]
    assert (ends[Provisioning.FLEX_START].shortest, ends[Provisioning.FLEX_START].longest) == (
        timedelta(minutes=10),
        timedelta(days=7),
    )


def test_every_row_is_sourced_and_selects_only_its_own_labels():
    for kind in node_kinds().values():
        assert kind.source
        assert set(kind.selected) <= set(kind.labels)
        assert kind.taint is not None or not (kind.stated or kind.tolerated_with)
        placeholders = {text[1:-1] for text in kind.labels.values() if text.startswith("{")}
        everything = traits(
            "ct5lp-hightpu-4t", pool="serve", **GPU, gpu_driver="default", gpu_partition="1g.5gb"
        ).values  # no such machine, but each placeholder has a value
        assert placeholders <= set(everything)


@pytest.mark.parametrize("file", STACKS, ids=lambda file: file.stem)
def test_what_the_plan_expects_is_what_the_rules_read_from_the_resources(file):
    resources = components_of(file, alerts=False)
    read, unclear = pool_nodes(resources, Surroundings.of(resources, quota_file(), CATALOG))
    plans = {plan.name: plan for plan in plan_node_pools(read_spec(file, CATALOG), CATALOG)}
    assert unclear == ()
    assert {nodes.name for nodes in read} == set(plans)
    for nodes in read:
        plan = plans[nodes.name]
        for name, values in added_labels(plan.traits).items():
            assert values <= nodes.labels[name], name
        added = (taint for taint in added_taints(plan.traits) if taint not in plan.taints)
        assert nodes.taints == (*plan.taints, *added)
