"""Accelerators as people call them."""

import pytest

from weighbridge.planner.accelerator_names import meant_accelerator


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("A100", "`nvidia-tesla-a100` or `nvidia-a100-80gb`"),
        ("nvidia-h200", "`nvidia-h200-141gb`"),
        ("TPU v6e", "`tpu-v6e-slice`"),
        ("v5p", "`tpu-v5p-slice`"),
        ("T4", "`nvidia-tesla-t4`"),
    ],
)
def test_what_people_call_an_accelerator_is_understood(name, meant):
    assert meant_accelerator(name) == f" Did you mean {meant}?"


def test_where_nothing_is_near_all_are_named():
    assert meant_accelerator("L40S").startswith(" It knows nvidia-tesla-t4, nvidia-l4, ")
