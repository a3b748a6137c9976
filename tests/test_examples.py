"""Specs that platform teams write: admitted as they are, with the advice that the golden files hold."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import GOLDEN, copy_project
from tests.support.processes import PATIENCE_SECONDS


@pytest.fixture
def project(tmp_path: Path, shared) -> Path:
    """A project whose stacks are those of the reference material."""
    copy_project(tmp_path)
    shutil.rmtree(tmp_path / "stacks")
    shutil.copytree(shared("design") / "examples2", tmp_path / "stacks")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("stack", ["fleet", "llm", "train"])
def test_it_is_admitted_with_this_advice(project, update_golden, stack):
    command = (sys.executable, "-m", "weighbridge", "preview", stack, "--root", str(project))
    run = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert run.returncode == 0, run.stderr
    advice = run.stdout.partition("\nNode pools\n")[0] + "\n"
    golden = GOLDEN / "examples" / f"{stack}.txt"
    if update_golden:
        golden.write_text(advice, encoding="utf-8")
    assert advice == golden.read_text(encoding="utf-8")
