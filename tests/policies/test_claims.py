"""What is claimed counts in `pulumi up` too, with a preview and without one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.claim_books import PROJECT, SINCE, UNTIL
from tests.support.graphs import cluster, node_pool
from tests.support.policy_pack import RunningPack
from weighbridge.claims.book import Book, StackClaim
from weighbridge.claims.book_text import book_text
from weighbridge.quota.arithmetic import QuotaKey

A100 = QuotaKey(PROJECT, "us-central1", "NVIDIA-A100-GPUS-per-project-region")
POOL = node_pool(autoscaling={"totalMaxNodeCount": 5.0})


@pytest.fixture
def hold(stacks: Path) -> Callable[[int], None]:
    """Makes a pull request claim so many A100 for prod, of which its spec has four."""
    quota = stacks / "quota.yaml"
    quota.write_text(f"{quota.read_text()}claims: {{store: held}}\n")
    (stacks.parent / "held").mkdir()

    def hold(amount: int) -> None:
        claim = StackClaim.of("prod", "pr-9", "ml@example.com", {A100: amount}, SINCE, UNTIL)
        (stacks.parent / "held" / f"{PROJECT}.claims").write_bytes(book_text(Book(PROJECT, SINCE, (claim,))))

    return hold


def test_a_stack_that_goes_over_with_the_claims_of_others_is_blocked(start: Callable[..., RunningPack], hold):
    pack = start()
    hold(4)
    assert pack.preview(cluster(), POOL) == []
    assert pack.create(cluster(), POOL)[1] == []
    hold(6)
    (message,) = pack.preview(cluster(), POOL)
    assert "other stacks 4 (prod 4); outside 0; claimed 2 (prod by pr-9 until 2026-12-02 2); kept free 0" in message
    created, stopped = pack.create(cluster(), POOL)
    assert (len(created), stopped) == (1, [message])


def test_a_store_that_cannot_be_told_lets_nothing_be_created(start: Callable[..., RunningPack], hold, stacks: Path):
    hold(4)
    (stacks.parent / "held" / f"{PROJECT}.claims").write_text("x")
    pack = start()
    (message,) = pack.preview(cluster(), POOL)
    assert message.startswith("stacks/quota.yaml: the claims can't be read, so nothing is admitted: ")
    created, stopped = pack.create(cluster(), POOL)
    assert (created, stopped) == ([], [message])
