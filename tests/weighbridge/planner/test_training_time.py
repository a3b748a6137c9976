"""Operations of a training, with attention, and the share of the peak rate that published trainings reach."""

import csv
import math
from collections import defaultdict

import pytest

from weighbridge.catalog.model_speed import llm_devices, llm_models
from weighbridge.catalog.training_speed import ModelMfu, model_mfus
from weighbridge.planner.training_time import (
    MOST_MFU,
    _published,
    mfu_of,
    no_room,
    operations,
    operations_per_token,
    peak_rate,
)
from weighbridge.spec.planned_runs import ModelTraining

LLAMA = llm_models()["llama-3.1-70b"]


def training(**change):
    given = {"model": "llama-3.1-70b", "tokens_billions": 15, "sequence": 8192} | change
    return ModelTraining.model_validate(given)


def test_operations_are_six_a_weight_and_attention_beside_it():
    assert operations(training(sequence=1), LLAMA) == pytest.approx(6 * 70.55e9 * 15e9, rel=1e-4)
    by_hand = 6 * 70.55e9 + 6 * 80 * 8192 * 8192
    assert operations_per_token(training(), LLAMA) == pytest.approx(by_hand)


def test_of_long_sequences_attention_is_the_larger_part():
    # Published: 1,087.99 tokens a second and chip at 131,072 tokens are 0.10 of TPU7x' peak in fp8 without attention,
    # and 1,014 counted TFLOPS are 0.22.
    reached = 1087.99 * operations_per_token(training(sequence=131_072), LLAMA)
    assert reached == pytest.approx(1014.45e12, rel=0.01)
    assert reached / peak_rate(llm_devices()["tpu7x"], "fp8") == pytest.approx(0.22, abs=0.005)


def test_of_a_mixture_those_weights_count_that_a_token_meets():
    mixture = llm_models()["mixtral-8x7b"]
    assert operations_per_token(training(sequence=1), mixture) == pytest.approx(6 * 12.9e9, rel=0.01)


def test_small_weights_beside_the_others_take_two_thirds():
    full, lora = (operations_per_token(training(method=method, sequence=1), LLAMA) for method in ("full", "lora"))
    assert lora / full == pytest.approx(2 / 3, rel=1e-3)


@pytest.mark.parametrize(
    ("accelerator", "devices", "change", "why"),
    [
        ("nvidia-h100-80gb", 8, {}, "weights, gradients and optimizer need 1,129 GB, 576 GB can be used"),
        ("nvidia-h100-80gb", 16, {}, ""),
        ("nvidia-h100-80gb", 2, {"method": "lora"}, ""),
        ("nvidia-l4", 4, {"method": "lora"}, "weights need 141 GB, 86 GB can be used"),
        ("nvidia-a100-80gb", 64, {"precision": "fp8"}, "A100 80 GB has no fp8 units"),
        ("nvidia-tesla-t4", 640, {}, "T4 has no bf16 units"),
    ],
)
def test_what_cannot_be_done_there_is_said(accelerator, devices, change, why):
    assert no_room(training(**change), LLAMA, llm_devices()[accelerator], devices) == why


def test_the_share_is_that_of_the_device_precision_and_kind_with_how_many_say_so():
    dense = mfu_of("nvidia-h100-80gb", training(), "dense")
    assert (round(dense.low, 2), round(dense.middle, 2), round(dense.high, 2)) == (0.28, 0.38, 0.52)
    assert dense.words == ("23 published trainings of 6 models on H100 80 GB (dense models in bf16): 0.28 to 0.45")
    mixture = mfu_of("nvidia-h100-80gb", training(precision="fp8"), "mixture")
    assert mixture.high < dense.low
    assert mfu_of("nvidia-h100-mega-80gb", training(), "dense") == dense


def test_a_device_that_nobody_trained_on_leans_on_others_with_a_wide_interval():
    known, unknown = (mfu_of(name, training(), "dense") for name in ("nvidia-h100-80gb", "nvidia-l4"))
    assert unknown.origin == "published, of other devices"
    assert unknown.words.startswith("none published on L4 (dense models in bf16): 97 trainings on 8 other devices")
    assert unknown.high / unknown.low > known.high / known.low


