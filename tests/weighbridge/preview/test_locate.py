"""Where in a spec a report points for what a policy names."""

from __future__ import annotations

import pytest

from tests.support.paths import ROOT
from weighbridge.preview.locate import Locator

FILE = ROOT / "stacks" / "prod.yaml"
LINES = FILE.read_text().splitlines()


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (("serve-l4",), "  serve-l4:"),
        (("train-tpu-s0",), "  train-tpu:"),
        (("ranker",), "  ranker:"),
        (("ranker-v8",), "      v8:"),
        (("ranker-v7-epp",), "      v7:"),
        (("nobody", "click-features"), "  click-features:"),
        (("ranker-v9",), "version: 1"),
    ],
)
def test_place(names, line):
    found = Locator(FILE, ROOT).of(*names)
    assert found.file == "stacks/prod.yaml"
    assert LINES[found.line - 1].startswith(line)
