"""What a fingerprint covers, by one change at a time; and that it stays what it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.releases import PRODUCTION
from tests.support.specs import endpoint
from weighbridge.rollouts.fingerprint import (
    FREE_OF_ENDPOINT,
    FREE_OF_VERSION,
    fingerprint,
    names_one_model,
)
from weighbridge.spec.endpoint import Endpoint, Version

DIGEST = f"@sha256:{'a' * 64}"
FIXED_OF_VERSION = {
    "image", "model", "loader", "command", "arguments", "environment", "secrets", "secret_files", "volumes",
    "gpu", "tpu", "cpu", "memory", "temporary_storage",
}  # fmt: skip
FIXED_OF_ENDPOINT = {"hostname", "path", "server", "custom", "pin_header", "inference_pool"}
ACCEPTED = {
    "as": "stable", "fingerprint": f"sha256:{'0' * 64}", "by": "a@example.com", "at": "2026-11-17T09:00:00Z",
    "reason": "good",
}  # fmt: skip


def of(version: dict[str, Any] | None = None, **keys: Any) -> str:
    made = endpoint(None, **keys)
    raw = made.model_dump(exclude_none=True, include={"versions": {"v7": {"image", "model", "replicas", "gpu"}}})
    changed = Version.model_validate({**raw["versions"]["v7"], **(version or {})})
    return fingerprint(PRODUCTION, "ranker", made.model_copy(update={"versions": {"v7": changed}}), "v7")


@pytest.mark.parametrize(
    ("model", "fixed", "free"),
    [(Version, FIXED_OF_VERSION, FREE_OF_VERSION), (Endpoint, FIXED_OF_ENDPOINT, FREE_OF_ENDPOINT)],
)
def test_every_key_is_said_to_decide_what_runs_or_not_to(model, fixed, free):
    """A new key counts until somebody frees it. Put it into the list here, or into that of the code, with why."""
    assert fixed | set(free) == set(model.model_fields)
    assert fixed.isdisjoint(free)


@pytest.mark.parametrize(
    "change",
    [
        {"image": f"us-docker.pkg.dev/example-ml/serving/triton:25.09{DIGEST}"},
        {"image": "us-docker.pkg.dev/example-ml/serving/triton:25.10"},
        {"model": "gs://example-ml-models/ranker/v9"},
        {"model": "gs://example-ml-models/ranker/v8#1763370000000000"},
        {"gpu": 2},
        {"gpu": None, "tpu": 4},
        {"cpu": "4"},
        {"memory": "16Gi"},
        {"arguments": ["--strict"]},
        {"arguments": ["--a", "--b"]},
        {"arguments": ["--b", "--a"]},
        {"environment": {"LEVEL": "1"}},
        {"secrets": {"TOKEN": {"secret": "hub", "key": "token"}}},
    ],
)
def test_what_decides_what_runs_changes_it(change):
    seen = of()
    assert of(change) != seen
    assert of(change) == of(change)


def test_the_order_of_arguments_counts_and_that_of_variables_does_not():
    assert of({"arguments": ["--a", "--b"]}) != of({"arguments": ["--b", "--a"]})
    assert of({"environment": {"A": "1", "B": "2"}}) == of({"environment": {"B": "2", "A": "1"}})


@pytest.mark.parametrize(
    "change",
    [
        {"replicas": {"min": 1, "max": 40}},
        {"load_time": "20m"},
        {"accepted": ACCEPTED},
        {"arguments": [], "environment": {}, "secrets": {}},  # defaults, written out
    ],
)
def test_what_is_free_does_not(change):
    assert of(change) == of()


@pytest.mark.parametrize(("one", "two"), [("4", "4000m"), ("0.5", "500m"), (2, "2")])
def test_a_value_has_one_spelling(one, two):
    assert of({"cpu": one}) == of({"cpu": two})


def test_amounts_that_differ_by_little_differ():
    assert of({"memory": "1Gi"}) != of({"memory": "1073741825"})


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"hostname": "search.example.com"}, False),
        ({"path": "/search"}, False),
        ({"server": "tf-serving"}, False),
        ({"server": "custom", "custom": {"port": 8080, "health_path": "/healthz"}}, False),
        ({"pin_header": "x-v"}, False),  # whose requests go to it
        (
            {"inference_pool": {"picker_image": "example.com/picker:v0.10.0"}},
            False,
        ),  # which pod answers them
        ({"node_pool": "other", "iap": True, "longest_request": "9m"}, True),
    ],
)
def test_of_its_endpoint_what_answers_and_whose_requests(change, same):
    assert (of(**change) == of()) is same


def test_a_nested_key_that_is_written_out_with_its_default_changes_nothing():
    custom = {"port": 8080, "health_path": "/healthz"}
    assert of(server="custom", custom=custom) == of(server="custom", custom={**custom, "metrics_path": "/metrics"})
    assert of(server="custom", custom=custom) != of(server="custom", custom={**custom, "metrics_path": "/m"})


def test_a_record_is_of_one_stack_one_endpoint_and_one_version():
    made = endpoint({})
    seen = {
        fingerprint(authority, name, made, version)
        for authority in (PRODUCTION, replace(PRODUCTION, stack="eu"), replace(PRODUCTION, production=False))
        for name in ("ranker", "search")
        for version in ("v7", "v8")
    }
    assert len(seen) == 12
    same = replace(PRODUCTION, owner="other@example.com", approvers=("a@example.com",))
    assert fingerprint(same, "ranker", made, "v7") == fingerprint(PRODUCTION, "ranker", made, "v7")


def test_it_is_what_it_was():
    """A change of this text voids every record that anybody has: raise FORMAT, and say so in the changelog."""
    assert (
        of({"cpu": "4", "arguments": ["--strict"], "environment": {"A": "1"}})
        == "sha256:79e62e0e7412ccc1a3014224f66bb9c5a2bd6a94b0c718fd7d5bd28d956c8b06"
    )


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("gs://bucket/v7.tar", False),
        ("gs://bucket/v7.tar#1763370000000000", True),
        ("hf://example/ranker", False),
        ("hf://example/ranker@main", False),
        (f"hf://example/ranker@{'0123456789' * 4}", True),
        ("/models/ranker", True),  # the image's digest says which
    ],
)
def test_a_model_that_is_named_so_that_it_can_be_no_other(model, expected):
    assert names_one_model(model) is expected
