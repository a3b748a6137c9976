"""Docstrings of fields: read from the source, those of inherited fields too."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from weighbridge.spec.descriptions import descriptions, models


class Leaf(BaseModel):
    """What a branch has several of."""

    width: int
    """In millimetres,
    where it is widest."""
    green: bool = True
    _age = 1
    """No field."""


class Trunk(BaseModel):
    """What all trees have."""

    height: int = 0
    """In metres."""
    bark: str = ""
    """Of the trunk."""


class Tree(Trunk):
    """With all its parts."""

    bark: str = "rough"
    """Of the tree."""
    leaves: dict[str, Annotated[list[Leaf], Field(min_length=1)]]
    """By branch."""
    parent: Tree | None = None
    fallen: tuple[Leaf, ...] = ()


def test_each_field_has_the_docstring_below_it_and_its_own_before_that_of_what_it_inherits_from():
    assert descriptions(Leaf) == {"width": "In millimetres,\nwhere it is widest."}
    assert descriptions(Tree) == {"height": "In metres.", "bark": "Of the tree.", "leaves": "By branch."}


def test_models_are_found_in_all_that_fields_hold_each_once():
    assert models(Tree) == (Tree, Leaf)
