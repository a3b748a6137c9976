"""Every resource type that the installed SDKs can register, read from their source; none of it is imported.

`python -m tests.support.sdk_types` lists those that `resource_classes.csv` doesn't name.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from weighbridge.resources.resource_classes import class_of

PACKAGES = ("pulumi_gcp", "pulumi_kubernetes")
OVERLAYS = ("helm", "kustomize", "yaml")
"""Folders of pulumi_kubernetes with components written by hand, which its register doesn't list."""


@cache
def sdk_types() -> tuple[str, ...]:
    """All type tokens, sorted."""
    found = {type_ for package in PACKAGES for type_ in _registered(_folder(package) / "__init__.py")}
    for overlay in OVERLAYS:
        for file in (_folder("pulumi_kubernetes") / overlay).rglob("*.py"):
            found.update(_constructed(file))
    return tuple(sorted(found))


def _folder(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def _registered(file: Path) -> Iterator[str]:
    """What an SDK tells Pulumi of its classes: `_utilities.register(resource_modules=<JSON>)`."""
    for node in _calls(file):
        for keyword in node.keywords:
            if keyword.arg == "resource_modules" and isinstance(keyword.value, ast.Constant):
                for module in json.loads(str(keyword.value.value)):
                    yield from module["classes"]


def _constructed(file: Path) -> Iterator[str]:
    """First arguments of `super().__init__(...)` that are types."""
    for node in _calls(file):
        first = node.args[0] if node.args else None
        if (
            isinstance(node.func, ast.Attribute)
            and node.func.attr == "__init__"
            and isinstance(first, ast.Constant)
            and str(first.value).startswith("kubernetes:")
        ):
            yield str(first.value)


def _calls(file: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node


if __name__ == "__main__":
    for unclassed in (type_ for type_ in sdk_types() if class_of(type_) is None):
        print(unclassed)
