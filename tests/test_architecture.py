"""Who may import what, and what files, classes and variables may be called."""

import ast
import sys
from collections import defaultdict

import pytest

from tests.support.paths import ROOT
from tests.support.sources import modules, nodes

PULUMI = {"pulumi", "pulumi_gcp", "pulumi_kubernetes", "pulumi_policy", "grpc", "google"}
WITHOUT_TEST = {
    "weighbridge/catalog/rows.py": "declares the facts' kinds; tables.py makes them",
    "weighbridge/dashboards/tile.py": "declares what stands on a dashboard; layout.py makes it",
    "weighbridge/drift_monitor/slice_tallies.py": "declares what is kept of a slice; slices.py counts it",
    "weighbridge/drift_monitor/unreadable_data.py": "declares one error; test_files.py and others raise it",
    "weighbridge/host/outcome.py": "declares what the host takes and gives",
    "weighbridge/host/registered.py": "declares one registration; resource_monitor.py makes it",
    "weighbridge/resources/graph.py": "declares the graph; host/run.py makes it",
    "weighbridge/runbook/subject.py": "declares what a runbook is about, and one command that failures.py shows",
    "weighbridge/signals/rows.py": "declares the catalogue's rows; test_catalogue.py holds the rows to their rules",
    "weighbridge/signals/scenarios.py": "declares the scenarios; test_cases.py runs them",
    "weighbridge/spec/capacity.py": "declares what a file holds; stacks/test_capacity.py reads and writes one",
    "weighbridge/spec/cloud.py": "declares three keys, each of a type of units.py",
    "weighbridge/spec/gateway.py": "declares one key with three values",
    "weighbridge/spec/inference_pool.py": "declares keys, each of a type of units.py",
    "weighbridge/spec/model_architecture.py": "declares keys; planner/test_architecture_problems.py judges them",
    "weighbridge/spec/planned_runs.py": "declares keys of units.py; planner/test_run_plan.py reads files of them",
    "weighbridge/starting/answers.py": "declares what init asks for; test_project_files.py has every recipe",
}
"""Modules that have no test of their own, as they only declare; why that is enough."""

DRAWERS = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
CODE = ("weighbridge", "components", "policies", "bench", "tests")
VAGUE = {"each", "said", "told", "thing", "it"}
"""Names that tell a reader nothing of what they hold."""


def imported(path):
    """Top-level names of everything that a file imports, wherever in it."""
    for node in nodes(path):
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
        # The libraries of Google are of the same namespace as protobuf, and none of Pulumi's.
        own = {"google"} if path.stem in {"identity", "inference_quickstart"} else set()
        own |= {"google", "grpc"} if path.stem == "otlp" else set()  # a collector's protocol, and none of Pulumi's
        program = path.parent == ROOT / "weighbridge" / "starting" / "project"  # of a first project, run by Pulumi
        if "host" not in path.relative_to(ROOT).parts and not program:
            assert not set(imported(path)) & (PULUMI - own), path


def test_only_the_command_line_prints_or_exits():
    for path in modules("weighbridge"):
        if path.parent.name == "cli" or path.name in {"__main__.py", "runner.py", "build.py", "schema.py"}:
            continue
        calls = {node.func.id for node in nodes(path)
                 if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}  # fmt: skip
        assert not calls & {"print", "exit"}, path


@pytest.mark.parametrize("package", ["weighbridge", "components", "policies"])
def test_no_file_shadows_the_standard_library_or_is_a_drawer(package):
    for path in modules(package):
        stem = path.stem
        if package == "policies":  # first on sys.path in the pack's process, where it would hide the library's
            assert stem.startswith("__") or stem not in sys.stdlib_module_names, path
        assert stem not in DRAWERS, path


@pytest.mark.parametrize("package", ["weighbridge", "components", "policies"])
def test_every_module_has_a_test_of_its_stem_in_its_folder(package):
    for path in modules(package):
        module = path.relative_to(ROOT)
        has_one = (ROOT / "tests" / module.parent / f"test_{module.name}").is_file()
        assert has_one or path.stem.startswith("__") or str(module) in WITHOUT_TEST, module


@pytest.mark.parametrize("module", WITHOUT_TEST)
def test_a_module_without_a_test_only_declares_and_has_none(module):
    path = ROOT / module
    assert not (ROOT / "tests" / path.relative_to(ROOT).parent / f"test_{path.name}").exists()
    decisions = [node for node in nodes(path) if isinstance(node, ast.If | ast.For | ast.While | ast.Match | ast.Try)]
    assert not decisions, module


def test_one_class_name_means_one_thing():
    places = defaultdict(list)
    for path in (path for folder in CODE for path in modules(folder)):
        for node in nodes(path):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


@pytest.mark.parametrize("folder", CODE)
def test_variables_and_functions_are_named_after_what_they_are(folder):
    for path in modules(folder):
        named = {
            node.id if isinstance(node, ast.Name) else node.arg if isinstance(node, ast.arg) else node.name
            for node in nodes(path)
            if isinstance(node, ast.Name | ast.arg | ast.FunctionDef)
        }
        assert not named & VAGUE, path.relative_to(ROOT)


def test_every_rule_is_registered_under_the_name_of_its_module():
    from weighbridge.rules.registry import RULES

    files = {path.stem for path in modules("weighbridge/rules") if "\nRULE = Rule(" in path.read_text()}
    assert {rule.name.replace("-", "_") for rule in RULES} == files


def test_architecture_names_only_what_exists():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    for line in text.splitlines():
        if line.startswith("| `"):
            path = line.split("|")[1].split("`")[1]
            names = [path]
            if "{" in path:
                head, inside, tail = path.replace("}", "{").split("{")
                names = [f"{head}{name}{tail}" for name in inside.split(",")]
            for name in names:
                assert (ROOT / name).exists(), name
