"""The gate: closed where the ticket doesn't admit, and for whatever goes beyond it."""

from __future__ import annotations

from dataclasses import replace

from tests.support.claim_books import L4
from tests.support.graphs import STACK, cluster, node_pool, resource
from tests.support.specs import CATALOG, NOW, quota_file
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.ledger import Demand
from weighbridge.resources.held_resource import Surroundings
from weighbridge.rules.admission import RULE
from weighbridge.rules.rule_input import Gate, RuleInput, Shared

QUOTA = quota_file()
AROUND = Surroundings.of((cluster(),), QUOTA, CATALOG)
THE_STACK = resource(STACK, "weighbridge-dev", {}, provider_inputs=None)
POOL = node_pool(autoscaling={"totalMaxNodeCount": 2.0})
AGAIN = "and its ticket has %s in us-central1. Preview this commit and have it admitted again: weighbridge admit dev."
A100 = QuotaKey("example-ml", "us-central1", "NVIDIA-A100-GPUS-per-project-region")


def given(one, gate: Gate | None, admitted: dict[str, Demand] | None = None) -> RuleInput:
    shared = Shared(QUOTA, {}, None, Demand())
    return RuleInput("dev", (one,), AROUND, shared, NOW, admitted or {}, gate)


def found(one, gate, admitted=None) -> list[str]:
    return [violation.message for violation in RULE.violations(given(one, gate, admitted))]


def peaks(**changed: int) -> dict[QuotaKey, int]:
    """What the pool draws."""
    drawn = given(POOL, None).demand.drawn
    return {key: changed.get("a100", drawn[key].peak) if key == A100 else drawn[key].peak for key in drawn}


def test_without_a_gate_nothing_is_asked():
    assert found(THE_STACK, None) == found(POOL, None) == []


def test_a_closed_gate_stops_the_root_stack_and_everything_else():
    """A program that registers no root stack meets it all the same."""
    for one in (THE_STACK, POOL, cluster()):
        assert found(one, Gate("no ticket.")) == ["no ticket."]


def test_an_open_gate_lets_through_what_the_ticket_has():
    assert found(THE_STACK, Gate(None)) == []
    assert found(POOL, Gate(None, peaks())) == []


def test_what_goes_beyond_the_ticket_is_stopped_with_the_numbers():
    assert found(POOL, Gate(None, peaks(a100=1))) == [f"train: with it the stack draws 3 NVIDIA A100, {AGAIN % 1}"]


def test_it_is_said_of_the_resource_and_cannot_be_exempt():
    (violation,) = RULE.violations(given(POOL, Gate(None, peaks(a100=1))))
    assert (violation.rule, violation.urn, violation.holder) == (RULE.name, POOL.urn, "train")
    assert not violation.exemptible


def test_what_was_let_through_before_counts_and_the_same_resource_once():
    demand, other = given(POOL, None).demand, replace(POOL, urn=f"{POOL.urn}-2")
    twice = {key: 2 * amount for key, amount in peaks().items()}
    assert found(other, Gate(None, twice), {POOL.urn: demand}) == []
    assert found(POOL, Gate(None, peaks()), {POOL.urn: demand}) == []
    first = found(other, Gate(None, peaks()), {POOL.urn: demand})[0]
    assert first == f"train: with it the stack draws 6 NVIDIA A100, {AGAIN % 3}"


def test_a_limit_that_the_ticket_has_not_is_one_of_nothing():
    assert len(found(POOL, Gate(None, {L4: 5}))) == len(peaks())
