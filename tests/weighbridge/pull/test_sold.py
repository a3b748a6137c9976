"""What zones sell, in few words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.specs import CATALOG
from weighbridge.pull.sold import in_few_words, is_sold


@given(st.sets(st.sampled_from(sorted(CATALOG.machine_types))))
def test_what_is_written_says_exactly_what_is_sold(names):
    sold = {"z": in_few_words({*names, "z9-unheard-of"}, CATALOG)}
    assert {name for name, machine in CATALOG.machine_types.items() if is_sold(machine, "z", sold)} == names


def test_nobody_asked_is_not_no():
    assert is_sold(CATALOG.machine_types["e2-medium"], "z", {}) is None
    assert is_sold(CATALOG.machine_types["e2-medium"], "z", {"z": ()}) is False
