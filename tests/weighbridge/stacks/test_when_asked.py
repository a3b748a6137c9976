"""Keys are known at once; a value is made when somebody asks, and once."""

from __future__ import annotations

import pytest

from weighbridge.stacks.when_asked import WhenAsked


def test_a_value_is_made_when_it_is_asked_for_and_once():
    made: list[str] = []

    def make(key: str) -> str:
        made.append(key)
        return key.upper()

    values = WhenAsked(["b", "a", "b"], make)
    assert (list(values), len(values), "a" in values, "c" in values, 1 in values, made) == (
        ["b", "a"], 2, True, False, False, []
    )  # fmt: skip
    assert (values["a"], values["a"], values.get("c"), made) == ("A", "A", None, ["a"])
    with pytest.raises(KeyError):
        values["c"]
    assert (dict(values), made) == ({"b": "B", "a": "A"}, ["a", "b"])


def test_what_could_not_be_made_is_tried_again():
    tries = iter([None, "made"])

    def make(key: str) -> str:
        found = next(tries)
        if found is None:
            raise ValueError(key)
        return found

    values = WhenAsked(["a"], make)
    with pytest.raises(ValueError, match="a"):
        values["a"]
    assert values["a"] == "made"
