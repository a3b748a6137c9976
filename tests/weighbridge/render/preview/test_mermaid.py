"""A picture of what changes that every renderer of Mermaid takes, whatever the names are."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.support import results
from weighbridge.preview.result import Operation
from weighbridge.render.preview.mermaid import MOST_NODES, picture

NODE = re.compile(r"^  (?:p\d+ --> )?(?:p\d+|n\d+|more)\[\"[A-Za-z0-9 ._:/,()<>_-]*\"\]:::\w+$")


def nodes(lines):
    return [line for line in lines if ":::" in line]


def test_nothing_that_changes_is_no_picture():
    assert picture(()) == picture((results.change("a", Operation.SAME), results.change("b", Operation.READ))) == []


def test_the_operation_is_a_word_in_each_box_below_its_component():
    parent = "urn:pulumi:dev::weighbridge::weighbridge:index:Platform$weighbridge:index:NodePool::serve-l4"
    lines = picture((results.change("serve-l4", Operation.REPLACE, parent=parent),))
    assert lines[:4] == [
        "```mermaid",
        "flowchart TB",
        '  p0["serve-l4<br/>NodePool"]:::around',
        '  p0 --> n0["replace: serve-l4<br/>gcp NodePool"]:::gone',
    ]
    assert lines[-1] == "```"


def test_many_of_a_kind_become_one_box_and_what_goes_stays_single():
    changes = tuple(results.change(f"p{index}", Operation.CREATE) for index in range(100))
    lines = picture((*changes, results.change("old", Operation.DELETE)))
    assert any('"create: 100 of<br/>gcp NodePool"' in line for line in lines)
    assert any('"delete: old<br/>gcp NodePool"' in line for line in lines)


def test_more_than_fit_are_counted():
    lines = picture(tuple(results.change(f"p{index}", Operation.DELETE) for index in range(100)))
    assert len(nodes(lines)) == MOST_NODES
    assert '  more["72 more: see the list"]:::around' in lines


@given(st.lists(st.text(max_size=80), max_size=40))
def test_no_name_breaks_it(names):
    lines = picture(tuple(results.change(name, Operation.UPDATE, parent=f"u::p::t::{name}") for name in names))
    assert len(nodes(lines)) <= MOST_NODES
    assert all(NODE.fullmatch(line) for line in nodes(lines))
