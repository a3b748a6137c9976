"""What a person does after a first project was written, as lines of a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from weighbridge.conventions import deploy_command
from weighbridge.preview.result import PreviewResult, PreviewVerdict
from weighbridge.stacks.install_command import install_command
from weighbridge.starting.answers import Answers


def next_steps(
    answers: Answers, result: PreviewResult, folder: Path, inside: str, *, fill_in_action: bool
) -> Iterator[str]:
    """`inside` goes to the project's folder; empty where that is the current one."""
    stack = answers.environment
    if inside:
        yield inside
    if result.verdict is PreviewVerdict.BLOCKED:
        yield "weighbridge quota pull   # or write the limits into stacks/quota.yaml"
    yield f"edit stacks/{stack}.yaml"
    yield f"weighbridge preview {stack}"
    if Path(sys.prefix).name != ".venv":
        yield "python3 -m venv .venv   # for Pulumi"
        yield install_command(folder, ".venv")
    if fill_in_action:
        yield "edit .github/workflows   # YOUR_ORG: who has Weighbridge on GitHub"
    yield f"weighbridge doctor {stack}   # what a deployment lacks"
    yield deploy_command(stack)
