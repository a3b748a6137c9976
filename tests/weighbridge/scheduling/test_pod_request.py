"""What the scheduler sets aside for a pod, against Kubernetes' own examples."""

from __future__ import annotations

from decimal import Decimal

import pytest

from weighbridge.resources.inputs import CannotJudge, Inputs
from weighbridge.resources.values import Unknown
from weighbridge.scheduling.pod_request import pod_request


def container(cpu: str, **more):
    return {"resources": {"requests": {"cpu": cpu}}, **more}


STAYS = container("1", restartPolicy="Always")


@pytest.mark.parametrize(
    ("pod", "cpu"),
    [
        ({"containers": [container("1"), container("500m")]}, "1.5"),
        ({"containers": [container("1")], "initContainers": [container("3"), container("2")]}, "3"),
        ({"containers": [container("1")], "initContainers": [STAYS]}, "2"),
        (
            {"containers": [container("1")], "initContainers": [STAYS, container("3")]},
            "4",
        ),
        (
            {"containers": [container("1")], "initContainers": [container("3"), STAYS]},
            "3",
        ),
        ({"containers": [container("1")], "overhead": {"cpu": "250m"}}, "1.25"),
        ({"containers": [{"resources": {"limits": {"cpu": 2.0}}}]}, "2"),
        ({"containers": [container("1")], "resources": {"requests": {"cpu": "4"}}}, "4"),
    ],
)  # fmt: skip
def test_cpu(pod, cpu):
    assert pod_request(Inputs(pod)) == {"cpu": Decimal(cpu)}


def test_a_pod_that_asks_for_nothing():
    assert pod_request(Inputs({"containers": [{"name": "a"}, container("0")]})) == {}
    assert pod_request(Inputs({"containers": [{"resources": {"requests": {"ephemeral-storage": "1Gi"}}}]})) == {}


@pytest.mark.parametrize("amount", ["much", -1.0, True, Unknown(), ["1"]])
def test_what_is_no_amount_is_not_guessed(amount):
    with pytest.raises(CannotJudge, match=r"containers\[0\]\.resources\.requests\.cpu"):
        pod_request(Inputs({"containers": [{"resources": {"requests": {"cpu": amount}}}]}))
