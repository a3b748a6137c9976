"""What is claimed stands in every report: among the others in the numbers, and by name."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import jsonschema
import pytest

from tests.support.results import admitted, row
from tests.weighbridge.render.preview.test_formats import SCHEMA
from weighbridge.preview.result import Base, Effect, PreviewVerdict, QuotaLine, ShortLimit
from weighbridge.quota.ledger import ClaimedUse, LimitState
from weighbridge.render.preview import html, markdown, text
from weighbridge.render.preview import json as as_json

UNTIL = datetime(2026, 12, 2, 11, tzinfo=UTC)
CLAIMED = (ClaimedUse("staging", "pr-7", 5, UNTIL), ClaimedUse("old", "deployed", 2, None))
EFFECTS = (
    Effect("prod", "", (ShortLimit("NVIDIA L4", "us-central1", 50, 48), ShortLimit("GPUs", "global", 9, 8))),
    Effect("staging", "pr-7", (ShortLimit("NVIDIA L4", "us-central1", 55, 48),)),
)


@pytest.fixture
def result():
    line = QuotaLine(row(limit=48, state=LimitState.FITS, claimed=CLAIMED), 2, 14)
    base = Base("main (abc)", PreviewVerdict.ADMITTED, effects=EFFECTS)
    return replace(admitted(), quota=(line,), base=base, compared=True)


def test_for_a_terminal(result):
    shown = text.render(result)
    assert ["NVIDIA", "L4", "14", "14", "0", "3", "31", "48"] in [line.split()[:8] for line in shown.splitlines()]
    assert (
        "  claimed, among the others: NVIDIA L4: staging by pr-7 until 2026-12-02 5, old\n    as it is deployed 2\n"
    ) in shown
    assert "others prod would no longer fit: NVIDIA L4 50 of 48 in us-central1; GPUs 9 of 8" in " ".join(shown.split())
    assert max(map(len, shown.splitlines())) <= 80


def test_for_a_comment(result):
    shown = markdown.render(result)
    assert "| NVIDIA L4 | 14 | 14 | 0 | 3 | 31 | 48 | 17 |" in shown
    assert "- claimed, among the others: NVIDIA L4: staging by pr-7 until 2026-12-02 5, old as it is deplo" in shown
    assert "- others: pr-7 with its claim for staging would no longer fit: NVIDIA L4 55 of 48 in us-central1" in shown


def test_for_a_page(result):
    shown = html.render(result)
    assert "staging by pr-7 until 2026-12-02 5 (claimed)" in shown
    assert "prod would no longer fit: NVIDIA L4 50 of 48 in us-central1; GPUs 9 of 8" in shown


def test_for_programs(result):
    content = json.loads(as_json.render(result))
    jsonschema.validate(content, SCHEMA)
    assert content["quota"][0]["claimed"] == [
        {"stack": "staging", "holder": "pr-7", "amount": 5, "until": "2026-12-02T11:00:00Z"},
        {"stack": "old", "holder": "deployed", "amount": 2, "until": None},
    ]
    assert content["base"]["effects"][1] == {
        "stack": "staging",
        "holder": "pr-7",
        "short": [{"display": "NVIDIA L4", "region": "us-central1", "demand": 55, "limit": 48}],
    }
    assert content["base"]["effects"][0]["holder"] is None
