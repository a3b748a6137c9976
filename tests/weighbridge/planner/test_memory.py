"""What fits: weights and caches of known models, copies of heads and latents, and what is said where nothing fits."""

from dataclasses import replace

import pytest

from weighbridge.catalog.model_speed import llm_devices, llm_models
from weighbridge.planner.memory import room_of
from weighbridge.planner.step_time import ModelReplica, kv_bytes, kv_copies, weight_bytes

GIB = 2**30


def replica(model="llama-3.1-70b", accelerator="nvidia-h100-80gb", devices=4, precision="bf16"):
    return ModelReplica(llm_models()[model], llm_devices()[accelerator], devices, precision, "vllm")


@pytest.mark.parametrize(
    ("model", "gib", "kv"),
    [
        ("llama-3.1-8b", 15.0, 131_072),
        ("llama-3.1-70b", 131.4, 327_680),
        ("llama-2-7b", 12.6, 524_288),
        ("qwen3-32b", 61.1, 262_144),
    ],
)
def test_weights_and_caches_are_those_that_makers_report(model, gib, kv):
    assert weight_bytes(llm_models()[model], "bf16") / GIB == pytest.approx(gib, rel=0.005)
    assert kv_bytes(llm_models()[model], 1) == kv


def test_a_latent_is_kept_whole_on_each_device_and_heads_are_copied_only_beyond_their_number():
    latent = llm_models()["deepseek-v3"]
    assert kv_bytes(latent, 1) == 61 * 576 * 2
    assert kv_copies(latent, 8) == 8
    grouped = llm_models()["qwen3-235b-a22b"]
    assert [kv_copies(grouped, devices) for devices in (1, 4, 8)] == [1, 1, 2]


def test_layers_with_a_window_keep_no_more_than_the_window():
    model = llm_models()["gpt-oss-120b"]
    assert kv_bytes(model, 10_000) == (18 * 10_000 + 18 * 128) * 2 * 2 * 8 * 64


def test_requests_fill_what_weights_leave():
    room = room_of(replica(), 1000, 1000)
    usable = 4 * (0.9 * 80 - 2) * 1e9
    assert room.usable == pytest.approx(usable)
    assert room.sequences == int((usable - 70.55e9 * 2) // (1504 * 327_680))
    assert not room.message


def test_more_devices_than_heads_leave_less_room_for_caches():
    few_heads = replace(llm_models()["llama-3.1-8b"], kv_heads=2)
    two, eight = (
        room_of(ModelReplica(few_heads, llm_devices()["nvidia-l4"], devices, "bf16", "vllm"), 8000, 1000)
        for devices in (2, 8)
    )
    left = [room.usable - room.weights for room in (two, eight)]
    assert eight.sequences / two.sequences == pytest.approx(left[1] / left[0] / 4, rel=0.1)


@pytest.mark.parametrize(
    ("devices", "tokens", "message"),
    [
        (1, (1000, 1000), "weights need 141 GB, 70 GB can be used"),
        (4, (900_000, 1000), "138.9 GB are left beside the weights, one request needs 295.2 GB"),
    ],
)
def test_what_does_not_fit_says_by_how_much(devices, tokens, message):
    room = room_of(replica(devices=devices), *tokens)
    assert (room.sequences, room.message) == (0, message)
