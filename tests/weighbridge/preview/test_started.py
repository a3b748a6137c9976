"""What is known before the program runs, and said of what could not be read."""

from __future__ import annotations

import json

import pytest

from tests.support.graphs import NODE_POOL, urn
from tests.support.judged_previews import FITS, SHARED_QUOTA, TOO_MANY, diagnostic
from weighbridge.host import Outcome
from weighbridge.preview.result import NotJudged, PreviewVerdict

UNREAD = "Pulumi.dev.yaml imports ml/dev, ml/base of Pulumi ESC, which can't be read offline"


@pytest.fixture
def with_environment(preview, tmp_path):
    (tmp_path / "stacks" / "Pulumi.dev.yaml").write_text("environment: [ml/dev, ml/base]\n", encoding="utf-8")
    return preview


def test_a_stack_whose_environment_cannot_be_read_is_not_admitted(with_environment):
    result = with_environment(Outcome(FITS, (), (SHARED_QUOTA,)))
    assert (result.verdict, result.exit_code, result.unread) == (PreviewVerdict.COULD_NOT_JUDGE, 3, (UNREAD,))
    assert result.failure == NotJudged(
        UNREAD,
        "What they set may change what the program makes, and it ran without.\n"
        "Judge the stack where they can be opened:\n"
        "    pulumi preview -s dev --policy-pack policies\n"
        "Or write the settings under config, and take environment out.",
    )


def test_what_is_blocked_without_its_environment_is_blocked_and_says_so_too(with_environment):
    result = with_environment(Outcome(TOO_MANY, (diagnostic(),), (SHARED_QUOTA,)))
    assert (result.verdict, result.unread, result.notes) == (PreviewVerdict.BLOCKED, (UNREAD,), ())


def test_a_wrong_spec_of_another_stack_is_counted_by_its_pools_and_noted(preview, tmp_path):
    file = tmp_path / "stacks" / "staging.yaml"
    before = preview(Outcome(FITS, (), (SHARED_QUOTA,)))
    file.write_text(file.read_text().replace("    stable: v8", "    stabel: v8"))
    result = preview(Outcome(FITS, (), (SHARED_QUOTA,)))
    assert (result.verdict, result.quota) == (PreviewVerdict.ADMITTED, before.quota)
    assert [note.partition(": unknown key")[0] for note in result.unread] == [
        (
            "staging counts as what its node pools and cluster draw at most, until its spec is mended: "
            "stacks/staging.yaml:26:5: endpoints.ranker.stabel"
        )
    ]


def test_what_an_interrupted_update_left_open_is_said_with_the_command_that_finds_out(preview, tmp_path):
    begun = [
        {"type": doing, "resource": {"urn": urn(NODE_POOL, name), "type": NODE_POOL, "custom": True}}
        for doing, name in (("creating", "a"), ("updating", "b"), ("deleting", "c"), ("reading", "d"))
    ]
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"version": 3, "deployment": {"pending_operations": begun}}), encoding="utf-8")
    assert preview(Outcome(FITS, (), (SHARED_QUOTA,)), against=state).unread == tuple(
        f"an earlier update was interrupted while {doing}, so that counts as done and as not done; "
        "`pulumi refresh --stack dev` finds out"
        for doing in ("creating a", "updating b")
    )
