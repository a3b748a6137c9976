"""Wished hardware: what its models admit."""

import pytest
from pydantic import ValidationError

from weighbridge.spec.workload_hardware import HardwareWishes


def test_left_out_nothing_may_be_taken_away():
    wishes = HardwareWishes()
    assert (wishes.spot_share, wishes.flex_start, wishes.maximum) == (0, False, "safe")


@pytest.mark.parametrize(
    "wrong",
    [
        {"machine_types": ["a3 high"]},
        {"spot_share": "120%"},
        {"maximum": "most"},
        {"now": {"machine_type": "g2-standard-4"}},
    ],
)
def test_what_nobody_can_mean_is_refused(wrong):
    with pytest.raises(ValidationError):
        HardwareWishes.model_validate(wrong)
