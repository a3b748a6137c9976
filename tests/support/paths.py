"""Where tests find the repository, and the reference material beside it."""

from __future__ import annotations

import shutil
from pathlib import Path

from weighbridge.files.project import Project

ROOT = Path(__file__).resolve().parents[2]
STACKS = ROOT / "stacks"
GOLDEN = ROOT / "tests" / "golden"
SHARED = ROOT.parent / "shared"
"""Source tables and definitions that are no part of the project; tests ask the fixture `shared` for them."""


def project_with(stacks: Path) -> Project:
    """A project whose specs lie in a folder; its other files need not be there."""
    folder = stacks.parent
    return Project(folder / "Pulumi.yaml", "weighbridge", "python", ".", stacks, folder, {})


def copy_project(folder: Path) -> None:
    """The project in a folder, to be changed: its specs, its program, and a pack of its own, which judges by them."""
    shutil.copytree(STACKS, folder / "stacks")
    (folder / "policies").mkdir(parents=True)
    for name in ("Pulumi.yaml", "__main__.py", "policies/__main__.py", "policies/PulumiPolicy.yaml"):
        shutil.copy(ROOT / name, folder / name)
