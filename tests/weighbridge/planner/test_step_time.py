"""The formula of a step, and what an estimate rests on."""

import pytest

from weighbridge.catalog.model_speed import fitted_speeds, llm_devices, llm_models, speed_errors
from weighbridge.planner.step_time import (
    FourNumbers,
    ModelReplica,
    TokenLoad,
    Work,
    basis_of,
    first_token_seconds,
    numbers_of,
    peak_flops,
    request_seconds,
    step_seconds,
    weight_bytes_read,
    work_of,
)

NUMBERS = FourNumbers(0.8, 0.4, 50e-6, 10e-6)


def replica(model="llama-3.1-70b", accelerator="nvidia-h100-80gb", devices=2, precision="fp8", engine="vllm"):
    return ModelReplica(llm_models()[model], llm_devices()[accelerator], devices, precision, engine)


def test_a_step_is_the_slower_of_memory_and_compute_and_what_each_layer_costs():
    work = Work(memory=0.008, compute=0.002, network=0.001, prefill=0.1, weights=0.007, layers=80, several=1)
    assert step_seconds(work, NUMBERS) == pytest.approx(0.010 + 0.001 + 80 * 60e-6)
    assert request_seconds(work, TokenLoad(16, 1000, 200), NUMBERS) == pytest.approx(200 * 0.0158 + 16 * 0.25)


def test_one_device_waits_for_no_other():
    work = work_of(replica(accelerator="nvidia-b200", devices=1), TokenLoad(8, 1000, 100))
    assert (work.network, work.several) == (0, 0)


def test_the_work_of_a_step_is_counted_from_the_model():
    work = work_of(replica(), TokenLoad(10, 1000, 200))
    model = llm_models()["llama-3.1-70b"]
    read = model.parameters - model.embedding + 10 * 1100 * 327_680
    assert work.memory == pytest.approx(read / (2 * 3350e9))
    flops = 10 * (2 * (model.parameters - model.embedding) + 4 * 64 * 128 * 80 * 1100)
    assert work.compute == pytest.approx(flops / (2 * 1979e12))
    prompt = 2 * (model.parameters - model.embedding) * 1000 + 4 * 64 * 128 * 80 * 1000**2 / 2
    assert work.prefill == pytest.approx(prompt / (2 * 1979e12))


def test_of_a_mixture_a_step_reads_the_experts_that_some_request_asks_for():
    model = llm_models()["mixtral-8x7b"]
    rest = (model.parameters - model.experts_parameters - model.embedding) * 2
    assert weight_bytes_read(model, "bf16", 1) == pytest.approx(rest + model.experts_parameters * 2 * 2 / 8)
    assert weight_bytes_read(model, "bf16", 1000) == pytest.approx(rest + model.experts_parameters * 2)


@pytest.mark.parametrize(
    ("accelerator", "precision", "tflops"),
    [
        ("nvidia-h100-80gb", "fp8", 1979),
        ("nvidia-a100-80gb", "fp8", 312),
        ("nvidia-h100-80gb", "fp4", 989),
        ("nvidia-b200", "fp4", 9000),
        ("tpu-v6e-slice", "fp8", 918),
    ],
)
def test_a_precision_without_units_of_its_own_gains_no_rate(accelerator, precision, tflops):
    assert peak_flops(llm_devices()[accelerator], precision) == tflops * 1e12


def test_the_first_token_takes_a_prefill_and_never_less_than_reading_the_weights():
    short, long = (work_of(replica(), TokenLoad(1, tokens, 1)) for tokens in (16, 8192))
    assert first_token_seconds(short, NUMBERS) > 2 * (short.weights / NUMBERS.memory)
    assert first_token_seconds(long, NUMBERS) > first_token_seconds(short, NUMBERS)


def test_numbers_are_those_of_engine_device_and_kind():
    basis = basis_of(replica())
    assert (basis.origin, basis.numbers) == (
        "fitted", numbers_of(fitted_speeds()["vllm", "nvidia-h100-80gb", "dense"])
    )  # fmt: skip
    assert basis.error == speed_errors()["dense, known"]
    assert basis.words == (
        "138 measured rows of vllm on H100 80 GB, this model among them (held out: off by 10% on average, 7% at the"
        " median)"
    )


@pytest.mark.parametrize(
    ("change", "origin", "words"),
    [
        (
            {"model": "llama-2-13b"},
            "fitted, model not measured",
            (
                "138 measured rows of vllm on H100 80 GB, none of this model (models held out whole: off by 18% on"
                " average, 12% at the median)"
            ),
        ),
        (
            {"accelerator": "nvidia-l4", "model": "llama-3.1-8b"},
            "fitted, few rows",
            "7 measured rows of vllm on L4 by a third party, version 0.16.0, leaning on other devices'",
        ),
        (
            {"accelerator": "nvidia-tesla-t4"},
            "no estimate",
            "nobody measured dense models on T4; state two points of your own in `measured`",
        ),
        (
            {"accelerator": "tpu7x"},
            "no estimate",
            "nobody measured dense models with vllm on TPU7x; measured: vllm-tpu",
        ),
    ],
)
def test_an_estimate_says_what_it_rests_on_and_a_device_that_nobody_measured_has_none(change, origin, words):
    basis = basis_of(replica(**change))
    assert (basis.origin, basis.words) == (origin, words)
    assert (basis.numbers is None) == (origin == "no estimate")
