"""What a model refuses, in a person's words.

pydantic says where and which kind; what is expected is read from the model's own fields, so that every message has the
same form: what is wrong, what was given, what is allowed, the nearest right spelling.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from weighbridge.files.problem import KeyPath, Problem
from weighbridge.spelling import did_you_mean, nearest
from weighbridge.units import Expected, KeyOf, MayBeSecret, likely_spellings

_KEY = "[key]"  # pydantic's mark of an error in a key
_LONGEST = 60

HIDDEN = "hidden"
"""Kind of an error whose value no message shows."""

FEW = 4
"""Names that one sentence lists."""

_Item = TypeVar("_Item")


def problems_of(error: ValidationError, model: type[BaseModel], data: object) -> list[Problem]:
    """One problem for each error, in pydantic's order. `data` is what was validated."""
    found: list[Problem] = []
    missing: dict[KeyPath, Problem] = {}
    errors = error.errors(include_url=False, include_context=True, include_input=False)
    parents = {entry["loc"][:length] for entry in errors for length in range(len(entry["loc"]))}
    for entry in errors:
        loc: KeyPath = entry["loc"]
        if entry["type"] == "too_short" and loc in parents:
            continue  # pydantic counts only the items that are right
        match entry["type"]:
            case "extra_forbidden":
                problem, meant = _unknown_key(loc, model, data)
                found.append(problem)
                missing.pop((*loc[:-1], meant), None)  # models list what is missing first
            case "missing":
                missing[loc] = _missing(loc, model, data)
            case kind:
                found.append(_wrong(loc, model, data, str(entry.get("ctx", {}).get("expected", "")), kind))
    return [*found, *missing.values()]


def listed(names: Iterable[str], last: str = "and") -> str:
    """Names as a sentence lists them: ``a, b and c``."""
    *most, end = [*names] or [""]
    return f"{', '.join(most)} {last} {end}" if most else end


def few(names: Iterable[str]) -> str:
    """Names behind one another, at most `FEW`: of more, the last place says how many are left out."""
    first, rest = first_few([*names])
    return ", ".join([*first, f"{len(rest)} more"] if rest else first)


def first_few(found: Sequence[_Item]) -> tuple[Sequence[_Item], Sequence[_Item]]:
    """What `few` names, and what it counts only: nothing, or at least two."""
    named = FEW if len(found) <= FEW else FEW - 1
    return found[:named], found[named:]


