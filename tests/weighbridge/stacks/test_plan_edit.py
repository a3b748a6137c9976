"""Planned hardware in the text of a spec: what is written, what stays, what is refused."""

from pathlib import Path

import pytest

from tests.support.hardware import A100, H100, L4, chosen_in, option, plan, quota_file
from tests.support.specs import CATALOG, NOW, REGION, changed
from weighbridge.planner.choice.candidates import Candidate
from weighbridge.planner.choice.targets import StackAtHand, Target
from weighbridge.quota.demand import demand_of_stacks, spec_demand
from weighbridge.rollouts.change import Refused
from weighbridge.stacks.load import parse_spec
from weighbridge.stacks.plan_edit import Planned, planned_by, rewrite_hardware

FILE = Path("stacks/dev.yaml")
TEXT = """\
version: 1
environment: dev
owner: ml@example.com
cloud: {project: example-ml, region: us-central1, zones: [us-central1-a]}
node_pools:
  # what serves
  serve:
    machine_type: g2-standard-4   # one L4 each
    nodes: {min: 0, max: 2}       # bounds
    boot_disk: {size: 200Gi}      # weights

  system: {machine_type: e2-standard-4, nodes: {min: 1, max: 2}}
endpoints:
  chat:
    node_pool: serve
    hostname: chat.dev.example.com
    server: vllm
    versions:
      v1:
        image: us-docker.pkg.dev/p/s/vllm:0.9
        model: gs://example-ml-models/chat/v1
        replicas:
          min: 0
          max: 2                  # of traffic
        gpu: 1
    stable: v1
"""


def written(*plans, text=TEXT, quota=None):
    spec = parse_spec(text, FILE)
    quota = quota or quota_file()
    demands = demand_of_stacks({"dev": spec_demand(spec, quota, CATALOG)}, quota, CATALOG)
    hardware = chosen_in(StackAtHand("dev", spec, quota, demands, NOW), *plans)
    return rewrite_hardware(text, FILE, planned_by(hardware.choice.chosen, hardware.targets))


def test_bounds_and_machine_change_and_every_comment_stays():
    assert written(plan("chat", option(L4, 3, high=4), hardware={"machine_types": ["g2-standard-8"]})) == changed(
        TEXT,
        ("g2-standard-4 ", "g2-standard-8 "),
        ("{min: 0, max: 2} ", "{min: 3, max: 4} "),
        ("min: 0\n", "min: 3\n"),
        ("max: 2  ", "max: 4  "),
    )


def test_a_new_pool_stands_in_the_style_of_the_others():
    assert written(plan("other", option(L4, 2))) == changed(
        TEXT,
        (
            "max: 2}}\nendpoints",
            "max: 2}}\n  other:\n    machine_type: g2-standard-4\n    nodes: {min: 2, max: 2}\nendpoints",
        ),
    )


def test_devices_of_a_replica_follow_the_plan():
    text = written(plan("chat", option(A100, 2, devices=2), hardware={"machine_types": ["a2-highgpu-2g"]}))
    spec = parse_spec(text, FILE)
    assert spec.node_pools["serve"].machine_type == "a2-highgpu-2g"
    assert spec.endpoints["chat"].versions["v1"].gpu == 2


def test_a_part_that_is_spot_is_a_pool_of_its_own():
    wishes = {"machine_types": ["a2-highgpu-1g"], "spot_share": "50%"}
    quota = quota_file({"NVIDIA-A100-GPUS-per-project-region": 2}, spot_pools=[])
    text = written(plan("batch", option(A100, 2), hardware=wishes), quota=quota)
    pools = parse_spec(text, FILE).node_pools
    assert pools["batch"].provisioning == "standard"
    assert (pools["batch-spot"].provisioning, pools["batch-spot"].nodes.max) == ("spot", 1)


def test_an_endpoint_has_the_replicas_of_the_pool_that_it_runs_on():
    wishes = {"machine_types": ["a2-highgpu-1g"], "spot_share": "50%"}
    quota = quota_file({"NVIDIA-A100-GPUS-per-project-region": 4})
    spec = parse_spec(written(plan("chat", option(A100, 4), hardware=wishes), quota=quota), FILE)
    assert spec.node_pools["serve-spot"].nodes.max == 2
    assert spec.endpoints["chat"].versions["v1"].replicas.max == 2


def test_what_is_written_is_chosen_again():
    once = written(plan("chat", option(L4, 3, high=4)))
    assert written(plan("chat", option(L4, 3, high=4)), text=once) == once


def test_flex_start_and_reservations_are_written_with_what_they_need():
    wishes = {"machine_types": ["a3-highgpu-1g"], "flex_start": True}
    pool = parse_spec(written(plan("big", option(H100, 2), hardware=wishes)), FILE).node_pools["big"]
    assert (pool.provisioning, pool.nodes.min, pool.nodes.max) == ("flex-start", 0, 2)
    reserved = quota_file(
        reservations=[
            {"name": "block", "zone": f"{REGION}-a", "machine_type": "a3-highgpu-8g", "count": 4,
             "owner": "ml@example.com"}
        ]
    )  # fmt: skip
    pool = parse_spec(written(plan("big", option(H100, 2, devices=8)), quota=reserved), FILE).node_pools["big"]
    assert (pool.provisioning, pool.reservation.name, pool.zones) == ("reservation", "block", (f"{REGION}-a",))


def test_a_bound_in_each_zone_becomes_one_in_all_zones():
    text = TEXT.replace("    nodes: {min: 0, max: 2}       # bounds", "    nodes_per_zone: {min: 0, max: 2}")
    pool = parse_spec(written(plan("chat", option(L4, 3)), text=text), FILE).node_pools["serve"]
    assert pool.nodes_per_zone is None
    assert (pool.nodes.min, pool.nodes.max) == (3, 3)


def candidate() -> Candidate:
    (chosen,) = chosen_in(None, plan("chat", option(L4, 3)), region=REGION).choice.chosen
    return chosen


def test_what_would_be_wrong_is_refused_with_where_and_why():
    text = changed(
        TEXT, ("g2-standard-4 ", "g2-standard-8 "), ("        gpu: 1\n", "        gpu: 1\n        memory: 20Gi\n")
    )
    with pytest.raises(Refused) as refused:
        rewrite_hardware(text, FILE, [Planned(Target("serve", "chat"), candidate())])
    assert str(refused.value).startswith("nothing was written, the spec would be wrong: ")
    assert "endpoints.chat.versions.v1.memory: a replica runs on one node" in str(refused.value)


def test_aliases_are_written_out_where_they_stand_in_the_way():
    text = TEXT.replace("nodes: {min: 0, max: 2}       # bounds", "nodes: &bounds {min: 0, max: 2}").replace(
        "nodes: {min: 1, max: 2}}", "nodes: *bounds}"
    )
    spec = parse_spec(written(plan("chat", option(L4, 3)), text=text), FILE)
    assert (spec.node_pools["serve"].nodes.max, spec.node_pools["system"].nodes.max) == (3, 2)
