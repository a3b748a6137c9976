"""Tables of models, devices and speeds: they agree with one another and with the rest of the catalog."""

import csv
import statistics
from collections import defaultdict

import pytest

from weighbridge.catalog import load
from weighbridge.catalog.model_speed import (
    fitted_speeds,
    llm_devices,
    llm_models,
    measured_speeds,
    model_throughputs,
    speed_errors,
)


def test_rows_name_models_devices_and_sources_that_there_are():
    models, devices, sources = llm_models(), llm_devices(), load().sources
    for row in measured_speeds():
        assert row.model in models, row
        assert row.accelerator in devices, row
    for speed in fitted_speeds().values():
        assert speed.accelerator in devices, speed
        assert speed.models <= set(models), speed
        assert set(speed.source.split()) <= set(sources), speed
    for result in model_throughputs():
        assert result.accelerator in devices, result
        assert result.least <= result.per_device <= result.most, result


def test_devices_are_those_that_machines_have():
    catalog = load()
    sold = {machine.gpu or machine.tpu for machine in catalog.machine_types.values()} | set(catalog.gpus)
    assert set(llm_devices()) - sold == {"nvidia-b300"}
    for name, gpu in catalog.gpus.items():
        if name in llm_devices() and name == "nvidia-l4":
            assert gpu.display.endswith(llm_devices()[name].display)


def test_memory_is_that_of_the_catalog_of_gpus():
    from weighbridge.catalog.build import FOLDER, read

    memory = {row["accelerator"]: float(row["memory_gb"]) for row in read(FOLDER / "gpus.csv")}
    for name, device in llm_devices().items():
        if name in memory:
            assert device.memory_gb == memory[name], name


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("llama-3.1-8b", 8.03e9), ("mixtral-8x7b", 46.7e9), ("gpt-oss-120b", 116.8e9), ("deepseek-v3", 671e9)],
)
def test_weights_of_known_models(name, parameters):
    assert llm_models()[name].parameters == pytest.approx(parameters)


def test_experts_make_up_what_a_mixture_has_beyond_its_active_weights():
    for model in {model.name: model for model in llm_models().values()}.values():
        if model.experts:
            dense = model.parameters - model.experts_parameters
            active = dense + model.experts_parameters * model.experts_per_token / model.experts
            assert active == pytest.approx(model.active, rel=0.25), model.name
        else:
            assert model.active == model.parameters


def test_a_models_other_names_find_it():
    assert llm_models()["deepseek-r1"] is llm_models()["deepseek-v3"]


def test_no_row_says_anything_of_a_device_that_nobody_measured():
    assert not [speed for speed in fitted_speeds().values() if speed.accelerator == "nvidia-tesla-t4"]


def test_every_class_of_estimate_has_an_error():
    assert set(speed_errors()) == {
        "dense, known", "mixture, known", "dense, model never seen", "mixture, model never seen", "model never seen",
        "few rows", "first token",
    }  # fmt: skip


DISPLAYS = {"TPU v5e": "tpu-v5-lite-podslice", "TPU v6e (preview)": "tpu-v6e-slice"}


def test_every_published_result_of_ranking_vision_and_speech_is_in_the_table(shared):
    names = DISPLAYS | {device.display.removesuffix(" 80 GB"): name for name, device in llm_devices().items()}
    table = {(row.model, row.accelerator, row.scenario): row for row in model_throughputs()}
    results = defaultdict(list)
    with shared("data/serving_other_measured.csv").open() as file:
        for result in csv.DictReader(file):
            group = result["model"], names[result["accelerator"]], result["scenario"].lower()
            results[group].append(float(result["per_accelerator"]))
    assert set(results) == set(table)
    for group, rates in results.items():
        assert table[group].per_device == pytest.approx(statistics.median(rates), rel=0.001), group
        assert (table[group].least, table[group].most) == pytest.approx((min(rates), max(rates)), rel=0.001)
        assert table[group].n == len(rates)


def test_speech_is_counted_in_what_a_device_can_compute():
    encoder = 2 * 0.637e9 * 1500  # operations of 30 s of sound, without attention
    for row in model_throughputs():
        if row.model == "whisper" and row.unit == "samples/s":
            assert row.per_device * encoder < llm_devices()[row.accelerator].fp8_tflops * 1e12
