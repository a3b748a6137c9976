"""What the docstrings below the fields of models say: read when a schema or a page of documentation is written.

pydantic can read them itself, but does so whenever the models are imported, which is a tenth of a quick command's time.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from inspect import cleandoc, getsource
from itertools import pairwise
from typing import Any, get_args

from pydantic import BaseModel


def models(root: type[BaseModel]) -> tuple[type[BaseModel], ...]:
    """A model and all that its fields have, directly or not; each once, in the order of the fields."""
    return tuple(_models(root, set()))


def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """The description of each field that has one, by the field's name."""
    found: dict[str, str] = {}
    for part in reversed(model.__mro__):
        if issubclass(part, BaseModel) and part is not BaseModel:
            found.update(_written(part))
    return found


def _written(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    for statement, below in pairwise(_classes(model.__module__)[model.__name__].body):
        match statement, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, cleandoc(text)


@cache
def _classes(module: str) -> Mapping[str, ast.ClassDef]:
    """Those that stand in a module itself, by name."""
    return {
        node.name: node for node in ast.parse(getsource(sys.modules[module])).body if isinstance(node, ast.ClassDef)
    }


def _models(model: type[BaseModel], seen: set[type]) -> Iterator[type[BaseModel]]:
    if model in seen:
        return
    seen.add(model)
    yield model
    for field in model.model_fields.values():
        for inner in _inner_models(field.annotation):
            yield from _models(inner, seen)


def _inner_models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _inner_models(argument)
