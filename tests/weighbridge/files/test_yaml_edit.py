"""Edits of YAML text: what they change, and that nothing else does."""

from __future__ import annotations

import pytest
import yaml

from tests.support.paths import STACKS
from weighbridge.files.yaml_edit import AddMapping, Append, Edit, Remove, Set, edited, edited_at_once, nodes

TEXT = """\
# first
limits:  # all of them
  - {quota: A, limit: 1}   # small
  # before B
  - {quota: B, limit: 2}
  - quota: C
    limit: 3   # large

shares: {dev: 25%}  # last
"""


def test_many_edits_at_once_keep_every_comment():
    edits: list[Edit] = [
        Set(("limits", 0, "limit"), "10"),
        Remove(("limits", 1)),
        Set(("limits", 2, "used"), "4"),
        Append(("limits",), "{quota: D, limit: 5}"),
        Append(("limits",), "{quota: E, limit: 6}"),
        Set(("pulled_at",), "2026-11-24T12:00:00Z"),
    ]
    expected = (
        TEXT.replace("limit: 1}", "limit: 10}")
        .replace("  - {quota: B, limit: 2}\n", "")
        .replace("large\n", "large\n    used: 4\n  - {quota: D, limit: 5}\n  - {quota: E, limit: 6}\n")
        .replace("# last\n", "# last\npulled_at: 2026-11-24T12:00:00Z\n")
    )
    assert edited_at_once(TEXT, edits) == expected


def test_one_after_the_other_a_list_is_begun_and_continued():
    edits = [Append(("sold",), "{zone: a}"), Append(("sold",), "{zone: b}")]
    assert edited("version: 1\n", edits) == "version: 1\nsold:\n  - {zone: a}\n  - {zone: b}\n"


def test_items_of_a_list_on_one_line_go_with_their_comma():
    text = "zones: [a, b, c]\n"
    assert edited(text, [Remove(("zones", 0))]) == "zones: [b, c]\n"
    assert edited(text, [Remove(("zones", 2))]) == "zones: [a, b]\n"


def test_a_value_that_an_alias_stands_for_is_not_edited():
    with pytest.raises(LookupError):
        edited("a: &x {limit: 1}\nlimits: [*x]\n", [Set(("limits", 0, "limit"), "2")])


def test_the_last_item_is_not_removed_as_nothing_would_be_left():
    with pytest.raises(LookupError):
        edited("zones: [a]\n", [Remove(("zones", 0))])


def test_a_mapping_is_added_in_the_style_of_its_neighbours():
    entries = (("machine", "g2"), ("nodes", "{min: 0, max: 1}"))
    block, flow = "pools:\n  a: {machine: e2}  # first\n\nrest: 1\n", "pools: {a: {machine: e2}}\n"
    assert edited(block, [AddMapping(("pools", "b"), entries)]) == (
        "pools:\n  a: {machine: e2}  # first\n  b:\n    machine: g2\n    nodes: {min: 0, max: 1}\n\nrest: 1\n"
    )
    assert edited(flow, [AddMapping(("pools", "b"), entries)]) == (
        "pools: {a: {machine: e2}, b: {machine: g2, nodes: {min: 0, max: 1}}}\n"
    )
    with pytest.raises(LookupError):
        edited(block, [AddMapping(("pools", "a"), entries)])


FORMS = """\
# 😀 é, beyond ASCII and beyond 16 bits
plain: a b  # why
folded over: one
  two
quoted: ["a\\tb", 'it''s', é, 😀 ]
literal: |
  one

  two


kept: |+
  one

folded: >-
  one
  two
anchored: &x {a: 1, b: [], c: {}}
again: [*x, *x]
indentless:
- a
- - b
  - c

? asked
: answered
"""


def _places(node):
    """Where a node and all below it begin and end, and what they are."""
    value = node.value
    if isinstance(node, yaml.CollectionNode):
        value = [tuple(map(_places, item)) if isinstance(item, tuple) else _places(item) for item in value]
    style = getattr(node, "style", None) or getattr(node, "flow_style", None) or None
    return node.tag, style, node.start_mark.index, node.end_mark.index, node.start_mark.column, value


@pytest.mark.parametrize(
    "text",
    [FORMS, FORMS.replace("\n", "\r\n"), *(file.read_text(encoding="utf-8") for file in sorted(STACKS.glob("*.yaml")))],
    ids=["forms", "forms of Windows", *(file.stem for file in sorted(STACKS.glob("*.yaml")))],
)
def test_places_are_those_of_the_parser_in_pure_python(text):
    found = nodes(text)
    assert found is not None
    assert _places(found) == _places(yaml.compose(text, Loader=yaml.SafeLoader))


def test_half_of_a_character_is_no_yaml():
    with pytest.raises(yaml.YAMLError):
        nodes("reason: \ud800\n")
