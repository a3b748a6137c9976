"""Resources as JSON: sorted, whole, and without secrets."""

from __future__ import annotations

import json

from weighbridge.render.resources.json import render
from weighbridge.resources.graph import Options, Resource
from weighbridge.resources.values import Secret, Unknown, Value


def test_every_resource_with_its_inputs():
    inputs: dict[str, Value] = {"b": Secret("canary"), "a": [Unknown(), 2.0, 0.5, True]}
    text = render([Resource("u", "t:i:T", "n", custom=True, inputs=inputs, options=Options(ignore_changes=("x",)))])
    assert "canary" not in text
    assert json.loads(text) == {
        "schema_version": "1.0",
        "resources": [
            {
                "urn": "u", "type": "t:i:T", "name": "n", "parent": None, "read": False, "protect": False,
                "ignore_changes": ["x"], "retain_on_delete": False,
                "inputs": {"a": [{"unknown": True}, 2, 0.5, True], "b": {"secret": True}},
            }
        ],
    }  # fmt: skip
    assert text.index('"a"') < text.index('"b"')
