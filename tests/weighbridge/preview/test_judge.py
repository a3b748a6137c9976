"""What becomes of a pack's answer: a verdict that the ledger, the state and the claims must agree with."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from tests.support.claim_books import book, claim
from tests.support.graphs import cluster, resource
from tests.support.judged_previews import FITS, SHARED_QUOTA, TOO_MANY, diagnostic, exported, graph, line, pool
from weighbridge.claims.book_text import book_text
from weighbridge.host import LogLine, Outcome
from weighbridge.preview.result import PreviewVerdict
from weighbridge.resources.graph import Graph, Options


def test_what_fits_and_is_not_refused_is_admitted(preview):
    result = preview(Outcome(FITS, (), (SHARED_QUOTA,)))
    assert (result.verdict, result.failure) == (PreviewVerdict.ADMITTED, None)
    assert [rule.help_uri for rule in result.rules] == ["https://weighbridge.dev/x"]


def test_a_limit_is_drawn_on_or_counted_among_the_others(preview):
    bare, more = (preview(Outcome(found, (), (SHARED_QUOTA,))) for found in (graph(cluster()), FITS))
    assert len(bare.quota) < len(more.quota)
    assert bare.quota_untouched + len(bare.quota) == more.quota_untouched + len(more.quota)


def test_what_a_program_logs_is_shown_but_for_what_it_looks_for_faults_with(preview):
    log = LogLine("warning", " deprecated\n"), LogLine("debug", "registering"), LogLine("info", "hello")
    assert preview(Outcome(FITS, (), (SHARED_QUOTA,), log=log)).notes == ("warning: deprecated", "info: hello")


@pytest.mark.parametrize("diagnostics", [(), (diagnostic(level="advisory"),), (diagnostic(level="disabled"),)])
def test_a_pack_that_admits_what_the_ledger_does_not_admits_nothing(preview, diagnostics):
    result = preview(Outcome(TOO_MANY, diagnostics, (SHARED_QUOTA,)))
    assert (result.verdict, result.exit_code) == (PreviewVerdict.COULD_NOT_JUDGE, 3)
    assert result.failure.reason == "the policy pack admitted what the ledger does not"
    assert result.failure.detail.startswith("serve-l4: ")
    assert "ask for " in result.failure.detail


def test_a_pack_of_somebody_else_that_knows_no_quota_admits_nothing_that_the_ledger_refuses(preview):
    theirs = (replace(SHARED_QUOTA, name="their-own"),)
    result = preview(Outcome(TOO_MANY, (), theirs))
    assert (result.verdict, result.guarded, result.failure) == (PreviewVerdict.BLOCKED, False, None)
    assert {violation.policy for violation in result.blocking} == {"shared-quota"}
    first = result.blocking[0]
    assert first.message.startswith("serve-l4: 500 NVIDIA L4 at peak")
    assert (first.resource, first.holder, first.location.line) == ("serve-l4", "serve-l4", line("  serve-l4:"))
    fits = preview(Outcome(FITS, (diagnostic(level="advisory"),), theirs))
    assert (fits.verdict, fits.guarded, len(fits.violations)) == (PreviewVerdict.ADMITTED, False, 1)


def test_what_the_ledger_exempts_the_pack_may_admit(preview, tmp_path):
    """A doubt, not a draw beyond the spec: that is declared under `beyond_spec`, where the other stacks count it."""
    dataproc = resource("gcp:dataproc/cluster:Cluster", "features", {"region": "us-central1"})
    quota = tmp_path / "stacks" / "quota.yaml"
    beyond = f"""exemptions:
  - {{rule: shared-quota, urn: "{dataproc.urn}", reason: a test, owner: a@example.com, approver: b@example.com,
      until: 2026-12-01}}
"""
    quota.write_text(quota.read_text(encoding="utf-8") + beyond, encoding="utf-8")
    result = preview(Outcome(graph(cluster(), pool(1), dataproc), (), (replace(SHARED_QUOTA, name="their-own"),)))
    assert result.verdict is PreviewVerdict.ADMITTED
    assert all(violation.message.startswith("Exempt until 2026-12-01, by b@example.com") for violation in result.advice)
    assert result.advice


def test_a_renamed_pool_counts_twice_beside_the_state_though_the_pack_admits_it(preview, tmp_path):
    """The share of dev is a quarter of 24 L4; its spec has two."""
    before = exported(tmp_path, cluster(), pool(5, "old"))
    result = preview(Outcome(FITS, (), (SHARED_QUOTA,)), before)
    (found,) = result.blocking
    assert (found.policy, found.resource, found.holder) == ("shared-quota", "serve-l4", "serve-l4")
    assert found.message.startswith("While the update runs, dev may hold 7 NVIDIA L4 (5 before it)")
    assert found.location.line == line("  serve-l4:")
    shown = {quota.row.display: (quota.before.peak, quota.during, quota.peak) for quota in result.quota}
    assert shown["NVIDIA L4"] == (5, 7, 2)
    assert preview(Outcome(FITS, (), (SHARED_QUOTA,)), exported(tmp_path, cluster(), pool(4, "old"))).blocking == ()


L4 = "NVIDIA-L4-GPUS-per-project-region"
IDLE = f"stacks/quota.yaml: the exemption of {L4} in us-central1 from shared-quota exempts nothing"
UNSEEN = (
    f"{IDLE} that can be seen without the stack's state, so remove it unless `weighbridge preview dev --against "
    "STATE.json` needs it. a@example.com answers for it."
)


@pytest.mark.parametrize("name", ["shared-quota", "their-own"])
def test_an_exemption_that_only_the_update_needs_is_not_told_to_be_idle(preview, tmp_path, name):
    """A pack sees no update, so it can't but say that."""
    quota = tmp_path / "stacks" / "quota.yaml"
    l4 = f"quota: {L4}, region: us-central1, stack: dev"
    who = "reason: a test, owner: a@example.com, approver: b@example.com, until: 2026-12-01"
    quota.write_text(f"{quota.read_text()}exemptions:\n  - {{rule: shared-quota, {l4}, {who}}}\n")
    reported = (diagnostic(UNSEEN, level="advisory"),) if name == "shared-quota" else ()
    outcome = Outcome(FITS, reported, (replace(SHARED_QUOTA, name=name),))
    needed = preview(outcome, exported(tmp_path, cluster(), pool(5, "old")))
    (found,) = needed.violations
    assert (needed.verdict, found.level) == (PreviewVerdict.ADMITTED, "advisory")
    assert found.message.startswith(
        "Exempt until 2026-12-01, by b@example.com for a@example.com (a test): While the update runs, dev may hold 7"
    )
    idle = preview(outcome, exported(tmp_path, cluster(), pool(2)))
    assert [one.message for one in idle.violations] == [f"{IDLE}, so remove it. a@example.com answers for it."]
    assert [one.message for one in preview(outcome).violations] == [UNSEEN]


