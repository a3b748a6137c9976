"""What a version may not say of its server: what Weighbridge says already, and secrets."""

from __future__ import annotations

import pytest

from tests.support.specs import endpoint
from weighbridge.checks.server_settings import server_settings_problems
from weighbridge.serving.server import conventions_of
from weighbridge.spec.endpoint import CustomServer, Version


def problems(server: str = "vllm", custom: object = None, **settings: object) -> list[tuple[str, str]]:
    good = endpoint(None)
    plain = good.versions["v7"].model_dump(mode="json", exclude_none=True)
    version = Version.model_validate({**plain, **settings})
    own = None if custom is None else CustomServer.model_validate(custom)
    conventions = conventions_of("ranker", good.model_copy(update={"server": server, "custom": own}))
    found = server_settings_problems(version, conventions, ("v7",))
    return [(".".join(map(str, problem.path[1:])), problem.message) for problem in found]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--max-model-len=8192", "--quantization", "awq"],
        ["--max-num-seqs=64", "--enable-prefix-caching"],
        ["8000", "model"],  # values of the arguments before them
        ["--max-num-batched-tokens=4096", "--tokenizer=/models/tokenizer"],  # no tokens of anybody
    ],
)
def test_arguments_of_ones_own(arguments):
    assert problems(arguments=arguments) == []


@pytest.mark.parametrize(
    ("argument", "stated"),
    [
        ("--port=9000", "--port=8000"),
        ("--port", "--port=8000"),
        ("--tensor_parallel_size=2", "--tensor-parallel-size={gpus}"),
        ("-tp=2", "--tensor-parallel-size={gpus}"),
        ("--tensor-par=2", "--tensor-parallel-size={gpus}"),
        ("--served-model-name=x", "--served-model-name={name}"),
        ("--model=org/other", "{model}"),
        ("--model", "{model}"),
        ("--gpu-memory-utilization=0.9", "--gpu-memory-utilization={gpu_memory_part}"),
    ],
)
def test_an_argument_that_is_given_already(argument, stated):
    message = f"Weighbridge gives vllm {stated}, from what the spec says elsewhere: remove it"

    assert problems(arguments=["--max-model-len=1", argument]) == [("arguments.1", message)]


@pytest.mark.parametrize("argument", ["--api-key=abc", "--hf-token=abc", "--ssl-password", "--hf_token=a"])
def test_a_secret_in_an_argument(argument):
    name = argument.partition("=")[0]
    message = f"{name} reads like a secret, and would be in the spec: name the Secret that holds it in `secrets`"

    assert problems(arguments=[argument]) == [("arguments.0", message)]


def test_variables():
    set_already = "Weighbridge sets HF_HUB_OFFLINE for vllm: remove it"
    message = "HF_TOKEN reads like a secret, and would be in the spec: name the Secret that holds it in `secrets`"

    assert problems(environment={"VLLM_LOGGING_LEVEL": "WARNING"}) == []
    assert problems(environment={"HF_HUB_OFFLINE": "0"}) == [("environment.HF_HUB_OFFLINE", set_already)]
    assert problems(environment={"HF_TOKEN": "abc"}) == [("environment.HF_TOKEN", message)]


def test_secrets():
    kept = {"secret": "hugging-face", "key": "token"}
    twice = "LEVEL stands in `environment` too: remove one"

    assert problems(secrets={"HF_TOKEN": kept}) == []
    assert problems(secrets={"HOME": kept}) == [("secrets.HOME", "Weighbridge sets HOME for vllm: remove it")]
    assert problems(secrets={"LEVEL": kept}, environment={"LEVEL": "1"}) == [("secrets.LEVEL", twice)]


@pytest.mark.parametrize("argument", ["--nnodes=2", "--headless", "-pp=2", "--pipeline-parallel-size"])
def test_how_several_nodes_form_one_server_is_not_the_specs_to_say(argument):
    ((place, message),) = problems(arguments=[argument])

    assert place == "arguments.0"
    assert message.startswith("Weighbridge gives vllm --")


@pytest.mark.parametrize("command", [["/bin/server", "--mode=fast"], ["/bin/server", "--mod", "x"]])
def test_nobody_knows_what_ones_own_server_takes_for_an_abbreviation(command):
    custom = {"port": 8080, "health_path": "/healthz", "model_argument": "--model={model}"}
    assert problems("custom", custom=custom, command=command) == []
    given = "Weighbridge gives custom --model={model}, from what the spec says elsewhere: remove it"
    assert problems("custom", custom=custom, command=["--model=b"]) == [("command.0", given)]


def test_an_option_of_its_own_name_abbreviates_none():
    assert problems("tf-serving", arguments=["--model_config_file=/a"]) == []
    assert problems("triton", arguments=["--model-control-mode=explicit", "--exit-on-error=false"]) == []
    given = "Weighbridge gives triton --model-repository={model}, from what the spec says elsewhere: remove it"
    assert problems("triton", arguments=["--model-store=gs://a/b"]) == [("arguments.0", given)]


def test_arguments_that_follow_from_the_model_and_its_loader():
    given = "Weighbridge gives vllm {}, from what the spec says elsewhere: remove it"
    load, revision = "--load-format=runai_streamer", "--revision={revision}"

    assert problems(arguments=["--load-format=dummy", "--revision=a"]) == []
    assert problems(arguments=["--load-format=dummy"], loader="runai-streamer") == [("arguments.0", given.format(load))]
    assert problems(arguments=["--revision=a"], model="hf://a/b") == []
    assert problems(arguments=["--revision=a"], model="hf://a/b@c") == [("arguments.0", given.format(revision))]


def test_a_command_is_held_to_the_same():
    stated = "Weighbridge gives vllm --port=8000, from what the spec says elsewhere: remove it"
    kept = "--api-key reads like a secret, and would be in the spec: name the Secret that holds it in `secrets`"

    assert problems(command=["python3", "-m", "server"]) == []
    assert problems(command=["vllm", "serve", "--port=1"]) == [("command.2", stated)]
    assert problems(command=["server", "--api-key=abc"]) == [("command.1", kept)]
