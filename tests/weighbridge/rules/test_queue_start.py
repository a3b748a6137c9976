"""Requests and admissions without an end. Made after the reports that each test names."""

from __future__ import annotations

import pytest

from tests.support.graphs import components_of, resource
from tests.support.kueue import kueue
from tests.support.paths import ROOT
from weighbridge.rules.queue_start import judge

CHART = "oci://registry.k8s.io/kueue/charts/kueue"


def release(values, chart=CHART, kind="helm.sh/v3:Release"):
    return resource(f"kubernetes:{kind}", "kueue", {"chart": chart, "values": values})


def found(*resources):
    violations = [*judge(resources)]
    assert {violation.urn for violation in violations} <= {resource.urn for resource in resources}
    return [(violation.level, violation.message) for violation in violations]


def test_the_components_state_how_often_nodes_are_asked_for():
    assert found(*components_of(ROOT / "tests" / "integration" / "stacks" / "accelerated.yaml")) == []


def test_requests_without_an_end():
    """kubernetes-sigs/kueue#2572, #2560: a stock-out that is tried again and again."""
    assert found(
        kueue("ProvisioningRequestConfig", "dws", {"provisioningClassName": "queued-provisioning.gke.io"})
    ) == [
        (
            "advisory",
            (
                "dws: doesn't state how often nodes are asked for, so a stock-out may hold the queue's quota "
                "(kueue#2572, #2560). State retryStrategy.backoffLimitCount, such as 3"
            ),
        )
    ]


def test_admitted_and_never_started():
    """kubernetes-sigs/kueue#2391, #1726: few nodes, many queues."""
    assert found(release({"enablePrometheus": True})) == [
        (
            "mandatory",
            (
                "kueue: installs Kueue and doesn't state waitForPodsReady, so a job that is admitted and never starts "
                "may hold its quota (kueue#2391, #1726). State it in values.managerConfig"
            ),
        )
    ]


@pytest.mark.parametrize(
    ("values", "chart", "stated"),
    [
        (
            {
                "managerConfig": {
                    "controllerManagerConfigYaml": "kind: Configuration\nwaitForPodsReady:\n  timeout: 10m\n"
                }
            },
            CHART,
            True,
        ),
        ({"managerConfig": {"waitForPodsReady": {"timeout": "10m"}}}, CHART, True),
        ({"extra": [{"a": "b"}, {"waitForPodsReady": {"timeout": "10m"}}]}, CHART, True),
        ({"extra": [{"a": "b"}, "waitForPodsReady"]}, CHART, False),
        ({"managerConfig": {"controllerManagerConfigYaml": "#waitForPodsReady:\n#  timeout: 5m\n"}}, CHART, False),
        (None, f"{CHART}@sha256:{'0' * 64}", False),
        (None, "kueue", False),
        (None, "oci://registry.example.com/charts/jobset", True),
        (None, None, True),
    ],
)
def test_where_it_is_stated_or_is_no_matter(values, chart, stated):
    assert bool(found(release(values, chart))) is not stated
