"""The table of published MFU, read: what each row must be."""

from __future__ import annotations

from weighbridge.catalog import load
from weighbridge.catalog.training_speed import model_mfus


def test_every_row_is_a_share_of_the_peak_with_its_spread():
    for row in model_mfus():
        assert 0 < row.least <= row.middle <= row.most <= 0.75, row  # above it nothing was ever published in bf16
        assert row.rows >= 1
        assert row.rows > 1 or row.least == row.most


def test_a_model_has_one_row_of_each_device_and_precision():
    keys = [(row.accelerator, row.precision, row.kind, row.model) for row in model_mfus()]
    assert len(keys) == len(set(keys))
    assert {row.kind for row in model_mfus()} == {"dense", "mixture"}
    known = {machine.gpu or machine.tpu for machine in load().machine_types.values()}
    assert {row.accelerator for row in model_mfus()} <= known
