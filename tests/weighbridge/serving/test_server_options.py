"""The servers' options as a table, and every command line that is made held against it."""

from __future__ import annotations

import pytest

from tests.support.paths import ROOT
from tests.support.specs import CATALOG, everything
from weighbridge.serving.endpoint import VersionPlan, plan_endpoints
from weighbridge.serving.server import servers
from weighbridge.serving.server_options import (
    MistakenValue,
    UnknownOption,
    is_option,
    mistaken_values,
    server_options,
    unknown_options,
)
from weighbridge.stacks.load import read_spec

STACKS = sorted((ROOT / "tests" / "integration" / "stacks").glob("*.yaml"))


def made() -> list[tuple[str, VersionPlan]]:
    specs = (*everything(), *(read_spec(file, CATALOG) for file in STACKS))
    return [
        (plan.conventions.server.name, version)
        for spec in specs
        for plan in plan_endpoints(spec, CATALOG)
        for version in plan.versions
    ]


def test_every_command_line_that_is_made_is_understood():
    judged = set()
    for server, version in made():
        options = servers()[server].options
        if options is None:
            continue
        for runs in (version.serves, *([version.works] if version.works else [])):
            assert list(unknown_options(options.program, runs.arguments)) == [], version.name
            assert list(mistaken_values(options.program, runs.arguments)) == [], version.name
        judged.add(server)
    assert judged == {"vllm", "vllm-tpu", "triton", "tf-serving"}


@pytest.mark.parametrize("server", [row for row in servers().values() if row.options], ids=lambda row: row.name)
def test_all_that_a_row_may_give_is_understood(server):
    """Shared GPUs, loaders, the hub and several hosts too, whichever an example has."""
    ways = server.several_hosts.values()
    texts = [
        *server.arguments,
        *server.shared_gpu_arguments,
        *(server.hub.revision_arguments if server.hub else ()),
        *(text for loader in server.loaders.values() for text in (*loader.arguments, *loader.sharded_arguments)),
        *(text for way in ways for text in (*way.arguments, *way.worker_arguments)),
        *server.argument_aliases,
    ]

    assert list(unknown_options(server.options.program, texts)) == []


def test_an_option_is_known_by_its_whole_name_only():
    assert is_option("vllm", "--max-num-seqs")
    assert is_option("vllm", "max_num_seqs")
    assert not is_option("vllm", "--max-num")


def test_the_programs_are_those_of_the_servers():
    assert set(server_options()) == {row.options.program for row in servers().values() if row.options}
    assert len(server_options()["vllm"]) > 300


@pytest.mark.parametrize(
    "arguments",
    [
        ["--max-model-len=8192"],
        ["--max_model_len", "8192"],
        ["--max-model-l", "8192"],  # as parsers take abbreviations
        ["-tp", "2"],
        ["--no-enable-prefix-caching"],
        ["--compilation-config.level=3"],
        ["--speculative-config", '{"method": "ngram"}'],
        ["8192", "-1"],
    ],
)
def test_what_a_program_knows(arguments):
    assert list(unknown_options("vllm", arguments)) == []


@pytest.mark.parametrize(
    ("argument", "near"),
    [
        ("--max-model-length=8192", "--max-model-len"),
        ("--tensor-parallel-sizes=2", "--tensor-parallel-size"),
        ("--zzz", None),
        ("-zz", None),
    ],
)
def test_what_it_does_not(argument, near):
    name = argument.partition("=")[0]

    assert list(unknown_options("vllm", ["--max-num-seqs=1", argument])) == [UnknownOption(1, name, near)]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--max-num-seqs"], [MistakenValue(0, "--max-num-seqs", lacking=True)]),
        (["--max-num-seqs", "--headless"], [MistakenValue(0, "--max-num-seqs", lacking=True)]),
        (["--seed=1", "--headless=true"], [MistakenValue(1, "--headless", lacking=False)]),
        (["--max-num-seqs", "4", "--headless"], []),
    ],
)
def test_values_that_lack_or_are_too_much(arguments, expected):
    assert list(mistaken_values("vllm", arguments)) == expected