def shown(value: object) -> str:
    """A value as a message shows it, at most 60 characters."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case dict():
            return "a mapping" if value else "an empty mapping"
        case list() | tuple():
            return f"a list of {len(value)}" if value else "an empty list"
        case str():
            return _short(json.dumps(value, ensure_ascii=False))
    return _short(str(value))


def written(value: object) -> str:
    """A value as YAML writes it on one line."""
    match value:
        case dict():
            return "{" + ", ".join(f"{key}: {written(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(written(item) for item in value) + "]"
        case str() if value[:1].isdigit() and ":" in value and "T" not in value:
            return f'"{value}"'
    return str(value)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _unknown_key(loc: KeyPath, model: type[BaseModel], data: object) -> tuple[Problem, str]:
    """The problem, and the key that was meant."""
    fields = list(_fields(_model_at(loc[:-1], model)))
    given = _value_at(loc[:-1], data)
    open_fields = [field for field in fields if field not in given]
    near = nearest(loc[-1], open_fields)
    mean = f" Did you mean `{near}`?" if near else ""
    message = f"unknown key. Allowed here: {', '.join(sorted(fields))}.{mean}"
    return Problem(loc, message, on_key=True), near or ""


def _missing(loc: KeyPath, model: type[BaseModel], data: object) -> Problem:
    name = str(loc[-1])
    field = _fields(_model_at(loc[:-1], model))[name]
    keys = _keys_there(field, data)
    example = keys[0] if keys else _example(field)
    others = f"; there are {listed(keys)}" if len(keys) > 1 else ""
    return Problem(loc, f"missing. Add it, such as `{name}: {written(example)}`{others}")


def _keys_there(field: FieldInfo, data: object) -> Sequence[str]:
    """The names that the file has for a value that is one of them."""
    for part in field.metadata:
        there = data.get(part.mapping) if isinstance(part, KeyOf) and isinstance(data, dict) else None
        if isinstance(there, dict):
            return [*map(str, there)]
    return []


def _example(field: FieldInfo) -> object:
    examples = list(field.examples or ())
    for constraint in field.metadata:
        examples += getattr(constraint, "examples", None) or ()
    return examples[0] if examples else "…"


def _wrong(loc: KeyPath, model: type[BaseModel], data: object, words: str, kind: str) -> Problem:
    if loc[-1:] == (_KEY,) and get_origin(_type_at(loc[:-2], model)[0]) is dict:
        key = loc[-2]
        key_type = get_args(_type_at(loc[:-2], model)[0])[0]
        expected, choices = _expected(key_type, ())
        text = f"this name can't be used: expected {expected}, got {shown(key)}.{did_you_mean(key, choices)}"
        return Problem(loc[:-1], text, on_key=True)
    annotation, metadata = _type_at(loc, model)
    given = _value_at(loc, data)
    expected, choices = _expected(annotation, metadata)
    if kind in (HIDDEN, "unit"):
        expected = words
    if kind == HIDDEN or (not isinstance(given, dict | list) and _may_be_secret(annotation, metadata)):
        return Problem(loc, f"expected {expected}; what is given isn't shown, as it may be a secret")
    mean = _meant(given, annotation, metadata) if kind == "unit" else ""
    return Problem(loc, f"expected {expected}, got {shown(given)}.{mean or did_you_mean(given, choices)}")


def _may_be_secret(annotation: Any, metadata: Iterable[Any]) -> bool:
    """Whether a type, or a key of the model that it is, holds the name of a secret: people take it for the secret."""
    annotation, more = _inside(annotation)
    if any(isinstance(constraint, MayBeSecret) for constraint in (*metadata, *more)):
        return True
    model = _item(annotation)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return False
    fields = (_inside(field.annotation)[1] + field.metadata for field in model.model_fields.values())
    return any(isinstance(constraint, MayBeSecret) for field in fields for constraint in field)


def _meant(given: object, annotation: Any, metadata: Iterable[Any]) -> str:
    """The first likely spelling that the type takes, as a question; empty where there is none."""
    constraints = tuple(metadata)  # an item of a list has none of its own
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[(annotation, *constraints)] if constraints else annotation)
    for spelling in likely_spellings(given):
        try:
            adapter.validate_python(spelling)
        except ValidationError:
            continue
        return f" Did you mean `{spelling}`?"
    return ""


def _expected(annotation: Any, metadata: Iterable[Any]) -> tuple[str, tuple[str, ...]]:
    """The words for a type, and the texts that it allows if they are few."""
    annotation, more = _inside(annotation)
    extra = [*metadata, *more]
    words = [constraint.words for constraint in extra if isinstance(constraint, Expected)]
    if words:
        return words[0], ()
    if get_origin(annotation) is Literal:
        choices = get_args(annotation)
        return listed(map(str, choices), "or"), tuple(map(str, choices))
    bounds = _bounds(extra)
    if annotation is bool:
        return "true or false", ()
    if annotation is int:
        return f"a whole number{_range(bounds)}", ()
    if annotation is float:
        return f"a number{_range(bounds)}", ()
    if get_origin(annotation) is tuple:
        return f"a list{_range(bounds).replace(' from', ' of')}", ()
    if get_origin(annotation) is dict:
        return "a mapping with at least one key" if "least" in bounds else "a mapping", ()
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"a mapping with the keys {', '.join(_fields(annotation))}", ()
    return "text (quote it if it looks like something else)", ()


def _bounds(metadata: Iterable[Any]) -> Mapping[str, Any]:
    """The tightest bounds: ``least``, ``most`` (inclusive), ``above``, ``below``."""
    found: dict[str, Any] = {}
    for constraint in _flat(metadata):
        match constraint:
            case Ge(ge=bound) | MinLen(min_length=bound):
                found["least"] = max(bound, found.get("least", bound))
            case Le(le=bound) | MaxLen(max_length=bound):
                found["most"] = min(bound, found.get("most", bound))
            case Gt(gt=bound):
                found["above"] = bound
            case Lt(lt=bound):
                found["below"] = bound
    return found


def _flat(metadata: Iterable[Any]) -> Iterator[Any]:
    for constraint in metadata:
        if isinstance(constraint, FieldInfo):
            yield from constraint.metadata
        else:
            yield constraint


def _range(bounds: Mapping[str, Any]) -> str:
    least, most, above = (bounds.get(name) for name in ("least", "most", "above"))
    below = bounds.get("below")
    if above is not None and below is not None:
        return f" above {above:,} and below {below:,}"
    if above is not None:
        return f" above {above:,} and up to {most:,.0f}" if most is not None else f" above {above:,}"
    if least is not None and most is not None:
        return f" from {least:,} to {most:,}"
    return f" of at least {least:,}" if least is not None else f" of at most {most:,}" if most is not None else ""


def _inside(annotation: Any) -> tuple[Any, list[Any]]:
    """The type without ``Annotated`` and ``None``, and the metadata that is taken off."""
    metadata: list[Any] = []
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *more = get_args(annotation)
            metadata += more
        elif origin in (Union, UnionType):
            annotation = next(option for option in get_args(annotation) if option is not NoneType)
        else:
            return annotation, metadata


def _type_at(loc: KeyPath, model: type[BaseModel]) -> tuple[Any, list[Any]]:
    """The type of the value at a path, and its metadata."""
    annotation: Any = model
    metadata: list[Any] = []
    for part in loc:
        if get_origin(annotation) is tuple and isinstance(part, str):
            annotation = _item(annotation)  # one that is written without its list
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            field = _fields(annotation)[str(part)]
            annotation, more = _inside(field.annotation)
            metadata = [*field.metadata, *more]
        else:
            arguments = get_args(annotation)
            annotation, metadata = _inside(arguments[1] if get_origin(annotation) is dict else arguments[0])
    return annotation, metadata


def _fields(model: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """A model's fields by their keys; `from` and other words of Python have a field of another name."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model_at(loc: KeyPath, model: type[BaseModel]) -> type[BaseModel]:
    found: type[BaseModel] = _item(_type_at(loc, model)[0])
    return found


def _item(annotation: Any) -> Any:
    """Of a list what it holds; anything else as it is."""
    return _inside(get_args(annotation)[0])[0] if get_origin(annotation) is tuple else annotation


def _value_at(loc: KeyPath, data: Any) -> Any:
    for part in loc:
        data = data[part]
    return data
