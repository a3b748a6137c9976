"""The form of watched data is what `watch` says of it."""

from __future__ import annotations

from weighbridge.drift_monitor.data_form import AS_IT_IS, DataForm, form_of
from weighbridge.spec.pipeline import CsvFormat, Watch


def test_it_is_what_the_spec_says():
    plain = Watch(baseline="b.parquet", window="w/", features=("a",))
    csv = CsvFormat(separator=";")
    assert form_of(plain) == AS_IT_IS
    assert form_of(plain.model_copy(update={"csv": csv, "format": "vllm"})) == DataForm(csv, "vllm")
