"""Objects that are written down whole."""

from __future__ import annotations

from components.written import content
from weighbridge.serving.objects import KubernetesObject


def test_a_part_of_an_object():
    written = KubernetesObject("v1", "ConfigMap", "serving", "x", {"data": {"a": "b"}})
    assert content(written, "data") == {"a": "b"}
