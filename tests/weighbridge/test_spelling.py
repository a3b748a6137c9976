"""The nearest right spelling."""

import ast

import pytest

from tests.support.paths import ROOT
from tests.support.sources import modules, nodes
from weighbridge.spelling import did_you_mean, nearest, no_such_stack, visible


@pytest.mark.parametrize(
    ("given", "allowed", "meant"),
    [
        ("Serve_L4", ["serve-l4", "serve-t4"], "serve-l4"),  # cases and dashes are all that differs
        ("g2-standrd-8", ["g2-standard-8", "g2-standard-12"], "g2-standard-8"),
        ("nothing-like-it", ["a", "b"], None),
        (7, ["8"], None),
        ("x", [], None),
    ],
)
def test_the_nearest_right_spelling(given, allowed, meant):
    assert nearest(given, allowed) == meant
    assert did_you_mean(given, allowed) == (f" Did you mean `{meant}`?" if meant else "")


def test_blanks_around_a_name_and_letters_in_another_form_are_no_other_name():
    assert did_you_mean("price", [" price ", "prize"]) == " Did you mean ` price `?"
    composed, parted = "\u00e4rger", "a\u0308rger"
    assert did_you_mean(composed, [parted]) == " Did you mean `a\\u0308rger`, which only looks the same?"
    assert did_you_mean(parted, [composed]) == " Did you mean `\\xe4rger`, which only looks the same?"


def test_a_name_moves_no_cursor():
    assert visible("wörd 7") == "wörd 7"
    assert visible("de\x1b[31m\nus\u202e") == r"de\x1b[31m\nus\u202e"


def test_nothing_else_looks_for_near_spellings():
    files = (path for package in ("weighbridge", "components", "policies") for path in modules(package))
    users = [
        path.relative_to(ROOT).as_posix()
        for path in files
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom)
        and any(alias.name in ("get_close_matches", "SequenceMatcher") for alias in node.names)
    ]
    # The other one finds the words of a value that changed.
    assert sorted(users) == ["weighbridge/preview/changes.py", "weighbridge/spelling.py"]


def test_a_stack_that_is_not_there_has_one_wording():
    assert (
        no_such_stack("pord", ["prod", "dev"]) == "there is no stack 'pord'; there are dev, prod. Did you mean `prod`?"
    )
    assert no_such_stack("x", []) == "there is no stack 'x'; there are none."
