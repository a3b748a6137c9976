"""Everything that decides what may pass has the quota's owners as its owners, whatever folder it moves to."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from tests.support.paths import ROOT

OWNERS = "@example-ml/quota-owners"
DECIDES = ("policies", "weighbridge.preview.run", "weighbridge.cli.main", "weighbridge.quota", "weighbridge.rules")
"""Where deciding starts; what these import decides as well, but for what only shows or creates."""
SHOWS = ("weighbridge.render", "weighbridge.cli", "weighbridge.dashboards", "weighbridge.runbook")
AROUND = (
    "Pulumi.yaml", "Makefile", "pyproject.toml", "requirements.lock", "requirements-dev.lock", "__main__.py",
    "stacks/quota.yaml", "policies/PulumiPolicy.yaml", ".github/CODEOWNERS", ".ci/run",
)  # fmt: skip
"""What runs the pack, or says what it is judged against."""


@cache
def modules() -> dict[str, Path]:
    """Every module of the packages, by name."""
    found = {}
    for package in ("weighbridge", "policies"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(name: str) -> set[str]:
    """The modules that a module imports, wherever in it."""
    path = modules()[name]
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*package.split(".")[: len(package.split(".")) - node.level + 1], base]).rstrip(".")
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return found & modules().keys()


@cache
def deciding() -> frozenset[str]:
    """All modules that have a part in the verdict."""
    left = [name for name in modules() if name.startswith(DECIDES)]
    assert left
    found: set[str] = set()
    while left:
        name = left.pop()
        if name not in found and (name.startswith(DECIDES) or not name.startswith(SHOWS)):
            found.add(name)
            left += imported(name)
    return frozenset(found)


def owners(path: str) -> list[str]:
    """The owners of a file: those of the last line whose pattern fits. Patterns here are whole paths or folders."""
    found: list[str] = []
    for line in (ROOT / ".github" / "CODEOWNERS").read_text(encoding="utf-8").splitlines():
        pattern, *named = line.split("#")[0].split() or [""]
        if pattern:
            assert re.fullmatch(r"/[A-Za-z0-9_./-]+", pattern), f"this test can't read {pattern}"
            at = pattern.removeprefix("/")
            if path == at or (at.endswith("/") and path.startswith(at)):
                found = named
    return found


def test_all_that_decides_needs_the_quota_s_owners():
    files = {modules()[name].relative_to(ROOT).as_posix() for name in deciding()}
    data = {
        file.relative_to(ROOT).as_posix()
        for folder in {modules()[name].parent for name in deciding()}
        for file in folder.iterdir()
        if file.suffix in (".csv", ".yaml", ".json") and file.parent.name not in ("cli", "dashboards", "runbook")
    }
    unguarded = sorted(file for file in files | data | set(AROUND) if owners(file) != [OWNERS])
    assert unguarded == []


def test_the_modules_of_the_verdict_are_found():
    expected = {
        "policies.pack", "weighbridge.catalog.lookup", "weighbridge.quota.ledger", "weighbridge.rules.shared_quota",
        "weighbridge.resources.resource_classes", "weighbridge.stacks.load", "weighbridge.spec.quota_file",
        "weighbridge.host.resource_monitor", "weighbridge.files.reading", "weighbridge.units",
        "weighbridge.infrastructure.node_pool", "weighbridge.preview.result", "weighbridge.cli.main",
        "weighbridge.checks.spec",
    }  # fmt: skip
    assert expected <= deciding()


def test_what_is_named_exists():
    lines = (ROOT / ".github" / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    named = [line.split()[0] for line in lines if line.startswith("/")]
    assert [path for path in named if not (ROOT / path.removeprefix("/")).exists()] == []
