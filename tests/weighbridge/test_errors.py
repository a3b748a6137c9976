"""One root for every error raised on purpose, its hierarchy as drawn, and what the command line makes of each."""

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest
import typer

import components
import policies
import weighbridge
from tests.support.sources import modules, nodes
from weighbridge import errors
from weighbridge.cli.terminal import problems_reported
from weighbridge.errors import BLOCKED, COULD_NOT_JUDGE, WRONG, NoVerdict, WeighbridgeError, WrongInput
from weighbridge.files.problem import FileError, Problem
from weighbridge.prometheus import NoAnswer
from weighbridge.rollouts.change import Refused

for package in (weighbridge, components, policies):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def drawn():
    """Pairs of class and base, and exit codes by class, as the docstring draws them."""
    bases: list[str] = []
    pairs, codes = [], {}
    for line in errors.__doc__.splitlines():
        found = re.match(r"    (?P<indent>(?:[│ ]   )*(?:[├└]── )?)(?P<name>\w+)(?: \(exit code (?P<code>\d))?", line)
        if found and (found["indent"] or found["name"] == "WeighbridgeError"):
            depth = len(found["indent"]) // 4
            bases[depth:] = [found["name"]]
            if depth:
                pairs.append((found["name"], bases[depth - 1]))
            if found["code"]:
                codes[found["name"]] = int(found["code"])
    return sorted(pairs), codes


def below(base):
    for made in base.__subclasses__():
        yield made.__name__, base.__name__
        yield from below(made)


def test_the_hierarchy_is_as_drawn():
    assert drawn()[0] == sorted(below(WeighbridgeError))


def test_the_drawing_says_the_exit_codes():
    codes = {made.__name__: made.exit_code for made in (WrongInput, NoVerdict, Refused)}
    assert drawn()[1] == codes == {"WrongInput": WRONG, "NoVerdict": COULD_NOT_JUDGE, "Refused": BLOCKED}


@pytest.mark.parametrize("package", ["weighbridge", "components", "policies"])
def test_no_error_stands_beside_the_root(package):
    builtin = {
        "Exception",
        "BaseException",
        "ValueError",
        "TypeError",
        "RuntimeError",
        "LookupError",
        "KeyError",
        "OSError",
    }
    for path in modules(package):
        for node in nodes(path):
            bases = {base.id for base in getattr(node, "bases", ()) if isinstance(base, ast.Name)}
            name = getattr(node, "name", "")
            assert not bases & builtin or name == "WeighbridgeError", f"{path}: {name}"


def test_nothing_is_recognised_by_the_name_of_its_class():
    for package in ("weighbridge", "components", "policies"):
        for path in modules(package):
            for node in nodes(path):
                if isinstance(node, ast.Compare):
                    names = {inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}
                    assert not names & {"__name__", "__qualname__"}, f"{path}:{node.lineno}"


WRONG_KEY = Problem(("b", 0), "wrong", line=2, column=3)


@pytest.mark.parametrize(
    ("error", "task", "code", "shown"),
    [
        (WrongInput("no such thing"), "", 2, "weighbridge: no such thing\n"),
        (WrongInput("no such thing"), "check", 2, "weighbridge: no such thing\n"),
        (Refused("one", "two"), "", 1, "blocked: one\nblocked: two\n"),
        (NoAnswer("it is silent"), "check", 3, "could not check: it is silent\n"),
        (NoVerdict("it is silent"), "", 3, "weighbridge: it is silent\n"),
        (FileError(Path("a.yaml"), [WRONG_KEY]), "draw", 2, "a.yaml:2:3: b[0]: wrong\n"),
    ],
)
def test_the_command_line_ends_with_the_errors_code_and_text(error, task, code, shown, capsys):
    with pytest.raises(typer.Exit) as ended, problems_reported(task):
        raise error
    assert ended.value.exit_code == code
    assert capsys.readouterr() == ("", shown)


def test_a_bug_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError), problems_reported():
        _ = 1 / 0
