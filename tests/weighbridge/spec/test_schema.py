"""The published schemas: what the models say, closed, and described key by key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from tests.support.paths import ROOT
from weighbridge.spec.schema import quota_schema, schema_text, spec_schema, write

SCHEMAS = {"schema.json": spec_schema(), "quota-schema.json": quota_schema()}


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_is_published_is_what_the_models_say(name, tmp_path):
    write(tmp_path)
    published = (ROOT / "stacks" / name).read_text(encoding="utf-8")
    assert published == schema_text(SCHEMAS[name]) == (tmp_path / name).read_text(encoding="utf-8")


def objects(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "", schema
    yield from schema["$defs"].items()


@pytest.mark.parametrize("name", SCHEMAS)
def test_unknown_keys_are_refused_and_every_key_says_what_it_is(name):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    for where, part in objects(SCHEMAS[name]):
        if part.get("type") != "object":
            continue
        assert part["additionalProperties"] is False, where
        for key, value in part["properties"].items():
            assert len(value["description"].split()) > 1 or "example" in str(value), f"{where}.{key}"


def test_a_key_that_may_be_left_out_is_never_null():
    assert '"null"' not in schema_text(spec_schema()) + schema_text(quota_schema())


def test_names_of_a_mapping_follow_their_pattern():
    pools = spec_schema()["properties"]["node_pools"]
    assert "patternProperties" not in pools
    assert pools["propertyNames"]["pattern"] == "^[a-z](?:[a-z0-9-]*[a-z0-9])?$"
