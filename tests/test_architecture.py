"""Who may import what, and what a file may be called."""

import ast
import sys

import pytest

from tests.support.paths import ROOT

PULUMI = {"pulumi", "pulumi_gcp", "pulumi_kubernetes", "pulumi_policy", "grpc", "google"}
DRAWERS = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}


def modules(package):
    return sorted((ROOT / package).rglob("*.py"))


def imported(path):
    """Top-level names of everything that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [
        ("weighbridge", {"components", "policies"}),
        ("components", {"policies"}),
        ("policies", {"components"}),
    ],
)
def test_packages_depend_in_one_direction(package, forbidden):
    for path in modules(package):
        assert not set(imported(path)) & forbidden, path


def test_only_the_host_imports_pulumi():
    for path in modules("weighbridge"):
        if "host" not in path.relative_to(ROOT).parts:
            assert not set(imported(path)) & PULUMI, path


def test_only_the_command_line_prints_or_exits():
    for path in modules("weighbridge"):
        if path.parent.name == "cli" or path.name in {"__main__.py", "runner.py", "build.py", "schema.py"}:
            continue
        calls = {node.func.id for node in ast.walk(ast.parse(path.read_text()))
                 if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}  # fmt: skip
        assert not calls & {"print", "exit"}, path


@pytest.mark.parametrize("package", ["weighbridge", "components", "policies"])
def test_no_file_shadows_the_standard_library_or_is_a_drawer(package):
    for path in modules(package):
        stem = path.stem
        if package == "policies":  # first on sys.path in the pack's process, where it would hide the library's
            assert stem.startswith("__") or stem not in sys.stdlib_module_names, path
        assert stem not in DRAWERS, path


def test_every_rule_is_registered_under_the_name_of_its_module():
    from weighbridge.rules.registry import RULES

    files = {path.stem for path in modules("weighbridge/rules") if "\nRULE = Rule(" in path.read_text()}
    assert {rule.name.replace("-", "_") for rule in RULES} == files


def test_architecture_names_only_what_exists():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    for line in text.splitlines():
        if line.startswith("| `"):
            place = line.split("|")[1].split("`")[1]
            names = [place]
            if "{" in place:
                head, inside, tail = place.replace("}", "{").split("{")
                names = [f"{head}{each}{tail}" for each in inside.split(",")]
            for name in names:
                assert (ROOT / name).exists(), name
