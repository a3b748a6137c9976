"""The table of endpoint pickers: a row for each family that a spec may name, and texts that can be filled in."""

from __future__ import annotations

import typing

import pytest
import yaml

from weighbridge.catalog import Confidence
from weighbridge.serving.endpoint_picker import endpoint_pickers
from weighbridge.spec.inference_pool import PickerApiGroup


def test_every_family_of_the_spec_has_a_row_and_no_other():
    assert set(endpoint_pickers()) == set(typing.get_args(PickerApiGroup))


@pytest.mark.parametrize("picker", endpoint_pickers().values(), ids=lambda row: row.api_group)
def test_a_row_says_where_it_is_from_and_reads_only(picker):
    assert picker.source
    assert picker.confidence in Confidence
    assert picker.run_as_user > 0
    assert picker.api_group in picker.reads, "a picker reads the settings of its own API"
    assert yaml.safe_load(picker.settings)["apiVersion"].startswith(picker.api_group)
    assert any("{" in argument for argument in picker.arguments)
