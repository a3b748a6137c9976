"""What zones sell, in few words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.specs import CATALOG, ZONES, quota_file, spec
from weighbridge.pull.sold import in_few_words, is_sold, not_sold_lines


@given(st.sets(st.sampled_from(sorted(CATALOG.machine_types))))
def test_what_is_written_says_exactly_what_is_sold(names):
    sold = {"z": in_few_words({*names, "z9-unheard-of"}, CATALOG)}
    assert {name for name, machine in CATALOG.machine_types.items() if is_sold(machine, "z", sold)} == names


def test_nobody_asked_is_not_no():
    assert is_sold(CATALOG.machine_types["e2-medium"], "z", {}) is None
    assert is_sold(CATALOG.machine_types["e2-medium"], "z", {"z": ()}) is False


def test_a_zone_that_does_not_sell_a_pool_s_machines_is_told_with_its_day():
    stack = spec({"serve": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 4}}}, zones=2)
    file = quota_file(sold={ZONES[0]: ["g2"], ZONES[1]: ["e2"]})
    assert list(not_sold_lines(stack, file, CATALOG)) == [
        "serve: us-central1-b sold no g2-standard-8 when the limits were pulled (2026-11-20)"
    ]
    assert list(not_sold_lines(stack, quota_file(), CATALOG)) == []
