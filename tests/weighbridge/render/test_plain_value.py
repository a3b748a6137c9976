"""Values of resources as JSON."""

from __future__ import annotations

import pytest

from weighbridge.render.plain_value import plain, whole
from weighbridge.resources.values import Secret, Unknown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Unknown(), {"unknown": True}),
        (Secret("canary"), {"secret": True}),
        (
            {"a": [Secret("canary"), Unknown(), None, True, "x"]},
            {"a": [{"secret": True}, {"unknown": True}, None, True, "x"]},
        ),
    ],
)
def test_what_is_unknown_or_secret_says_only_that(value, shown):
    assert plain(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (2.0, "2"),
        (0.5, "0.5"),
        (True, "True"),
        (2.0**60, "1.152921504606847e+18"),
        ([2.0], "[2]"),
        ({"a": -0.0}, "{'a': 0}"),
    ],
)
def test_whole_numbers_have_no_fraction(value, shown):
    assert str(whole(value)) == shown
