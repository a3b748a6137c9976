"""Where rollouts stand and what is watched, as a reviewer asks."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.support.paths import STACKS
from weighbridge.catalog import load as load_catalog
from weighbridge.preview.review import coverage_of, rollouts_of
from weighbridge.stacks.load import parse_quota, parse_spec

TEXT = (STACKS / "prod.yaml").read_text()
QUOTA = parse_quota((STACKS / "quota.yaml").read_text(), STACKS / "quota.yaml")
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def view(text=TEXT, now=NOW):
    (found,) = rollouts_of(parse_spec(text, STACKS / "prod.yaml"), QUOTA, now)
    return found


def test_each_step_has_its_place_and_who_approved_it():
    found = view()
    assert (found.endpoint, found.weights, found.candidate) == (
        "ranker", (("v7", Decimal(90)), ("v8", Decimal(10))), "v8",
    )  # fmt: skip
    assert [(step.weight, step.place, step.approved_by) for step in found.steps] == [
        (Decimal(1), "done", ("lead-ranking@example.com",)),
        (Decimal(10), "now", ("sre-oncall@example.com",)),
        (Decimal(50), "next", ()),
        (Decimal(100), "later", ()),
    ]
    assert found.then == "next 50%, which waits for an approval"


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (
            datetime(2026, 11, 18, 12, tzinfo=UTC),
            "next 50%, which waits until 2026-11-19 10:30 UTC (bakes for 1d) and for an approval",
        ),
        (NOW, "next 50%, which waits for an approval"),
    ],
)
def test_what_is_next_says_what_it_waits_for(now, then):
    assert view(now=now).then == then


def test_every_cell_has_what_watches_it_or_why_nothing_does():
    spec = parse_spec((STACKS / "dev.yaml").read_text(), STACKS / "dev.yaml")
    cells = {(cell.subject, cell.name): cell for cell in coverage_of(spec, load_catalog(), NOW)}
    assert (cells["ranker", "latency"].state, cells["ranker", "latency"].why) == ("blind", "promise something in `slo`")
    assert (cells["ranker", "outage"].state, bool(cells["ranker", "outage"].signals)) == ("watched", True)


def test_what_blocks_a_step_is_said():
    unknown = TEXT.replace("by: sre-oncall@example.com", "by: nobody@example.org", 1)
    assert unknown != TEXT
    found = view(unknown)
    assert found.blocks
    assert found.then == "next 50%, which waits for what blocks it and for an approval"
    assert view().blocks == ()
