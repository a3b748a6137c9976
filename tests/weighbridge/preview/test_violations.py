"""The violations that a pack reports stand at lines of the spec."""

from __future__ import annotations

import pytest

from tests.support.judged_previews import FITS, SHARED_QUOTA, diagnostic, line, pool
from weighbridge.host import Outcome
from weighbridge.preview.result import PreviewVerdict
from weighbridge.rules.violation import Excess, Violation


def test_a_violation_stands_where_its_key_path_does_whatever_its_words(preview):
    excess = Excess(28, 24, "GPU")
    violation = Violation(
        "shared-quota", "system: ranker, m", path=("node_pools", "serve-l4", "nodes"), holder="x", excess=excess
    )
    (found,) = preview(Outcome(FITS, (diagnostic(violation.message, attachment=violation.to_json()),))).violations
    assert (found.location.file, found.location.line) == ("stacks/dev.yaml", line("    nodes: {min: 0, max: 2}"))
    assert (found.path, found.holder, found.excess) == (violation.path, "x", excess)


def test_a_violation_without_a_place_stands_on_the_first_line_though_it_names_a_pool(preview):
    violation = Violation("shared-quota", "serve-l4: m")
    (found,) = preview(Outcome(FITS, (diagnostic(violation.message, attachment=violation.to_json()),))).violations
    assert found.location.line == 1


@pytest.mark.parametrize("attachment", ["", "[secret]", '{"rule": 1}'])
def test_what_another_pack_says_stands_where_its_resource_does(preview, attachment):
    (found,) = preview(Outcome(FITS, (diagnostic("m", pool(2).urn, attachment),))).violations
    assert (found.resource, found.location.line) == ("serve-l4", line("  serve-l4:"))
    assert (found.path, found.holder, found.excess) == (("node_pools", "serve-l4"), None, None)


def test_what_blocks_comes_before_advice(preview):
    answers = (
        diagnostic("advice", level="advisory"),
        diagnostic("off", level="disabled"),
        diagnostic("blocks"),
        diagnostic("r", level="remediate"),
    )
    result = preview(Outcome(FITS, answers, (SHARED_QUOTA,)))
    assert [(found.message, found.level) for found in result.violations] == [
        ("blocks", "mandatory"), ("r", "mandatory"), ("advice", "advisory"),
    ]  # fmt: skip
    assert result.verdict is PreviewVerdict.BLOCKED
