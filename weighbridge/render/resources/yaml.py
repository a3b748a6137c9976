"""The resources of a stack as YAML, one document each, made for reading differences.

A Kubernetes object is the object, so that `kubectl` takes it; anything else is its type, name and inputs. Long texts
have a line for each part, so that a changed number is a changed line: texts of several lines as they are written,
queries broken where PromQL has an operator, JSON laid out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from weighbridge.files.yaml_text import Plain
from weighbridge.render.plain_value import whole
from weighbridge.resources.graph import Resource
from weighbridge.resources.values import MASKED, Secret, Unknown, Value

UNKNOWN = "(known after the update)"
LONG = 100
"""Characters of a line, from which on a text is broken."""

_FIRST = ("apiVersion", "kind", "metadata")
_BREAKS = re.compile(r" (?=(?:and|or|unless|on|ignoring|group_left|group_right|[-+*/^%]|[<>]=?|[=!]=) )|(?<=,) ")
_SENTENCES = re.compile(r"(?<=[.;:]) ")
_QUERY = re.compile(r"\w\{|\) (?:[-+*/<>]|[=!]=)")


def render(resources: Sequence[Resource]) -> str:
    """All documents, in the order given; the comment above each says whose it is."""
    return "".join(f"---\n{comment}\n{_dumped(content)}" for comment, content in map(_document, resources)) or "---\n"


def _document(resource: Resource) -> tuple[str, Mapping[str, Plain]]:
    exact = resource.type.startswith("kubernetes:")  # a text in one is what a pod reads
    inputs = {name: _plain("" if exact else name, value) for name, value in resource.inputs.items()}
    marks = [
        *(["read, not created"] if resource.read else []),
        *(["protected"] if resource.options.protect else []),
        *(["stays in the cloud when it leaves the stack"] if resource.options.retain_on_delete else []),
        *(
            [f"ignores changes of {', '.join(resource.options.ignore_changes)}"]
            if resource.options.ignore_changes
            else []
        ),
    ]
    comment = _one_line("; ".join([f"# {resource.type} {resource.name}", *marks]))
    if "apiVersion" in inputs and "kind" in inputs and exact:
        rest = {name: inputs[name] for name in sorted(inputs) if name not in _FIRST}
        return comment, {**{name: inputs[name] for name in _FIRST if name in inputs}, **rest}
    content: dict[str, Plain] = {"type": resource.type, "name": resource.name}
    if inputs:
        content["inputs"] = {name: inputs[name] for name in sorted(inputs)}
    return comment, content


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _plain(name: str, value: Value) -> Plain:
    match value:
        case Unknown():
            return UNKNOWN
        case Secret():
            return MASKED
        case Mapping():
            return {
                str(key): _plain(name and str(key), item)
                for key, item in sorted(value.items(), key=lambda pair: str(pair[0]))
            }
        case str():
            return _laid_out(value) if name.lower().endswith("json") else value
        case Sequence():
            return [_plain(name, item) for item in value]
    return whole(value)


def _laid_out(text: str) -> str:
    """JSON in a text with a line for each value; any other text as it is."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return (
        json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) if isinstance(content, dict | list) else text
    )


def _dumped(content: Mapping[str, Plain]) -> str:
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**9)


class _Dumper(yaml.SafeDumper):
    """Writes long texts as blocks that don't depend on their width."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT002, ARG002 - PyYAML's
        super().increase_indent(flow, False)

    def write_folded(self, text: str) -> None:
        """A text of one line: each break is read as the one space that it stands for."""
        writer: Any = self
        writer.write_indicator(">-", True)
        writer.write_line_break()
        for line in _lines(text):
            writer.write_indent()
            writer.stream.write(line)
            writer.column += len(line)
            writer.whitespace = writer.indention = False

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's
        """Every document stands alone, and a repeated value is written again."""
        return True


def _lines(text: str) -> list[str]:
    return (_BREAKS if _QUERY.search(text) else _SENTENCES).split(text)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if not text.replace("\n", "").isprintable():
        style = '"'  # escapes what else would be read as the end of a line
    elif "\n" in text:
        style = "|"
    elif len(text) > LONG and _foldable(text):
        style = ">"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _foldable(text: str) -> bool:
    """Whether breaking at single spaces loses nothing, and PyYAML lets a block stand."""
    return text.isprintable() and text == text.strip() and "  " not in text and len(_lines(text)) > 1


_Dumper.add_representer(str, _text)
