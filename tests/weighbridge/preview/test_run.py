"""What becomes of a pack's answer: its violations with their lines, and a verdict that the ledger must agree with."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.claim_books import book, claim
from tests.support.graphs import NODE_POOL, cluster, node_pool, resource
from tests.support.paths import ROOT
from weighbridge.claims.book_text import book_text
from weighbridge.host import Diagnostic, HostError, Outcome, PolicyInfo
from weighbridge.preview import run
from weighbridge.preview.result import NotJudged, PreviewVerdict
from weighbridge.resources.graph import Graph, Options, Resource
from weighbridge.resources.held_resource import HeldResource
from weighbridge.rules.violation import Excess, Violation

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
SHARED_QUOTA = PolicyInfo("shared-quota", "D.", "mandatory", "stack", "R.", "https://weighbridge.dev/x")


def graph(*resources: HeldResource) -> Graph:
    return Graph("weighbridge", "dev", tuple(_registered(resource) for resource in resources))


def _registered(resource: HeldResource) -> Resource:
    return Resource(resource.urn, resource.type, resource.name, custom=True, inputs=resource.inputs)


def pool(most: float, name: str = "serve-l4") -> HeldResource:
    return node_pool(
        name,
        nodeConfig={
            "machineType": "g2-standard-4",
            "diskSizeGb": 100.0,
            "diskType": "pd-balanced",
            "guestAccelerators": [{"type": "nvidia-l4", "count": 1.0}],
        },
        autoscaling={"totalMinNodeCount": 0.0, "totalMaxNodeCount": most},
        upgradeSettings={"maxSurge": 0.0, "maxUnavailable": 1.0},
    )


FITS, TOO_MANY = graph(cluster(), pool(2)), graph(cluster(), pool(500))


@pytest.fixture
def preview(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The preview of dev, with an answer of program and pack given."""
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path / "Pulumi.yaml")

    def preview(outcome: Outcome, against: Path | None = None):
        monkeypatch.setattr(run, "run_host", lambda *_: outcome)
        return run.run_preview(run.Request("dev", tmp_path, against), NOW)

    return preview


def diagnostic(message: str = "m", urn: str = "", attachment: str = "", level: str = "mandatory") -> Diagnostic:
    return Diagnostic("shared-quota", "weighbridge", level, message, "D.", urn, "", attachment)  # type: ignore[arg-type] # a literal of the test


def line(text: str) -> int:
    lines = (ROOT / "stacks" / "dev.yaml").read_text().splitlines()
    return next(number for number, one in enumerate(lines, start=1) if one.startswith(text))


def test_what_fits_and_is_not_refused_is_admitted(preview):
    result = preview(Outcome(FITS, (), (SHARED_QUOTA,)))
    assert (result.verdict, result.failure) == (PreviewVerdict.ADMITTED, None)
    assert [rule.help_uri for rule in result.rules] == ["https://weighbridge.dev/x"]


@pytest.mark.parametrize("diagnostics", [(), (diagnostic(level="advisory"),), (diagnostic(level="disabled"),)])
def test_a_pack_that_admits_what_the_ledger_does_not_admits_nothing(preview, diagnostics):
    result = preview(Outcome(TOO_MANY, diagnostics, (SHARED_QUOTA,)))
    assert (result.verdict, result.exit_code) == (PreviewVerdict.COULD_NOT_JUDGE, 3)
    assert result.failure.reason == "the policy pack admitted what the ledger does not"
    assert result.failure.detail.startswith("serve-l4: ")
    assert "ask for " in result.failure.detail


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


def test_a_program_that_cannot_run_is_not_judged(tmp_path, preview, monkeypatch):
    def fail(*_: object) -> Outcome:
        raise HostError("the program ended", "\n".join(map(str, range(100))))

    preview(Outcome(FITS))
    monkeypatch.setattr(run, "run_host", fail)
    result = run.run_preview(run.Request("dev", tmp_path), NOW)
    assert (result.verdict, result.failure.reason) == (PreviewVerdict.COULD_NOT_JUDGE, "the program ended")
    assert result.failure.detail.splitlines()[0] == "40"


def test_sources_come_before_what_uses_them_however_they_were_registered():
    first = Resource("urn:b", NODE_POOL, "b", custom=True)
    second = Resource("urn:a", NODE_POOL, "a", custom=True, dependencies=("urn:b",))
    ordered = run._ordered(Graph("weighbridge", "dev", (second, first)))
    assert [resource.name for resource in ordered.resources] == ["b", "a"]


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


def exported(folder: Path, *resources: HeldResource) -> Path:
    listed = [{"urn": one.urn, "type": one.type, "custom": True, "inputs": dict(one.inputs)} for one in resources]
    file = folder / "state.json"
    file.write_text(json.dumps({"version": 3, "deployment": {"resources": listed}}), encoding="utf-8")
    return file


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


def test_the_host_is_given_what_exists(preview, tmp_path, monkeypatch):
    given: list[object] = []

    def host(*arguments: object) -> Outcome:
        given.append(arguments[-1])
        return Outcome(FITS)

    preview(Outcome(FITS))
    monkeypatch.setattr(run, "run_host", host)
    file = exported(tmp_path, pool(4, "old"))
    run.run_preview(run.Request("dev", tmp_path, file), NOW)
    run.run_preview(run.Request("dev", tmp_path), NOW)
    assert given == [{pool(4, "old").urn: pool(4, "old").inputs}, None]


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
