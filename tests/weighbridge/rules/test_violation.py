"""A violation as it goes where there is room for words only, and back."""

from __future__ import annotations

import pytest

from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.rules.violation import Excess, Violation, from_json

KEY = QuotaKey("example-ml", "us-central1", "GPUS-PER-GPU-FAMILY-per-project-region", (("gpu_family", "NVIDIA_H100"),))


@pytest.mark.parametrize(
    "violation",
    [
        Violation("placement", "train: no room → lower\n- a: b, c"),
        Violation(
            "shared-quota", "é", "urn:x", "advisory", ("limits", 3, "quota"), "train", Excess(28, 24, "GPU", KEY)
        ),
    ],
)
def test_nothing_is_lost_on_the_way(violation):
    assert from_json(violation.to_json()) == violation


@pytest.mark.parametrize("text", ["", "words", "{}", '{"rule": "placement"}', '{"rule": 1, "message": "m"}'])
def test_what_another_pack_sends_is_no_violation(text):
    assert from_json(text) is None


@pytest.mark.parametrize(
    ("message", "holder", "names"),
    [
        ("train: no room", "train", {"train"}),
        ("a, b: 24 GPUs at peak", "b", {"a", "b", "a, b"}),
        ("the route of ranker gives: all", "ranker", {"ranker"}),
        ("train: no room", None, set()),
        ("The node pools cost $1", "train", {"train"}),
    ],
)
def test_what_a_message_calls_those_whom_it_is_about(message, holder, names):
    assert Violation("placement", message, holder=holder).names == names
