"""The JSON Schemas of the files that people write, for editors and other checkers.

What a schema can't express (that a pool exists, what fits a machine) `weighbridge validate` checks.
``python -m weighbridge.spec.schema FOLDER`` writes them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from weighbridge.spec.descriptions import descriptions, models
from weighbridge.spec.quota_file import QuotaFile
from weighbridge.spec.root import Spec
from weighbridge.spec.workloads import Workloads

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def spec_schema() -> dict[str, Any]:
    """The schema of a spec, draft 2020-12."""
    return _schema(Spec, "https://weighbridge.dev/schemas/spec-1.json", "Weighbridge spec")


def quota_schema() -> dict[str, Any]:
    """The schema of the quota file, draft 2020-12."""
    return _schema(QuotaFile, "https://weighbridge.dev/schemas/quota-1.json", "Weighbridge quota file")


def workloads_schema() -> dict[str, Any]:
    """The schema of the file that `weighbridge plan` reads, draft 2020-12."""
    return _schema(Workloads, "https://weighbridge.dev/schemas/workloads-1.json", "Weighbridge workloads")


def schema_text(schema: dict[str, Any]) -> str:
    """A schema as it is published: JSON of two spaces, ended by a newline."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write(folder: Path) -> None:
    """Writes `schema.json`, `quota-schema.json` and `workloads-schema.json` into a folder that exists."""
    (folder / "schema.json").write_text(schema_text(spec_schema()), encoding="utf-8")
    (folder / "quota-schema.json").write_text(schema_text(quota_schema()), encoding="utf-8")
    (folder / "workloads-schema.json").write_text(schema_text(workloads_schema()), encoding="utf-8")


def _schema(model: type[BaseModel], name: str, title: str) -> dict[str, Any]:
    made = model.model_json_schema()
    for part in models(model):
        _describe(made if part is model else made["$defs"][part.__name__], part)
    made = _tidy(made)
    made.pop("title", None)
    return {"$schema": DIALECT, "$id": name, "title": title, **made}


def _describe(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Adds what each field is; keys are sorted, as pydantic has them."""
    for name, text in descriptions(model).items():
        key = model.model_fields[name].alias or name
        schema["properties"][key] = dict(sorted({**schema["properties"][key], "description": text}.items()))


def _tidy(part: Any) -> Any:
    """What pydantic generates, as strict as the models are."""
    if isinstance(part, list):
        return [_tidy(item) for item in part]
    if not isinstance(part, dict):
        return part
    tidy: dict[str, Any] = {}
    for key, value in part.items():
        if key in ("properties", "$defs"):
            tidy[key] = {name: _without_title(_tidy(item)) for name, item in value.items()}
        elif key == "default" and (value is None or isinstance(value, dict | list)):
            continue  # the description says what leaving it out does
        elif key in ("examples", "enum", "const", "required", "default"):
            tidy[key] = value
        else:
            tidy[key] = _tidy(value)
    return _closed(_not_null(tidy))


def _without_title(part: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key != "title"}


def _not_null(part: dict[str, Any]) -> dict[str, Any]:
    """An optional key is left out, never null."""
    options = part.get("anyOf")
    if options is None or {"type": "null"} not in options:
        return part
    left = [option for option in options if option != {"type": "null"}]
    rest = {key: value for key, value in part.items() if key != "anyOf"}
    return {**left[0], **rest} if len(left) == 1 else {**rest, "anyOf": left}


def _closed(part: dict[str, Any]) -> dict[str, Any]:
    """Keys that don't match the pattern of a mapping's names are refused; pydantic leaves them open."""
    patterns = part.get("patternProperties")
    if patterns is None:
        return part
    ((pattern, value),) = patterns.items()
    rest = {key: item for key, item in part.items() if key != "patternProperties"}
    names = {**rest.pop("propertyNames", {}), "pattern": pattern}
    return {**rest, "propertyNames": names, "additionalProperties": value}


if __name__ == "__main__":
    write(Path(sys.argv[1]))
