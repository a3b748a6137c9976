"""The spec and the jobs that docs/training.md shows."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "training.md"


def spec_text() -> str:
    """The spec, which is the first block."""
    return _blocks()[0]


def jobs() -> list[dict[str, Any]]:
    """The Kubernetes objects, in the order of the page."""
    return [yaml.safe_load(block) for block in _blocks()[1:]]


def _blocks() -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
