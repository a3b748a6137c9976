"""Endpoints under one host name: told apart by their paths, or refused."""

# ruff: noqa: E501 - exact messages are easiest to read on one line

from __future__ import annotations

from typing import Any

import pytest

from tests.support.specs import endpoint, spec
from weighbridge.checks.route_paths import route_path_problems

POOLS = {"serve": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 2}}}
TRITON = endpoint(None).model_dump(mode="json", exclude_none=True)


def problems(first: dict[str, Any], second: dict[str, Any]) -> list[tuple[str, str]]:
    made = spec(POOLS, endpoints={"a": {**TRITON, **first}, "b": {**TRITON, **second}})
    return [(".".join(map(str, problem.path)), problem.message) for problem in route_path_problems(made)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"path": "/a"}, {"path": "/b"}),
        ({"path": "/models"}, {"path": "/models-b"}),
        ({}, {"path": "/b"}),
        ({"path": "/models"}, {"path": "/models/b"}),  # /models/v2/models and /models/b/v2/models
        ({"hostname": "other.example.com"}, {}),
        ({"hostname": "other.example.com", "path": "/a"}, {"path": "/a"}),
    ],
)
def test_paths_apart_are_fine(first, second):
    assert problems(first, second) == []


HOST = TRITON["hostname"]


@pytest.mark.parametrize(
    ("first", "second", "path", "message"),
    [
        ({}, {}, "endpoints.b.hostname", f"{HOST} is the host name of a already: choose another, or give each of the two a `path` under it"),
        ({"path": "/m"}, {"path": "/m"}, "endpoints.b.path", f"{HOST}/m is where a answers already: choose another path"),
        ({}, {"path": "/v2/models"}, "endpoints.b.path", f"/v2/models/v2/models here and /v2/models of a lie in one another under {HOST}, so requests of the outer one would reach the inner: choose another `path`, or name narrower `public_paths`"),
        ({"path": "/v2/health"}, {}, "endpoints.b.hostname", f"/v2/health here and /v2/health/v2/models of a lie in one another under {HOST}, so requests of the outer one would reach the inner: choose another `path`, or name narrower `public_paths`"),
        ({"path": "/m", "public_paths": ["/x"]}, {"path": "/m/x", "public_paths": ["/y"]}, "endpoints.b.path", f"/m/x/y here and /m/x of a lie in one another under {HOST}, so requests of the outer one would reach the inner: choose another `path`, or name narrower `public_paths`"),
    ],
)  # fmt: skip
def test_paths_that_meet_are_refused(first, second, path, message):
    assert problems(first, second) == [(path, message)]


def test_a_custom_server_at_the_root_takes_all_paths_so_nobody_is_beside_it():
    custom = {"server": "custom", "custom": {"port": 8080, "health_path": "/healthz"}}
    ((path, message),) = problems(custom, {"path": "/b"})
    assert (path, message.partition(" lie in")[0]) == ("endpoints.b.path", "/b/v2/models here and / of a")


@pytest.mark.parametrize(("count", "refused"), [(4, False), (5, True)])
def test_a_route_has_room_for_five_public_paths_under_a_path(count, refused):
    paths = [f"/p{number}" for number in range(count)]
    found = problems({"hostname": "x.example.com"}, {"path": "/b", "public_paths": paths})
    message = (
        "a route has 16 rules, and under a path each public path takes 3 during a rollout: name at most 5 in "
        "`public_paths`, that of the readiness probe among them, got 6"
    )
    assert found == ([("endpoints.b.public_paths", message)] if refused else [])
