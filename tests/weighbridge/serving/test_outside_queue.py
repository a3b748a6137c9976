"""What KEDA is asked for a version that follows a queue outside its replicas, and as whom."""

from __future__ import annotations

import pytest

from tests.support.specs import endpoint, spec
from weighbridge.serving.outside_queue import plan_queue_reader, plan_queue_scaling, waiting
from weighbridge.spec.endpoint import OutsideQueue

POOLS = {"serve": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 2}}}
BACKLOG = (
    'sum(pubsub_googleapis_com:subscription_num_undelivered_messages{monitored_resource="pubsub_subscription", '
    'subscription_id="mail"})'
)
MAIL = {"queue": {"subscription": "projects/events-eu/subscriptions/mail"}, "per_replica": 0.5}
LINE = {"queue": {"query": "gateway_queue_length\n"}, "per_replica": 20}
API = "https://monitoring.googleapis.com/v1/projects/{}/location/global/prometheus"


def test_messages_of_a_subscription_are_counted_where_it_is():
    scaling = plan_queue_scaling(endpoint(None, scale_on=MAIL), "v7", "example-ml")
    assert scaling is not None
    assert (scaling.server, scaling.query) == (API.format("events-eu"), BACKLOG)
    assert (scaling.per_replica, scaling.empty_is_none) == ("0.5", True)


def test_a_query_of_ones_own_is_asked_in_the_own_project_and_no_answer_is_no_zero():
    scaling = plan_queue_scaling(endpoint(None, scale_on=LINE), "v7", "example-ml")
    assert scaling is not None
    assert (scaling.server, scaling.query) == (API.format("example-ml"), "sum(gateway_queue_length)")
    assert (scaling.per_replica, scaling.empty_is_none) == ("20", False)


@pytest.mark.parametrize(
    ("rollout", "stable", "candidate"),
    [
        ({"at": "10%"}, " * 0.9", " * 0.1"),
        ({"at": "0%"}, "", " * 0"),  # testers alone choose it: it stays as large as it is
        ({"at": "0%", "mirror": "25%"}, "", " * 0.25"),
        ({"at": "100%"}, " * 0", ""),
    ],
)
def test_versions_of_a_rollout_share_what_waits(rollout, stable, candidate):
    both = [plan_queue_scaling(endpoint(rollout, scale_on=MAIL), version, "example-ml") for version in ("v7", "v8")]
    assert [scaling and scaling.query for scaling in both] == [BACKLOG + stable, BACKLOG + candidate]


def test_whoever_follows_a_gauge_has_none():
    gauge = {"metric": "in_flight", "per_replica": 8}
    assert plan_queue_scaling(endpoint(None, scale_on=gauge), "v7", "example-ml") is None
    assert plan_queue_scaling(endpoint(None), "v7", "example-ml") is None


def test_series_are_added_up():
    assert waiting(OutsideQueue(query=" a or vector(0) ")) == "sum(a or vector(0))"


@pytest.mark.parametrize(("presence", "reads"), [(None, False), ("present", False), ("installed", True)])
def test_an_account_reads_the_projects_of_queues_where_this_stack_installs_keda(presence, reads):
    named = {}
    for name, scale_on in {"ranker": MAIL, "words": LINE}.items():
        plain = endpoint(None, scale_on=scale_on).model_dump(mode="json", exclude_none=True)
        named[name] = {**plain, "hostname": f"{name}.example.com", "scale_on": scale_on}
    plan = plan_queue_reader(spec(POOLS, endpoints=named, cluster={"operators": {"keda": presence}}))
    assert (plan is not None) is reads
    if plan is not None:
        assert plan.projects == ("events-eu", "example-ml")
        assert (plan.account_id, plan.namespace, plan.service_account) == ("wb-dev-keda", "keda", "keda-operator")
