"""One resource on top of those that were let through before it."""

from __future__ import annotations

from dataclasses import replace

from tests.support.graphs import cluster, node_pool, resource
from tests.support.specs import CATALOG, NOW, limit, quota_file
from weighbridge.quota.holders import demand_within
from weighbridge.quota.ledger import Demand, Doubt
from weighbridge.resources.held_resource import HeldResource, Surroundings
from weighbridge.rules.quota_claim import RULE
from weighbridge.rules.rule_input import RuleInput, Shared

QUOTA = quota_file(limit("NVIDIA-A100-GPUS-per-project-region", 4))
AROUND = Surroundings(QUOTA, CATALOG, (cluster(),))
ADDRESS = resource("gcp:compute/address:Address", "ip", {"name": "ip", "region": "us-central1"})


def held(name: str, most: float) -> HeldResource:
    return node_pool(name, autoscaling={"totalMaxNodeCount": most}, upgradeSettings={"maxSurge": 0.0})


SHARED = Shared(QUOTA, {}, None, granted=demand_within([held("much", 99), ADDRESS], AROUND))
"""What is declared of the stack is no question here."""


def pool(name: str, most: float) -> RuleInput:
    return RuleInput("dev", (held(name, most),), AROUND, SHARED, NOW)


def test_what_fits_on_top_of_what_was_admitted_is_created():
    admitted = {"a": pool("a", 2).demand}
    assert list(RULE.violations(replace(pool("b", 2), admitted=admitted))) == []
    (over,) = RULE.violations(replace(pool("b", 3), admitted=admitted))
    assert (over.rule, over.holder, over.excess and (over.excess.demand, over.excess.limit)) == (
        "quota-claim",
        "b",
        (5, 4),
    )


def test_a_limit_that_it_does_not_draw_on_is_not_its_fault():
    admitted = {"a": pool("a", 9).demand}
    service = resource("kubernetes:core/v1:Service", "api", {"spec": {"type": "ClusterIP"}})
    assert list(RULE.violations(RuleInput("dev", (ADDRESS,), AROUND, SHARED, NOW, admitted))) == []
    assert list(RULE.violations(RuleInput("dev", (service,), AROUND, SHARED, NOW, admitted))) == []


def test_what_cannot_be_counted_of_another_stack_admits_nothing():
    others = {"prod": Demand(doubts=(Doubt("serve", "y is unknown"),))}
    (unclear,) = RULE.violations(replace(pool("a", 1), shared=replace(SHARED, others=others)))
    assert unclear.message == "Stack prod cannot be counted: serve: y is unknown."


def test_what_makes_resources_of_manifests_may_be_created_as_each_of_those_is_judged():
    type_ = "kubernetes:yaml:ConfigFile"
    component = HeldResource(f"urn:pulumi:dev::weighbridge::{type_}::m", type_, "m")
    assert list(RULE.violations(RuleInput("dev", (component,), AROUND, SHARED, NOW))) == []
    custom = replace(component, provider_inputs={})
    assert len(list(RULE.violations(RuleInput("dev", (custom,), AROUND, SHARED, NOW)))) == 1


def test_the_share_of_the_stack_is_kept():
    quota = quota_file(limit("NVIDIA-A100-GPUS-per-project-region", 4), shares={"dev": "50%"})
    given = replace(pool("a", 3), shared=replace(SHARED, quota=quota))
    found = [one for one in RULE.violations(given) if one.excess and one.excess.unit == "GPU"]
    assert ("a", 3, 2) in [(one.holder, one.excess.demand, one.excess.limit) for one in found]
    elsewhere = replace(given, stack="prod")
    assert list(RULE.violations(elsewhere)) == []


def test_what_other_stacks_draw_on_its_limits_counts():
    others = {"prod": pool("b", 2).demand, "scratch": pool("c", 1).demand}
    shared = replace(SHARED, others=others)
    assert list(RULE.violations(replace(pool("a", 1), shared=shared))) == []
    (over,) = RULE.violations(replace(pool("a", 2), shared=shared))
    assert "; other stacks 3 (prod 2, scratch 1); " in over.message


def test_a_limit_that_others_fill_is_no_fault_of_who_uses_a_reservation():
    """Its machines were charged when the reservation was made, so creating the pool takes nothing of that limit."""
    a100 = "NVIDIA-A100-GPUS-per-project-region"
    block = {"name": "block", "zone": "us-central1-a", "machine_type": "a2-highgpu-1g", "count": 3, "owner": "i@e.com"}
    quota = quota_file(limit(a100, 4), reservations=[block])
    affinity = {"consumeReservationType": "SPECIFIC_RESERVATION", "values": ["block"]}
    config = {"machineType": "a2-highgpu-1g", "diskSizeGb": 100.0, "reservationAffinity": affinity}
    user = node_pool("a", autoscaling={"totalMaxNodeCount": 2.0}, upgradeSettings={"maxSurge": 0.0}, nodeConfig=config)
    around = Surroundings(quota, CATALOG, (cluster(),))
    others = {"prod": demand_within([held("b", 2)], around)}
    shared = Shared(quota, others, None, demand_within([user], around))
    assert list(RULE.violations(RuleInput("dev", (user,), around, shared, NOW))) == []
