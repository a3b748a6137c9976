"""What is too small and what is asked for, in words."""

from __future__ import annotations

import pytest

from tests.weighbridge.quota.test_request import ENTRY, found
from weighbridge.render.pull.request_text import render


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({}, "NVIDIA L4 in us-central1: 10 granted, 16 needed, 16 asked for by dev\n"),
        ({"limit": {"fixed": True}}, "a fixed budget, and 16 are needed: nothing is asked for."),
        ({"requests": [ENTRY | {"value": 20, "state": "pending"}]}, "20 asked for by prod: pending; wait, and pull"),
        ({"requests": [ENTRY | {"value": 20, "state": "denied", "granted": 12}]}, "denied, 12 granted by it; ask"),
        ({"requests": [ENTRY | {"value": 20, "state": "granted", "granted": 20}]}, "20 granted by it; pull again"),
    ],
)
def test_each_state_says_what_to_do(keys, words):
    assert words in " ".join(render(found(10, **keys)[1]).split()).replace("by dev", "by dev\n")
