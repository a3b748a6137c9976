"""No text that anybody reads, and no output, tells to deploy or preview with Pulumi and without the policy pack."""

from __future__ import annotations

import re

import pytest

from tests.support.paths import ROOT
from weighbridge.conventions import deploy_command

COMMAND = re.compile(r"\bpulumi(?: --?[\w-]+(?:[= ][\w./-]+)?)* (?:up|update|preview)\b[^\n`]*")
READ = (
    "*.md", "Makefile", "docs/**/*.md", ".github/**/*", ".ci/*", "stacks/*", "tests/golden/**/*",
    "weighbridge/**/*", "components/**/*", "policies/**/*",
)  # fmt: skip
TEXT = {".md", ".py", ".yml", ".yaml", ".json", ".csv", ".txt", ".svg", ""}


def bare(text: str) -> list[str]:
    """The commands without a pack."""
    return [found[0] for found in COMMAND.finditer(text) if "--policy-pack" not in found[0]]


@pytest.mark.parametrize("pattern", READ)
def test_every_command_that_deploys_has_the_pack(pattern):
    files = [file for file in ROOT.glob(pattern) if file.is_file() and file.suffix in TEXT]
    assert files
    found = {str(file.relative_to(ROOT)): bare(file.read_text(encoding="utf-8")) for file in files}
    assert {name: commands for name, commands in found.items() if commands} == {}


def test_what_deploys_is_written_in_one_place():
    """Whoever deploys by another command changes one line."""
    writes = re.compile(r"""pulumi (?:up|update)\b.*policy-pack|make up STACK""")
    found = {
        str(file.relative_to(ROOT))
        for folder in ("weighbridge", "components", "policies")
        for file in (ROOT / folder).rglob("*.py")
        if writes.search(file.read_text(encoding="utf-8"))
    }
    assert found == {"weighbridge/conventions.py"}


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("then pulumi up\n", ["pulumi up"]),
        ("`pulumi up -s prod`, then wait", ["pulumi up -s prod"]),
        ("pulumi -s prod up --yes", ["pulumi -s prod up --yes"]),
        ("pulumi --stack=prod preview", ["pulumi --stack=prod preview"]),
        (f"    {deploy_command('prod')}\n", []),
        ("pulumi destroy --stack prod; make up STACK=prod", []),
    ],
)
def test_what_is_a_command_without_the_pack(text, commands):
    assert bare(text) == commands
