"""Marks of secrets and unknowns, looked through and looked for."""

import json

import pytest

from weighbridge.resources.values import (
    Secret,
    Unknown,
    Value,
    bare,
    has_unknown,
    items,
    mapping,
    secret_texts,
    text_of,
)


def test_a_secret_never_shows_what_it_holds():
    assert repr({"password": Secret("hunter2")}) == "{'password': [secret]}"
    assert str(Secret("hunter2")) == "[secret]"


def test_marks_are_looked_through():
    assert bare(Secret(Secret(4))) == 4
    assert mapping(Secret({"a": 1})) == {"a": 1}
    assert items(Secret([1])) == [1]


@pytest.mark.parametrize("value", [None, "text", Unknown("object"), Secret("text")])
def test_what_is_no_mapping_or_list_reads_as_an_empty_one(value):
    assert mapping(value) == {}
    assert items(value) == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Unknown(), True), (Secret(Unknown()), True), ({"a": [{"b": Unknown()}]}, True), ([Secret([Unknown()])], True),
        (None, False), ("Unknown", False), ({"a": ["b", 1, Secret("c")]}, False), ([], False),
    ],
)  # fmt: skip
def test_unknowns_are_found_however_deep(value, expected):
    assert has_unknown(value) is expected


def test_texts_of_secrets_are_found_however_deep_and_nothing_else():
    value: Value = {
        "plain": "seen",
        "whole": Secret({"user": "ann", "port": 5432, "nodes": 12, "ratio": 0.125, "tls": True, "none": None}),
        "list": ["seen", Secret("in a list"), {"deep": Secret([Secret("twice"), Unknown()])}],
    }
    assert sorted(secret_texts(value)) == ["0.125", "5432", "ann", "in a list", "twice"]


@pytest.mark.parametrize("shape", [lambda text: text, lambda text: {"a": [{"b": text}]}, lambda text: {text: 1}])
@pytest.mark.parametrize("secret", ["hunter2", "x7", 'it\'s "quoted"\t\x07\\'])
def test_no_text_inside_a_secret_is_shown_when_it_is_taken_out(shape, secret):
    inside = bare(Secret(shape(secret)))
    for shown in (f"{inside}", f"{inside!r}", f"{inside!s}", str(inside), repr(inside), f"{inside}"[:40]):
        assert secret not in shown
        assert "[secret]" in shown
    assert inside == shape(secret)


def test_a_part_of_a_text_inside_a_secret_is_as_secret():
    taken = bare(Secret("opensesame"))
    assert isinstance(taken, str)
    for part in (taken[:4], taken[0], taken[2:][1:]):
        assert f"{part} {part!r} {part!s}" == "[secret] [secret] [secret]"
    assert taken[:4] == "open"


def test_a_text_inside_a_secret_is_found_and_compared_as_any_other():
    text = bare(Secret("g2-standard-4"))
    assert {"g2-standard-4": 1}[text] == 1  # type: ignore[index] # a text
    assert json.dumps({"a": text}) == '{"a": "g2-standard-4"}'
    assert bare(Secret({"a": Secret(text)})) == {"a": Secret("g2-standard-4")}
    assert bare(Secret(text)) == "g2-standard-4"


def test_the_text_of_a_value_is_its_own_where_it_is_one():
    assert [text_of(value) for value in ("a", Secret("a"), bare(Secret("a")), 5, None)] == ["a", "a", "a", "5", "None"]
    assert f"{text_of(Secret('a'))}" == "[secret]"
