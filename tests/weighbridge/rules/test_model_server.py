"""What is said to model servers, held against what they know."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.specs import endpoint, spec
from weighbridge.rules import model_server
from weighbridge.serving.server import servers
from weighbridge.spec.root import Spec

POOLS = {"serve": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 8}}}


def of(server: str = "vllm", scale_on: dict[str, Any] | None = None, **changes: Any) -> Spec:
    plain = endpoint(None).model_dump(mode="json", exclude_none=True)
    version = {**plain["versions"]["v7"], **changes}
    scaled = {} if scale_on is None else {"scale_on": scale_on}
    return spec(POOLS, endpoints={"chat": {**plain, "server": server, "versions": {"v7": version}, **scaled}})


def test_what_is_known_is_no_matter():
    assert model_server.judge(of(arguments=["--max-model-len=8192"])) == []
    assert model_server.judge(None) == []


def test_a_slip_of_the_pen_blocks():
    (found,) = model_server.judge(of(arguments=["--max-num-seqs=8", "--max-model-length=8192"]))

    assert found.message == (
        "chat: version v7 gives --max-model-length, which vllm (0.33.0) doesn't have. Did you mean --max-model-len?"
    )
    assert (found.level, found.holder) == ("mandatory", "chat")
    assert found.path == ("endpoints", "chat", "versions", "v7", "arguments", 1)


def test_what_is_near_nothing_may_be_of_another_release():
    (found,) = model_server.judge(of(arguments=["--zzz=1"]))

    assert found.message == (
        "chat: version v7 gives --zzz, which vllm (0.33.0) doesn't have; an image of another release may"
    )
    assert found.level == "advisory"


@pytest.mark.parametrize(
    ("argument", "why"),
    [
        ("--max-num-seqs", "--max-num-seqs, which needs a value, and has none"),
        ("--headless=true", "--headless, which takes no value, and has one"),
    ],
)
def test_a_value_that_lacks_or_is_too_much_blocks(argument, why):
    (found,) = model_server.judge(of(arguments=["--seed=1", argument]))

    assert found.message == f"chat: version v7 gives {why}, says vllm (0.33.0)"
    assert (found.level, found.path) == ("mandatory", ("endpoints", "chat", "versions", "v7", "arguments", 1))


def test_a_command_of_ones_own_may_know_other_arguments():
    assert model_server.judge(of(arguments=["--zzz=1"], command=["/opt/server"])) == []


@pytest.mark.parametrize("server", ["vllm", "triton", "tf-serving", "custom"])
def test_servers_that_are_known_need_no_word(server):
    assert model_server.judge(of(server)) == []


def test_a_row_that_nobody_has_tried_is_marked_once_for_all_its_endpoints():
    one = of("vllm-tpu")
    both = one.model_copy(update={"endpoints": {"chat": one.endpoints["chat"], "words": one.endpoints["chat"]}})
    (found,) = model_server.judge(both)

    assert found.rule == model_server.RULE.name
    assert found.message == (
        "chat, words: how vllm-tpu starts was read in its image's files by 2026-11-20, and nobody has seen it run so. "
        "Try it on a stack without traffic first"
    )
    assert (found.level, found.holder, found.path) == ("advisory", "chat", ("endpoints", "chat", "server"))


def test_a_row_that_nobody_has_read_against_its_image_is_marked(monkeypatch):
    unread = {name: row.model_copy(update={"image": None}) for name, row in servers().items()}
    monkeypatch.setattr(model_server, "servers", lambda: unread)
    (found,) = model_server.judge(of("vllm"))

    assert found.message == (
        "chat: how vllm starts is taken from its documentation of 2026-11-20, and nobody has read its image. Try it on "
        "a stack without traffic first"
    )
    assert found.level == "advisory"
    assert model_server.judge(of("custom")) == []


def test_an_image_that_was_read_is_said_whole():
    for row in servers().values():
        if row.image is not None:
            assert all((row.image.tag, row.image.entry_point, row.image.user, row.image.writable, row.image.source))


def test_a_model_of_the_hub_needs_room_on_the_disk():
    (found,) = model_server.judge(of(model="hf://meta-llama/Llama-3.1-8B"))
    assert found.message == (
        "chat: version v7 downloads its model to /tmp, where a replica may write 10Gi in all: with a larger one its"
        " pods are evicted, again and again. Set `temporary_storage` to more than the model's files take, or name a"
        " writable volume in `environment` (HF_HOME)"
    )
    assert (found.level, found.path) == ("advisory", ("endpoints", "chat", "versions", "v7", "model"))


@pytest.mark.parametrize(
    "changes",
    [
        {"temporary_storage": "40Gi"},
        {"environment": {"HF_HOME": "/weights"}},
        {"arguments": ["--download-dir=/weights"]},
        {"arguments": ["--download-dir", "/weights"]},
    ],
)
def test_room_for_a_model_of_the_hub_may_be_anywhere(changes):
    assert model_server.judge(of(model="hf://meta-llama/Llama-3.1-8B", **changes)) == []


def test_a_gauge_that_the_server_is_not_known_to_have_would_never_scale_it():
    (found,) = model_server.judge(of(scale_on={"metric": "vllm:num_request_waiting", "per_replica": 5}))
    assert found.message == (
        "chat: it is to scale on vllm:num_request_waiting, which vllm (0.33.0) doesn't expose, so that it would stay as"
        " it is; an image of another release may. Did you mean `vllm:num_requests_waiting`?"
    )
    assert (found.level, found.path) == ("advisory", ("endpoints", "chat", "scale_on", "metric"))
    (other,) = model_server.judge(of("tf-serving", {"metric": "depth", "per_replica": 5}))
    assert other.message.endswith(" is; an image of another release may.")


@pytest.mark.parametrize(
    ("server", "scale_on"),
    [
        ("vllm", {"metric": "vllm:kv_cache_usage_perc", "per_replica": 0.8}),
        ("triton", {"metric": "nv_inference_pending_request_count", "per_replica": 8}),
    ],
)
def test_a_gauge_that_the_server_has_is_no_matter(server, scale_on):
    assert model_server.judge(of(server, scale_on)) == []
