"""Claims for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from weighbridge.claims.book import Book, StackClaim
from weighbridge.rules.claim_reservation import ClaimAnswer
from weighbridge.units import format_timestamp

SCHEMA_VERSION = "1.0"


def render_book(book: Book, store: str) -> str:
    """``schema_version`` 1.0: what is held and what waits; amounts in the unit of the limit; times in UTC, or null."""
    content = {
        "schema_version": SCHEMA_VERSION,
        "store": store,
        "project": book.project,
        "held": [_claim(claim) for claim in book.held],
        "waiting": [_claim(claim) for claim in book.waiting],
    }
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def render_line(answers: Sequence[ClaimAnswer]) -> str:
    """Who waits, in order; `may_go` where nothing keeps the claim."""
    waiting = [
        {**_claim(answer.claim), "may_go": not answer.messages, "messages": list(answer.messages)} for answer in answers
    ]
    content = {"schema_version": SCHEMA_VERSION, "waiting": waiting}
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _claim(claim: StackClaim) -> dict[str, object]:
    return {
        "stack": claim.stack,
        "holder": claim.holder,
        "owner": claim.owner,
        "until": None if claim.until is None else format_timestamp(claim.until),
        "amounts": [
            {
                "quota": key.quota_id,
                "project": key.project,
                "region": key.region,
                "dimensions": dict(key.dimensions),
                "amount": amount,
            }
            for key, amount in sorted(claim.amounts.items())
        ],
    }
