"""The form of watched data is what `watch` says of it."""

from __future__ import annotations

from datetime import timedelta

from weighbridge.drift_monitor.data_form import AS_IT_IS, DataForm, form_of
from weighbridge.drift_monitor.files import DataFile
from weighbridge.drift_monitor.window import Window
from weighbridge.spec.pipeline import CsvFormat, TimeSample, Watch


def test_it_is_what_the_spec_says():
    plain = Watch(baseline="b.parquet", window="w/", features=("a",))
    csv = CsvFormat(separator=";")
    assert form_of(plain) == AS_IT_IS
    assert form_of(plain.model_copy(update={"csv": csv, "format": "vllm"})) == DataForm(csv, "vllm")


def test_a_sample_makes_another_window_and_no_other_baseline():
    window = Window("1", (DataFile("w/a", 1, 1),))
    samples = [
        TimeSample(by=by, take=timedelta(seconds=take), of_every=timedelta(hours=1))
        for by, take in (("a", 1), ("b", 1), ("a", 2))
    ]
    keys = [DataForm(sample=sample).key(window) for sample in samples]
    assert len({window.key, *keys}) == 4
    assert DataForm().key(window) == window.key
    assert DataForm(sample=samples[0], log="vllm").whole == DataForm(log="vllm")
