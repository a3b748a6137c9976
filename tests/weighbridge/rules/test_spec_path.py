"""Where in a spec something stands that resources know by a name."""

from __future__ import annotations

import pytest

from tests.support.paths import ROOT
from tests.support.specs import CATALOG
from weighbridge.rules.spec_path import path_of
from weighbridge.stacks.load import read_spec

SPEC = read_spec(ROOT / "stacks" / "prod.yaml", CATALOG)


@pytest.mark.parametrize(
    ("names", "path"),
    [
        (("serve-l4",), ("node_pools", "serve-l4")),
        (("train-tpu-s0",), ("node_pools", "train-tpu")),
        (("ranker",), ("endpoints", "ranker")),
        (("ranker-v8",), ("endpoints", "ranker", "versions", "v8")),
        (("ranker-v7-epp",), ("endpoints", "ranker", "versions", "v7")),
        (("nobody", None, "click-features"), ("pipelines", "click-features")),
        (("ranker", "serve-l4"), ("endpoints", "ranker")),
        (("ranker-v9",), None),
        ((), None),
    ],
)
def test_the_first_name_that_the_spec_knows(names, path):
    assert path_of(SPEC, *names) == path