def test_small_tunings_may_be_slow():
    assert mfu_of("nvidia-h100-80gb", training(method="lora"), "dense").low == 0.10


def test_nobody_reaches_more_than_three_quarters():
    assert all(row.least <= row.middle <= row.most <= MOST_MFU for row in model_mfus())
    for device in llm_devices():
        for precision in ("bf16", "fp8"):
            for kind in ("dense", "mixture"):
                found = mfu_of(device, training(precision=precision), kind)
                assert 0 < found.low <= found.middle <= found.high <= MOST_MFU


MODELS = {
    "deepseek3-671b": "deepseek-v3", "deepseekv3": "deepseek-v3", "qwen3-30b-a3b": "qwen3-30b-a3b",
    "llama3-8b": "llama-3.1-8b", "llama3-70b": "llama-3.1-70b", "llama3.1-405b": "llama-3.1-405b",
    "llama3.1-70b": "llama-3.1-70b", "llama3.1-8b": "llama-3.1-8b", "llama2-70b": "llama-2-70b",
}  # fmt: skip
DEVICES = {"TPU v5e": "tpu-v5-lite-podslice", "TPU v5p": "tpu-v5p-slice", "TPU v6e": "tpu-v6e-slice"}
MIXTURES = {"mixtral-8x22b", "llama4-scout-17b-16e", "gemma4-26b"}


def measured(shared):
    """Every believable row, counted anew: device, precision, kind, model and MFU."""
    devices = DEVICES | {device.display.removesuffix(" 80 GB"): name for name, device in llm_devices().items()}
    with shared("data/train_measured.csv").open() as file:
        for row in csv.DictReader(file):
            if row["accelerator"] not in devices:
                continue  # TPU v4, which the catalog doesn't have
            name = row["model"].lower().replace("_", "-").replace(" ", "-")
            name = name.replace("llama-3.1-", "llama3.1-").replace("llama-2-", "llama2-")
            model = llm_models().get(name := MODELS.get(name, name))
            peak, precision = float(row["peak_tflops_used"]) * 1e12, "fp8" if "fp8" in row["precision"] else "bf16"
            if model is not None and row["tokens_per_s_per_device"] and row["seq_len"]:
                given = training(sequence=int(row["seq_len"]))
                mfu = float(row["tokens_per_s_per_device"]) * operations_per_token(given, model) / peak
            elif row["tflops_per_device"]:
                mfu = float(row["tflops_per_device"]) * 1e12 / peak
            else:
                mfu = float(row["mfu_published"] or row["mfu_6nd"])
            if mfu <= MOST_MFU:
                kind = "mixture" if name in MIXTURES or (model and model.experts) else "dense"
                yield devices[row["accelerator"]], precision, kind, name, mfu


def test_the_table_is_what_the_measured_rows_give(shared):
    found = defaultdict(list)
    for *group, mfu in measured(shared):
        found[tuple(group)].append(mfu)
    table = {(row.accelerator, row.precision, row.kind, row.model): row for row in model_mfus()}
    assert {key for key, row in table.items() if not {"llm-foundry", "llama3-paper"} & set(row.source.split())} == set(
        found
    )
    for group, mfus in found.items():
        row = table[group]
        assert row.rows == len(mfus), group
        assert (row.least, row.most) == pytest.approx((min(mfus), max(mfus)), rel=0.002), group
        assert row.middle == pytest.approx(math.exp(sum(map(math.log, mfus)) / len(mfus)), rel=0.002), group


def test_the_interval_holds_nine_in_ten_of_what_it_never_saw(shared):
    inside: dict[str, list[bool]] = {"dense": [], "mixture": []}
    for accelerator, precision, kind, model, mfu in measured(shared):
        others: list[ModelMfu] = [row for row in model_mfus() if row.model != model]
        estimate = _published(others, accelerator, precision, kind)
        inside[kind].append(estimate.low <= mfu <= estimate.high)
    shares = {kind: sum(held) / len(held) for kind, held in inside.items()}
    print({kind: f"{share:.0%} of {len(inside[kind])}" for kind, share in shares.items()})
    assert all(0.85 <= share <= 0.99 for share in shares.values()), shares
