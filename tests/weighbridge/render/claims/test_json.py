"""Claims for programs."""

import json

from tests.support.claim_books import book, claim
from weighbridge.claims.book import DEPLOYED
from weighbridge.render.claims.json import render_book, render_line
from weighbridge.rules.claim_reservation import ClaimAnswer

AMOUNT = {
    "quota": "NVIDIA-L4-GPUS-per-project-region", "project": "example-ml", "region": "us-central1", "dimensions": {},
    "amount": 7,
}  # fmt: skip
MINE = {
    "stack": "prod", "holder": "pr-1", "owner": "prod@example.com", "until": "2026-12-02T11:06:40Z",
    "amounts": [AMOUNT],
}  # fmt: skip


def test_a_book():
    found = json.loads(render_book(book(claim("prod", DEPLOYED, 7), waiting=(claim("prod", "pr-1", 7),)), "gs://b/x"))
    assert found == {
        "schema_version": "1.0", "store": "gs://b/x", "project": "example-ml", "waiting": [MINE],
        "held": [{**MINE, "holder": "deployed", "until": None}],
    }  # fmt: skip


def test_the_line():
    answers = (ClaimAnswer(claim("prod", "pr-1", 7)), ClaimAnswer(claim("prod", "pr-1", 7), ("too much.",)))
    first, second = json.loads(render_line(answers))["waiting"]
    assert first == {**MINE, "may_go": True, "messages": []}
    assert second == {**MINE, "may_go": False, "messages": ["too much."]}