def test_an_ignored_input_that_decides_on_quota_blocks_without_a_state(preview, tmp_path):
    kept = replace(FITS.resources[1], options=Options(ignore_changes=("autoscaling",)))
    outcome = Outcome(Graph("weighbridge", "dev", (FITS.resources[0], kept)), (), (SHARED_QUOTA,))
    (found,) = preview(outcome).blocking
    assert found.message.startswith("serve-l4: ignoreChanges has autoscaling, so what exists keeps the value")
    assert preview(outcome, exported(tmp_path, cluster(), pool(2))).blocking == ()


def test_an_option_that_no_pack_is_told_blocks_and_does_not_make_the_pack_wrong(preview):
    kept = replace(FITS.resources[1], options=Options(retain_on_delete=True))
    result = preview(Outcome(Graph("weighbridge", "dev", (FITS.resources[0], kept)), (), (SHARED_QUOTA,)))
    assert (result.verdict, result.failure) == (PreviewVerdict.BLOCKED, None)
    (found,) = result.blocking
    assert found.message.startswith("serve-l4: retainOnDelete leaves it in the cloud")


@pytest.fixture
def hold(tmp_path):
    """Claims in a folder of the project; what is claimed of L4 beyond the specs."""
    (tmp_path / "held").mkdir()

    def hold(*claims):
        quota = tmp_path / "stacks" / "quota.yaml"
        quota.write_text(quota.read_text(encoding="utf-8") + "claims: {store: held}\n", encoding="utf-8")
        (tmp_path / "held" / "example-ml.claims").write_bytes(book_text(book(*claims)))

    return hold


def test_what_a_pull_request_claims_counts_and_the_preview_writes_nothing(preview, hold, tmp_path):
    hold(claim("prod", "pr-9", 15), claim("dev", "pr-1", 2))

    def files():
        return {file: (file.stat().st_mtime_ns, file.read_bytes()) for file in (tmp_path / "held").iterdir()}

    before = files()
    result = preview(Outcome(FITS, (), (SHARED_QUOTA,)))
    assert result.verdict is PreviewVerdict.ADMITTED
    (l4,) = (line.row for line in result.quota if line.row.display == "NVIDIA L4")
    assert (l4.demand, [(use.stack, use.holder, use.amount) for use in l4.claimed]) == (24, [("prod", "pr-9", 8)])
    assert files() == before


def test_what_goes_over_with_the_claims_of_others_is_blocked_with_their_names(preview, hold):
    hold(claim("prod", "pr-9", 16), claim("old", "deployed", 1))
    result = preview(Outcome(FITS, (), (replace(SHARED_QUOTA, name="their-own"),)))
    assert result.verdict is PreviewVerdict.BLOCKED
    (message,) = [violation.message for violation in result.blocking if "NVIDIA L4" in violation.message]
    assert message == (
        "serve-l4: 2 NVIDIA L4 at peak; other stacks 9 (prod 7, staging 2); outside 2 (search team notebooks); claimed "
        "10 (prod by pr-9 until 2026-12-02 9, old as it is deployed 1); kept free 3 → 26 of 24 in us-central1. "
        "autoscaling.totalMaxNodeCount cannot be lowered far enough: ask for 2 more."
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"x", "held/example-ml.claims is no file of claims. It may have been edited by hand."),
        (
            b"weighbridge-claims 2 " + b"0" * 64 + b"\n{}",
            "is of version 2, and this Weighbridge reads up to version 1.",
        ),
    ],
)
def test_a_store_that_cannot_be_told_admits_nothing(preview, hold, tmp_path, content, why):
    hold()
    (tmp_path / "held" / "example-ml.claims").write_bytes(content)
    result = preview(Outcome(FITS, (), (replace(SHARED_QUOTA, name="their-own"),)))
    assert result.verdict is PreviewVerdict.BLOCKED
    assert result.blocking[0].message.startswith(
        "stacks/quota.yaml: the claims can't be read, so nothing is admitted: "
    )
    assert why in result.blocking[0].message
    shutil.rmtree(tmp_path / "held")
    result = preview(Outcome(FITS, (), (replace(SHARED_QUOTA, name="their-own"),)))
    assert "Make it once, where all runners see it." in result.blocking[0].message
