"""`weighbridge runbook`: the whole document of one endpoint and one pipeline, and the messages for wrong names."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import promql_parser
import pytest
from typer.testing import CliRunner

from tests.support.paths import GOLDEN, ROOT
from tests.support.processes import PATIENCE_SECONDS
from weighbridge.cli.main import app

EXPECTED = GOLDEN / "runbook"


def runbook(*arguments: str, root: Path = ROOT) -> tuple[int, str]:
    ran = CliRunner().invoke(app, ["runbook", *arguments, "-C", str(root)])
    return ran.exit_code, ran.output


def fences(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", ["ranker", "click-features", "ranker-training"])
def test_the_document(name, update_golden):
    code, document = runbook(name, "-s", "prod")
    file = EXPECTED / f"{name}.md"
    if update_golden:
        file.parent.mkdir(exist_ok=True)
        file.write_text(document)

    assert code == 0
    assert document == file.read_text()


@pytest.mark.parametrize(
    ("name", "stack"),
    [
        ("ranker", "prod"),
        ("ranker", "staging"),
        ("ranker", "dev"),
        ("prototypes", "dev"),
        ("embedder-training", "prod"),
    ],
)
def test_every_command_is_shell_and_every_query_is_promql(name, stack):
    _, document = runbook(name, "-s", stack)

    for script in fences(document, "sh"):
        checked = subprocess.run(
            ["/bin/bash", "-n"], input=script, text=True, capture_output=True, check=False, timeout=PATIENCE_SECONDS
        )
        assert checked.returncode == 0, (script, checked.stderr)
    for query in (line for block in fences(document, "promql") for line in block.splitlines()):
        if not query.startswith("#"):
            promql_parser.parse(query)


def test_its_own_commands_exist():
    _, document = runbook("ranker", "-s", "prod")
    used = {
        tuple(word for word in line.split()[1:] if word.isalpha())[: 2 if " rollout " in line else 1]
        for script in fences(document, "sh")
        for line in script.splitlines()
        if line.startswith("weighbridge ")
    }

    assert used == {
        ("preview",), ("quota",), ("retire",), ("rollout", "accept"), ("rollout", "approve"),
        ("rollout", "advance"), ("rollout", "check"),
        ("rollout", "rollback"), ("rollout", "status"),
    }  # fmt: skip
    for words in used:
        assert CliRunner().invoke(app, [*words, "--help"]).exit_code == 0


def test_into_a_file(tmp_path):
    file = tmp_path / "runbooks" / "ranker.md"
    code, output = runbook("ranker", "-s", "prod", "-o", str(file))

    assert (code, output) == (0, f"wrote {file}\n")
    assert file.read_text() == (EXPECTED / "ranker.md").read_text()


def test_wrong_names():
    known = "ranker, click-features, ranker-training, embedder-training, ranker-validation, prototypes"

    assert runbook("rankr", "-s", "prod") == (
        2, f"weighbridge: prod has no endpoint or pipeline 'rankr'; it has {known}. Did you mean `ranker`?\n"
    )  # fmt: skip
    assert runbook("ranker", "-s", "prd") == (
        2, "weighbridge: there is no stack 'prd'; there are dev, prod, staging. Did you mean `prod`?\n"
    )  # fmt: skip
