"""The preview of dev, with an answer of program and pack given."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.judged_previews import NOW
from tests.support.paths import ROOT
from weighbridge.host import Outcome
from weighbridge.preview import run
from weighbridge.preview.started import Request


@pytest.fixture
def preview(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The preview of dev, with an answer of program and pack given."""
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path / "Pulumi.yaml")

    def preview(outcome: Outcome, against: Path | None = None):
        monkeypatch.setattr(run, "run_host", lambda *_: outcome)
        return run.run_preview(Request("dev", tmp_path, against), NOW)

    return preview
