"""The report for programs is what its schema says."""

import json
from importlib import resources

import jsonschema
import pytest

from tests.support import results
from weighbridge.render.preview.json import render

VARIANTS = (results.admitted, results.advised, results.blocked, results.not_judged)
SCHEMA = json.loads(resources.files("weighbridge.render.preview").joinpath("preview.schema.json").read_text())


@pytest.mark.parametrize("variant", VARIANTS)
def test_json_is_as_its_schema_says(variant):
    document = json.loads(render(variant()))
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert document["exit_code"] == variant().exit_code


def test_the_schema_refuses_what_is_not_in_it():
    document = json.loads(render(results.admitted()))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "more": 1}, SCHEMA)


def test_a_violation_has_its_place_its_holder_and_its_numbers():
    first, second = json.loads(render(results.blocked()))["violations"]
    assert (first["path"], first["holder"]) == (["node_pools", "serve-l4"], "serve-l4")
    assert {name: first["excess"][name] for name in ("demand", "limit", "unit")} == {
        "demand": 28, "limit": 24, "unit": "GPU",
    }  # fmt: skip
    assert (second["path"], second["holder"], second["excess"]) == (None, None, None)


def test_what_is_not_known_comes_first_of_the_notes():
    assert json.loads(render(results.blocked(unread=("u",))))["notes"] == ["u", "warning: something"]
