"""The line of a spec that a key path stands for."""

from __future__ import annotations

import pytest

from tests.support.paths import ROOT
from weighbridge.preview.locate import Locator

FILE = ROOT / "stacks" / "prod.yaml"
LINES = FILE.read_text().splitlines()


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("node_pools", "serve-l4"), "  serve-l4:"),
        (("endpoints", "ranker", "versions", "v8"), "      v8:"),
        (("endpoints", "ranker", "versions", "v9", "image"), "    versions:"),
        (("nothing", "of", "it"), "version: 1"),
        ((), "version: 1"),
        (None, "version: 1"),
    ],
)
def test_a_path_stands_where_its_nearest_key_does(path, line):
    location = Locator(FILE, ROOT).of(path)
    assert location.file == "stacks/prod.yaml"
    assert LINES[location.line - 1].startswith(line)


def test_a_file_outside_the_project_is_named_in_full(tmp_path):
    file = tmp_path / "dev.yaml"
    file.write_text("version: 1\n")
    assert Locator(file, ROOT).file == file.as_posix()
