"""The project's own Python files, each parsed and walked once for all tests of a process."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from tests.support.paths import ROOT


def modules(package: str) -> list[Path]:
    """The files of a folder of the repository and of those in it."""
    return sorted((ROOT / package).rglob("*.py"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All nodes of a file's tree, outer ones first."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
