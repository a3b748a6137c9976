"""A version that carries an endpoint's promise has a second replica."""

from __future__ import annotations

import pytest

from tests.support.specs import prod
from weighbridge.rules.serving_continuity import judge

STABLE = "replicas: {min: 2, max: 4}"


def test_production_as_it_is():
    assert [*judge(prod())] == []


def test_one_replica_of_stable_breaks_the_promise_whenever_it_goes_away():
    (found,) = judge(prod((STABLE, "replicas: {min: 1, max: 4}")))
    assert found.message == (
        "ranker: one replica of v7 answers 90% of its requests, and 99.9% of them are promised. When its node is "
        "drained or the version is deployed again, nobody answers them until the next has started, which may take 10m. "
        "Raise its replicas.min to 2"
    )
    assert (found.level, found.holder) == ("mandatory", "ranker")
    assert found.path == ("endpoints", "ranker", "versions", "v7", "replicas", "min")


def test_a_minimum_of_zero_is_one_replica_too_and_says_how_long_this_version_loads():
    (found,) = judge(prod((STABLE, "replicas: {min: 0, max: 1}\n        load_time: 25m")))
    assert found.message.endswith("which may take 25m. Raise its replicas.min to 2 and its replicas.max with it")


SLEEPS = ("    server: triton\n", "    server: triton\n    scale_on: {queue: {query: waiting}, per_replica: 9}\n")
KEDA = ("cluster:\n", "cluster:\n  operators: {keda: installed}\n")
PROMISE = "    slo: {availability: 99.9%, latency_p99: 400ms}\n"


def test_a_version_that_sleeps_says_how_long_it_takes_to_wake():
    (found,) = judge(prod(SLEEPS, KEDA, (STABLE, "replicas: {min: 0, max: 4}\n        load_time: 25m")))
    assert found.message == (
        "ranker: v7 has no replica while its queue is empty. What comes then waits for a node and for the model to "
        "load, up to 55m, and requests past the queue are answered 503 meanwhile, and 99.9% are promised. Where some "
        "come past it, raise its replicas.min to 2"
    )
    assert (found.level, found.path) == ("mandatory", ("endpoints", "ranker", "versions", "v7", "replicas", "min"))


def test_where_nothing_is_promised_it_is_said_all_the_same():
    (found,) = judge(prod(SLEEPS, KEDA, (PROMISE, ""), (STABLE, "replicas: {min: 0, max: 4}")))
    assert found.level == "advisory"
    assert found.message.endswith("answered 503 meanwhile. Where some come past it, raise its replicas.min to 1")


def test_elsewhere_it_is_advice():
    (found,) = judge(prod((STABLE, "replicas: {min: 1, max: 4}"), ("production: true", "production: false")))
    assert found.level == "advisory"


@pytest.mark.parametrize(
    "changes",
    [
        ((STABLE, "replicas: {min: 1, max: 4}"), ("    slo: {availability: 99.9%, latency_p99: 400ms}\n", "")),
        (("replicas: {min: 1, max: 2}", "replicas: {min: 0, max: 2}"),),  # a candidate that gets a tenth
    ],
    ids=["no promise", "a small part"],
)
def test_what_carries_no_promise_may_be_one(changes):
    assert [*judge(prod(*changes))] == []


def test_a_stack_without_a_spec_promises_nothing():
    assert [*judge(None)] == []
