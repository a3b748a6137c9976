"""Edits of YAML text: what they change, and that nothing else does."""

from __future__ import annotations

import pytest

from weighbridge.files.yaml_edit import AddMapping, Append, Edit, Remove, Set, edited, edited_at_once

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
