"""Machine types for programs."""

from __future__ import annotations

import json

from weighbridge.catalog.selection import entries
from weighbridge.render.catalog.json import render


def test_one_object_for_each_machine_type_with_lists_for_what_is_several():
    first, *_ = json.loads(render(entries("g2", None)))
    assert (first["machine_type"], first["vcpus"], first["accelerators"]) == ("g2-standard-4", 4, "1 x NVIDIA L4")
    assert isinstance(first["draws"], list)
    assert json.loads(render(())) == []
