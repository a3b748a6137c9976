"""What is wrong with endpoints beyond the types of their keys. The whole table of wrong specs is in test_load.py."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.specs import CATALOG, endpoint, spec
from weighbridge.checks.endpoint import check_endpoints, check_hostnames, least_availability, requests
from weighbridge.spec.root import Spec

L4 = {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 8}}
TPU = {"machine_type": "ct5lp-hightpu-4t", "tpu_topology": "4x4", "slices": {"min": 0, "max": 2}}


def of(*endpoints: tuple[str, dict[str, Any]], pool: dict[str, Any] = L4, **keys: Any) -> Spec:
    """Endpoints by name, each with changes of a good one."""
    plain = {
        name: {**endpoint(None).model_dump(mode="json", exclude_none=True), **changes} for name, changes in endpoints
    }
    for settings in plain.values():
        if settings["stable"] in settings["versions"]:  # one that serves nothing is another problem
            settings["versions"] = {settings["stable"]: settings["versions"][settings["stable"]]}
        else:
            settings["versions"].pop("v8")
    return spec({"serve": pool}, endpoints=plain, **keys)


def problems(made: Spec) -> list[tuple[str, str]]:
    found = check_endpoints(made, CATALOG)
    return [(".".join(map(str, problem.path[1:])), problem.message) for problem in found]


def version(**changes: Any) -> dict[str, Any]:
    plain = endpoint(None).versions["v7"].model_dump(mode="json", exclude_none=True)
    return {"versions": {"v7": {key: value for key, value in {**plain, **changes}.items() if value is not None}}}


def test_a_good_endpoint():
    assert problems(of(("ranker", {}))) == []


@pytest.mark.parametrize(
    ("changes", "more", "expected"),
    [
        (
            {"stable": "v9"},
            {},
            [("ranker.stable", "there is no version v9, but v7.")],  # nobody is told to remove v7
        ),
        (
            {"cloud_armor": "office-only"},
            {"gateway": {"reach": "internal"}},
            [
                (
                    "ranker.cloud_armor",
                    (
                        "Cloud Armor guards gateways that the internet reaches; this environment's is internal: "
                        "remove it"
                    ),
                )
            ],
        ),
        (
            version(gpu=2),
            {},
            [("ranker.versions.v7.gpu", "a replica runs on one node, where pods have 1: got 2")],
        ),
        ({"server": "vllm", **version(gpu=8, replicas={"min": 1, "max": 1})}, {}, []),
        (
            {"server": "vllm", **version(gpu=9)},
            {},
            [("ranker.versions.v7.gpu", "a replica takes 9 nodes, and serve has at most 8: got 9")],
        ),
        (
            {"server": "vllm", **version(gpu=3)},
            {"pool": {**L4, "machine_type": "g2-standard-24"}},
            [
                (
                    "ranker.versions.v7.gpu",
                    "a replica on several nodes takes whole ones: expected a multiple of 2, got 3",
                )
            ],
        ),
        (
            version(gpu=2),
            {"pool": {**L4, "gpu_sharing": {"strategy": "time-sharing", "clients_per_gpu": 4}}},
            [("ranker.versions.v7.gpu", "a pod on shared GPUs has 1 of them at most, got 2")],
        ),
        (
            {"server": "vllm-tpu", **version(gpu=None, tpu=4)},
            {"pool": TPU},
            [("ranker.versions.v7.tpu", "a replica has a whole slice, 16 chips in 4x4: got 4")],
        ),
        ({"server": "vllm-tpu", **version(gpu=None, tpu=16)}, {"pool": TPU}, []),
        (
            {},
            {"pool": {**L4, "gpu_sharing": {"strategy": "mps", "clients_per_gpu": 2}}},
            [
                (
                    "ranker.node_pool",
                    (
                        "no endpoint runs on mps nodes as those of serve: its pods need hostIPC, which opens the "
                        "memory that processes of the node share. Choose another pool"
                    ),
                )
            ],
        ),
        (
            {},
            {"pool": {**L4, "provisioning": "queued"}},
            [
                (
                    "ranker.node_pool",
                    (
                        "no endpoint runs on queued nodes as those of serve: its nodes come only for a "
                        "ProvisioningRequest, which no replica makes. Choose another pool"
                    ),
                )
            ],
        ),
        ({"longest_request": "1h"}, {}, []),
        (
            {"longest_request": "1h1s"},
            {},
            [
                (
                    "ranker.longest_request",
                    "a load balancer waits for at most 1h when a replica goes away: got 1h1s",
                )
            ],
        ),
        (
            {"server": "custom"},
            {},
            [
                ("ranker.server", "`custom` is missing: say the port and the health path of your server"),
            ],
        ),
    ],
)
def test_one_change_of_a_good_endpoint(changes, more, expected):
    assert problems(of(("ranker", changes), **more)) == expected


def test_objects_of_two_versions_may_not_have_one_name():
    settings = endpoint(None).versions["v7"].model_dump(mode="json", exclude_none=True)
    same = of(
        ("a", {"versions": {"b-c": settings}, "stable": "b-c"}),
        ("a-b", {"versions": {"c": settings}, "stable": "c", "hostname": "b.example.com"}),
    )
    assert problems(same) == [
        ("a-b.versions.c", "its objects are called a-b-c, as those of a, version b-c are: rename one of the two")
    ]


def test_names_of_services_have_a_longest_length():
    name = "x" * 40
    versions = endpoint(None).versions["v7"].model_dump(mode="json", exclude_none=True)
    long = "v" * 23
    (found,) = problems(of((name, {"versions": {long: versions}, "stable": long})))
    assert found == (
        f"{name}.versions.{long}",
        f"{name}-{long} has 64 characters, and names of Services at most 63. Shorten one of the two names",
    )
    assert problems(of((name, {"versions": {long[1:]: versions}, "stable": long[1:]}))) == []


def test_one_host_name_is_of_one_endpoint_and_one_stack():
    twice = of(("a", {}), ("b", {}))
    assert problems(twice) == [
        (
            "b.hostname",
            (
                "ranker.example.com is the host name of a already: choose another, or give each of the two a `path` "
                "under it"
            ),
        ),
    ]
    taken: dict[str, str] = {}
    assert list(check_hostnames("dev", {"a": "ranker.example.com"}, taken)) == []
    assert list(check_hostnames("dev", {"a": "ranker.example.com"}, taken)) == []
    (found,) = check_hostnames("prod", {"a": "ranker.example.com"}, taken)
    assert found.message == "ranker.example.com is a host name of dev already: choose another"
    assert taken == {"ranker.example.com": "dev"}


def test_a_replica_asks_for_what_it_says_and_no_more():
    asked = endpoint(None).versions["v7"].model_copy(update={"memory": Decimal(2**30)})
    assert requests(asked) == {"nvidia.com/gpu": Decimal(1), "memory": Decimal(2**30)}


@given(st.decimals(0, 100, places=2))
def test_what_is_promised_leaves_room_for_a_page(availability):
    """The fastest burn alert can fire only if fewer than all requests have to fail."""
    found = problems(of(("ranker", {"slo": {"availability": f"{availability}%", "latency_p99": "1s"}})))
    assert (found == []) == (least_availability() < availability < 100)


def test_the_least_promise_is_where_the_fastest_burn_alert_needs_all_requests():
    assert least_availability() == Decimal("93.06")


def test_zero_is_no_step_and_where_it_belongs_is_said():
    step = {"candidate": "v8", "at": "0%", "bake": "24h", "steps": ["0%", "50%", "100%"]}
    versions = {name: version()["versions"]["v7"] for name in ("v7", "v8")}
    made = spec({"serve": L4}, endpoints={"ranker": {**_plain(), "versions": versions, "rollout": step}})
    assert (
        "ranker.rollout.steps.0",
        (
            "each step is above the one before, and above 0%: got 0% in 0%, 50%, 100%. Leave it "
            "out: a rollout begins with `at: 0%`"
        ),
    ) in problems(made)


def _plain() -> dict[str, Any]:
    return endpoint(None).model_dump(mode="json", exclude_none=True)
