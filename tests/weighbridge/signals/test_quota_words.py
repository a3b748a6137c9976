"""The limits that a spec draws on, as few pairs of series as can read them all."""

from __future__ import annotations

import re

import pytest

from tests.support.specs import CATALOG, spec
from weighbridge.quota.demand import drawn_keys
from weighbridge.signals.expression import Match
from weighbridge.signals.quota_words import _any, quota_lists

L4 = {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 2}}
H100 = {"machine_type": "a3-highgpu-8g", "nodes": {"min": 0, "max": 2}, "provisioning": "spot"}


def test_limits_of_one_surface_are_read_by_one_condition():
    (series,) = quota_lists(spec({"serve": L4}), CATALOG).series
    of = series["usage_of"]
    assert series == {
        "entry": "",
        "by": "location, quota_metric",
        "usage": "serviceruntime_googleapis_com:quota_allocation_usage",
        "usage_of": of,
        "limit": "serviceruntime_googleapis_com:quota_limit",
        "limit_of": of,
    }
    assert of.startswith(
        'monitored_resource="consumer_quota", service="compute.googleapis.com", quota_metric=~"compute[.]'
    )
    assert "nvidia_l4_gpus" in of
    assert of.endswith('location=~"global|us-central1"')


def test_limits_per_family_have_a_pair_of_their_own():
    both = quota_lists(spec({"serve": L4, "train": H100}), CATALOG)
    assert len(both.series) > 1
    entries = [series["entry"] for series in both.series]
    assert len(set(entries)) == len(entries)
    assert all(entries), "several conditions are told apart"


def test_each_limit_that_is_drawn_has_a_filter_or_is_said_to_be_unseen():
    stack = spec({"serve": L4, "train": H100})
    lists = quota_lists(stack, CATALOG)
    assert len(lists.exceeded) + len(lists.unseen) == len(drawn_keys(stack, CATALOG))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["a"], Match("l", "=", "a")),
        (["a", "a"], Match("l", "=", "a")),
        (["b", "a"], Match("l", "=~", "a|b")),
        (["s.com/b", "s.com/a"], Match("l", "=~", "s[.]com/(a|b)")),
        (["s.com/a", "t.com/b"], Match("l", "=~", "s[.]com/a|t[.]com/b")),
    ],
)
def test_a_matcher_takes_exactly_these_values(values, expected):
    found = _any("l", values)
    assert found == expected
    if found.op == "=~":
        assert all(re.fullmatch(found.value, value) for value in values)
        assert not re.fullmatch(found.value, "sxcom/a")
        assert not re.fullmatch(found.value, f"n2_{values[0]}")
