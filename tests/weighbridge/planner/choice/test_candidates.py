"""What is a way to run a workload and what isn't, how many nodes it takes, what it costs and draws."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.support.hardware import A100, H100, L4, option, plan, quota_file
from tests.support.specs import CATALOG, PROJECT, REGION, ZONES, spec
from weighbridge.planner.choice.candidates import Site, candidates, nodes_for
from weighbridge.planner.serving import Range
from weighbridge.quota.demand import spec_demand
from weighbridge.spec.workloads import Failures


def site(**keys):
    return Site(REGION, tuple(ZONES[: keys.pop("zones", 1)]), PROJECT, keys.pop("quota", quota_file()), **keys)


def found(planned, **keys):
    return candidates(planned, site(**keys), CATALOG)[0]


def reasons(planned, **keys):
    return {none.what: none.reason for none in candidates(planned, site(**keys), CATALOG)[1]}


def of(planned, machine, **keys):
    return [candidate for candidate in found(planned, **keys) if candidate.node.machine.name == machine]


def test_every_machine_that_holds_a_replica_is_a_way_and_smaller_ones_are_not():
    names = {candidate.node.machine.name for candidate in found(plan("chat", option(L4, 3, devices=2)))}
    assert names == {"g2-standard-24", "g2-standard-48", "g2-standard-96"}


def test_a_node_holds_as_many_replicas_as_its_devices_allow():
    (one,) = of(plan("chat", option(L4, 5, devices=2)), "g2-standard-48")
    assert (one.node.replicas, one.expected, one.most, one.replicas) == (2, 3, 3, (5, 5))
    assert one.usd_per_hour == 3 * CATALOG.price("g2-standard-48", REGION, one.bought[0].provisioning).usd_per_hour


def test_a_committed_use_price_of_every_stack_makes_a_machine_cheaper():
    entry = {"machines": "g2", "region": REGION, "years": 1, "discount": "25%", "until": "2027-11-30"}
    (listed,) = of(plan("chat", option(L4, 3)), "g2-standard-4")
    (paid,) = of(plan("chat", option(L4, 3)), "g2-standard-4", quota=quota_file(commitments=[entry]))
    assert paid.usd_per_hour == listed.usd_per_hour * Decimal("0.75")
    (own,) = of(plan("chat", option(L4, 3)), "g2-standard-4", quota=quota_file(commitments=[{**entry, "stack": "dev"}]))
    assert own.usd_per_hour == listed.usd_per_hour
    mine = quota_file(commitments=[{**entry, "stack": "dev"}])
    (own,) = of(plan("chat", option(L4, 3)), "g2-standard-4", quota=mine, stack="dev")
    assert own.usd_per_hour == paid.usd_per_hour


def test_expected_nodes_cost_and_the_slow_end_draws_quota():
    (safe,) = of(plan("chat", option(L4, 3, high=5)), "g2-standard-4")
    assert (safe.expected, safe.most, safe.replicas) == (3, 5, (3, 5))
    drawn = {key.quota_id: amount for key, amount in safe.draws.items()}
    assert drawn["NVIDIA-L4-GPUS-per-project-region"] == 5
    (likely,) = of(plan("chat", option(L4, 3, high=5), hardware={"maximum": "likely"}), "g2-standard-4")
    assert likely.most == 3


def test_what_no_number_of_replicas_holds_at_the_slow_end_is_no_safe_way():
    slow = replace(option(L4, 3), replicas=Range(3, 2, None))
    assert found(plan("chat", slow)) == ()
    assert "`maximum: likely` takes it" in reasons(plan("chat", slow))["g2-standard-4, 1 device a replica"]
    assert found(plan("chat", slow, hardware={"maximum": "likely"}))


def test_a_part_may_be_spot_and_draws_as_spot_does():
    planned = plan("chat", option(A100, 4), hardware={"spot_share": "50%", "machine_types": ["a2-highgpu-1g"]})
    ways = [[(part.provisioning.value, part.most) for part in one.bought] for one in found(planned)]
    assert ways == [[("standard", 4)], [("standard", 3), ("spot", 1)], [("standard", 2), ("spot", 2)]]
    granted = found(planned, quota=quota_file(spot_pools=["NVIDIA_A100"]))[-1]
    drawn = {key.quota_id: amount for key, amount in granted.draws.items()}
    assert drawn["PREEMPTIBLE-NVIDIA-A100-GPUS-per-project-region"] == 2
    assert drawn["NVIDIA-A100-GPUS-per-project-region"] == 2


def test_all_of_it_may_be_spot():
    planned = plan("chat", option(L4, 2), hardware={"spot_share": "100%", "machine_types": ["g2-standard-4"]})
    assert [[part.provisioning.value for part in one.bought] for one in found(planned)] == [
        ["standard"], ["standard", "spot"], ["spot"],
    ]  # fmt: skip


def test_flex_start_nodes_are_never_kept():
    planned = plan("chat", option(H100, 2), hardware={"flex_start": True, "machine_types": ["a3-highgpu-1g"]})
    (one,) = found(planned)
    assert [(part.provisioning.value, part.least, part.most) for part in one.bought] == [("flex-start", 0, 2)]
    assert reasons(planned)["a3-highgpu-1g, standard"] == "Google doesn't sell it on demand: use spot or flex-start"


RESERVATION = {
    "name": "block", "zone": f"{REGION}-a", "machine_type": "a3-highgpu-8g", "count": 4, "owner": "ml@example.com",
}  # fmt: skip


def test_a_reservation_is_paid_for_already_and_its_machines_are_the_limit():
    quota = quota_file(reservations=[RESERVATION])
    planned = plan("chat", option(H100, 3, devices=8), hardware={"machine_types": ["a3-highgpu-8g"]})
    reserved = next(one for one in found(planned, quota=quota) if one.bought[0].reservation is not None)
    assert reserved.usd_per_hour == 0
    assert {key.quota_id: amount for key, amount in reserved.draws.items()}["reservation block"] == 3


@pytest.mark.parametrize(("today", "there"), [(date(2027, 1, 1), True), (date(2027, 3, 1), False)])
def test_a_calendar_that_has_ended_is_no_way(today, there):
    entry = {**RESERVATION, "calendar": {"from": "2026-12-01", "to": "2027-01-31"}}
    planned = plan("chat", option(H100, 3, devices=8))
    ways = found(planned, quota=quota_file(reservations=[entry]), today=today)
    assert any(one.bought[0].reservation is not None for one in ways) is there


def test_attached_gpus_and_machines_without_a_price_have_none():
    t4 = found(plan("chat", option("nvidia-tesla-t4", 2)))
    assert {one.usd_per_hour for one in t4} == {None}
    assert {one.node.attached for one in t4} == {1, 2, 4}
    assert all(one.node.machine.vcpus >= 4 * one.node.attached for one in t4)
    assert {one.usd_per_hour for one in of(plan("chat", option(H100, 2, devices=8)), "a3-edgegpu-8g")} == {None}


def test_tpu_chips_of_a_host_belong_to_one_replica():
    names = {
        (one.node.machine.name, one.node.topology, one.node.replicas)
        for one in found(plan("chat", option("tpu-v5-lite-podslice", 2, devices=4)))
    }
    assert names == {("ct5lp-hightpu-4t", "2x2", 1)}


def test_a_server_of_ones_own_takes_what_it_says_of_the_machines_it_was_measured_on():
    measured = option("", 6)
    hardware = {"machine_types": ["n2-standard-8"], "per_replica": {"cpu": 2, "memory": "4Gi"}}
    (one,) = found(plan("ranker", measured, hardware=hardware))
    assert (one.node.replicas, one.most) == (3, 2)
    assert found(plan("ranker", measured)) == ()
    assert list(reasons(plan("ranker", measured)).values()) == [
        "state `hardware.per_replica`, and the machines that `service_time` was measured on"
    ]


def test_devices_of_a_server_of_ones_own_are_those_it_was_measured_with():
    hardware = {"per_replica": {"accelerator": L4, "devices": 2}, "machine_types": ["g2-standard-48"]}
    (one,) = found(plan("ranker", option("", 6), hardware=hardware))
    assert (one.node.devices, one.node.replicas, one.most) == (2, 2, 3)


def test_a_zone_can_only_fail_where_there_are_as_many():
    planned = plan("chat", option(L4, 4), survive={"zones": 1})
    assert reasons(planned, zones=1) == {"every machine": "a zone of 3 may fail (`survive`), and there is 1 zone"}
    (one,) = of(planned, "g2-standard-4", zones=3)
    assert one.most == 6


def test_nodes_are_enough_whatever_fails():
    assert nodes_for(4, 1, Failures()) == 4
    assert nodes_for(4, 1, Failures(replicas=1)) == 5
    assert nodes_for(4, 2, Failures(zones=1)) == 3
    assert nodes_for(4, 4, Failures(replicas=1, zones=1)) == 3


@pytest.mark.parametrize("zones", [1, 3])
@pytest.mark.parametrize("machine", ["g2-standard-4", "n2-standard-8", "a2-highgpu-1g"])
def test_what_a_way_draws_is_what_its_pool_would(machine, zones):
    accelerator = CATALOG.machine_types[machine].gpu
    if accelerator is None:
        planned = plan("ranker", option("", 4), hardware={"machine_types": [machine], "per_replica": {"cpu": 4}})
    else:
        planned = plan("chat", option(accelerator, 4), hardware={"machine_types": [machine]})
    (one,) = [way for way in of(planned, machine, zones=zones) if len(way.bought) == 1]
    pool = {"machine_type": machine, "nodes": {"min": one.bought[0].least, "max": one.bought[0].most}}
    bare = {"system": {"machine_type": "e2-standard-4", "nodes": {"min": 0, "max": 1}}}
    with_pool = spec_demand(spec({**bare, "chat": pool}, zones=zones), quota_file(), CATALOG).drawn
    without = spec_demand(spec(bare, zones=zones), quota_file(), CATALOG).drawn
    more = {
        key: drawn.peak - (without[key].peak if key in without else 0)
        for key, drawn in with_pool.items()
        if drawn.peak != (without[key].peak if key in without else 0)
    }
    assert {key: amount for key, amount in one.draws.items() if amount} == more


def test_other_versions_of_an_endpoint_need_room_as_well():
    (one,) = of(plan("chat", option(L4, 4)), "g2-standard-4", beside={"chat": (1, 2)})
    assert (one.bought[0].least, one.most, one.replicas) == (5, 6, (4, 4))
    assert one.most_usd_per_hour == 6 * Decimal("0.706832")
