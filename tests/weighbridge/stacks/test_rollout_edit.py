"""Edits of a spec's text: only what is meant changes, in whatever style the file is written."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from difflib import unified_diff

import pytest

from tests.support.releases import OWNER, PRODUCTION
from tests.support.specs import PROD_FILE, prod_text
from weighbridge.files.whole_file import write_whole
from weighbridge.files.yaml_edit import Splice
from weighbridge.rollouts.change import Refused, accept, advance, approve, bind, rollback
from weighbridge.rollouts.fingerprint import fingerprint
from weighbridge.spec.retirement import Retirement
from weighbridge.spec.rollout import Approval, Binding
from weighbridge.stacks.load import parse_spec
from weighbridge.stacks.rollout_edit import not_editable, rewrite, rewrite_retirement

GOOD = prod_text()
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
V8 = fingerprint(PRODUCTION, "ranker", parse_spec(GOOD, PROD_FILE).endpoints["ranker"], "v8")
PACE = "1% 10% 50% 100% every 1d"
SRE = "sre-oncall@example.com"


def of(text: str):
    return parse_spec(text, PROD_FILE).endpoints["ranker"]


def approved(text: str = GOOD, step: str = "50%", by: str = SRE, at: datetime = NOW, reason: str = "as v7"):
    approval = Approval.model_validate({"step": step, "by": by, "at": at, "reason": reason})
    return rewrite(text, PROD_FILE, "ranker", approve("ranker", of(text), approval, PRODUCTION))


def advanced(text: str, now: datetime = NOW) -> str:
    return rewrite(text, PROD_FILE, "ranker", advance("ranker", of(text), PRODUCTION, now))


def rolled_back(text: str, reason: str = "slow", *, remove: bool = False) -> str:
    return rewrite(text, PROD_FILE, "ranker", rollback("ranker", of(text), PRODUCTION, NOW, reason, remove=remove))


def difference(old: str, new: str) -> list[str]:
    return [line for line in unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm="") if line[0] in "+-"][2:]


def test_an_approval_is_one_line_after_the_others():
    assert difference(GOOD, approved(reason="p99: as v7, # all 24 h")) == [
        (
            f"+        - {{step: 50%, by: {SRE}, at: 2026-11-20T12:00:00Z, reason: 'p99: as v7, # all 24 h', "
            f"fingerprint: {V8}, pace: {PACE}}}"
        )
    ]


def test_a_step_changes_the_weight_and_says_when():
    text = approved()

    assert difference(text, advanced(text)) == [
        "-      at: 10%",
        "+      at: 50%",
        "+      reached:",
        "+        - {step: 50%, at: 2026-11-20T12:00:00Z}",
    ]


def test_the_end_makes_the_candidate_stable_and_removes_the_old_version():
    text = at_the_end(GOOD)
    end = advanced(text)

    assert (of(end).stable, list(of(end).versions), of(end).rollout) == ("v8", ["v8"], None)
    gone = difference(text, end)
    assert [line.partition(", reason")[0] for line in gone if line.startswith("+")] == [
        "+        replicas: {min: 2, max: 2}",  # as many as it kept at its last step
        f"+        accepted: {{as: stable, by: {SRE}, at: 2026-11-20T12:00:00Z",
        "+    stable: v8",
    ]
    assert len(gone) == 6 + 2 + 2 + 2 + 10  # v7 and its keys, v8's replicas and record, stable, the rollout
    assert "# the least time between two steps" not in end
    assert "# what the model was trained on" in end


def at_the_end(text: str) -> str:
    """With the last two steps approved and taken; the last has baked."""
    hourly = PACE.replace("1d", "1h")
    for step, at in (("50%", "2026-11-18T20:00:00Z"), ("100%", "2026-11-19T11:00:00Z")):
        line = f"{{step: {step}, by: {SRE}, at: {at}, reason: as v7, fingerprint: {V8}, pace: {PACE}}}"
        text = text.replace("\nmonitoring:", f"        - {line}\n\nmonitoring:", 1)
    return text.replace("      at: 10%", "      at: 100%").replace("bake: 24h", "bake: 1h").replace(PACE, hourly)


def test_a_rollback_takes_all_traffic_and_another_one_the_candidate():
    once = rolled_back(GOOD, "p99 doubled: v8")
    twice = rolled_back(once, remove=True)

    seen = difference(GOOD, once)
    assert seen[0].startswith("-        accepted: {as: candidate, by: lead-ranking@example.com")
    assert seen[1:] == [
        "-      at: 10%",
        "+      at: 0%",
        "+      rolled_back: {at: 2026-11-20T12:00:00Z, weight: 10%, reason: 'p99 doubled: v8'}",
    ]
    assert (of(twice).stable, list(of(twice).versions), of(twice).rollout) == ("v7", ["v7"], None)


FLOW = "rollout: {candidate: v8, steps: [10%, 100%], bake: 1h, at: 10%, approvals: [{step: 10%, by: a@example.com, at: 2026-11-18T10:30:00Z, reason: fine, fingerprint: V8, pace: 10% 100% every 1h}]}"  # noqa: E501


def test_a_rollout_on_one_line_stays_on_one_line():
    start = GOOD.index("    rollout:\n")
    text = GOOD[:start] + f"    {FLOW.replace('V8', V8)}   # mine\n" + GOOD[GOOD.index("\nmonitoring:") :]

    edited = advanced(approved(text, step="100%"))

    assert difference(text, edited)[1] == (
        "+    rollout: {candidate: v8, steps: [10%, 100%], bake: 1h, at: 100%, approvals: [{step: 10%, by: "
        f"a@example.com, at: 2026-11-18T10:30:00Z, reason: fine, fingerprint: {V8}, pace: 10% 100% every 1h}}, "
        "{step: 100%, by: sre-oncall@example.com, at: 2026-11-20T12:00:00Z, reason: as v7, "
        f"fingerprint: {V8}, pace: 10% 100% every 1h}}], "
        "reached: [{step: 100%, at: 2026-11-20T12:00:00Z}]}   # mine"
    )
    assert of(rolled_back(rolled_back(text), remove=True)).rollout is None


def test_windows_line_ends_and_a_missing_last_newline_survive():
    text = GOOD.rstrip("\n")

    assert not approved(text).endswith("\n")
    windows = GOOD.replace("\n", "\r\n")
    assert advanced(approved(windows)) == advanced(approved()).replace("\n", "\r\n")
    back = rolled_back(rolled_back(GOOD), remove=True)
    assert rolled_back(rolled_back(windows), remove=True) == back.replace("\n", "\r\n")


def test_a_step_of_a_small_fraction_is_written_exactly():
    text = GOOD.replace("steps: [1%, 10%,", "steps: [1%, 10%, 10.0125%,").replace(
        PACE, PACE.replace("50%", "10.0125% 50%")
    )

    assert "+      at: 10.0125%" in difference(text, advanced(approved(text, step="10.0125%")))


APPROVALS = GOOD[GOOD.index("        - {step: 1%") : GOOD.index("\nmonitoring:")]
ENDPOINTS, MONITORING = GOOD.index("endpoints:\n"), GOOD.index("monitoring:\n")
BLOCK_REASON = """        - step: 1%
          by: lead-ranking@example.com
          at: 2026-11-17T09:00:00Z
          fingerprint: V8
          pace: PACE
          reason: |
            offline metrics up 1.2%

            and the canary's own
        - step: 10%
          by: sre-oncall@example.com
          fingerprint: V8
          pace: PACE
          at: 2026-11-18T10:30:00Z
          reason: >STYLE
            error ratio and p99
            equal to v7

"""
FLOW_APPROVALS = """        [
          {step: 1%, by: lead-ranking@example.com, at: 2026-11-17T09:00:00Z, fingerprint: V8, pace: PACE,
           reason: "a, b"},  # first
          {step: 10%, by: sre-oncall@example.com, at: 2026-11-18T10:30:00Z, fingerprint: V8, pace: PACE,
           reason: 'it''s fine'},   # second
        ]  # both
"""


def of_approvals(written: str) -> str:
    return GOOD.replace(APPROVALS, written.replace("V8", V8).replace("PACE", PACE))


FORMS = {
    "as it is": GOOD,
    "block texts": of_approvals(BLOCK_REASON.replace("STYLE", "")),
    "block texts, stripped": of_approvals(BLOCK_REASON.replace("STYLE", "-")),
    "block texts, kept": of_approvals(BLOCK_REASON.replace("STYLE", "+  # all")),
    "a list in flow style with comments": of_approvals(FLOW_APPROVALS),
    "a list at the column of its key": of_approvals(APPROVALS.replace("        -", "      -")),
    "quoted keys": GOOD.replace("      at: 10%", '      "at": "10%"').replace("    rollout:", "    'rollout':"),
    "complex keys": GOOD.replace("      approvals:\n", "      ? approvals\n      :\n"),
    "an anchor on the weight": GOOD.replace("at: 10%", "at: &ten 10%").replace("{step: 10%, by", "{step: *ten, by"),
    "a reason by an alias": of_approvals(
        APPROVALS.replace("reason: offline", "reason: &why offline").replace(
            "error ratio and p99 equal to v7 for 25 h", "*why"
        )
    ),
    "an alias of a version's keys": GOOD.replace(
        "replicas: {min: 2, max: 4}", "replicas: &few {min: 1, max: 2}"
    ).replace("replicas: {min: 1, max: 2}", "replicas: *few", 1),
    "an anchor from outside": GOOD.replace("runs_every: 24h", "runs_every: &day 24h", 1).replace(
        "bake: 24h", "bake: *day"
    ),
    "a list by an alias": GOOD.replace("steps: [1%, 10%, 50%, 100%]", "steps: &steps [1%, 10%, 50%, 100%]"),
    "the end of the file": f"{GOOD[:ENDPOINTS]}{GOOD[MONITORING:]}{GOOD[ENDPOINTS:MONITORING]}".rstrip("\n"),
    "comments between": GOOD.replace(
        "      approvals:\n", "      # who\n      approvals:   # and when\n        # first\n"
    ),
    "the document's marks": f"---\n{GOOD}...\n",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_every_form_of_yaml_can_be_edited(text):
    assert not_editable(text, PROD_FILE) == []
    stepped = advanced(approved(text, reason="first: line\nsecond, # line"))
    assert (of(stepped).rollout.at, of(stepped).rollout.approvals[-1].reason) == (50, "first: line\nsecond, # line")
    back = rolled_back(stepped, reason="0o17")
    assert (of(back).rollout.rolled_back.reason, of(back).versions["v8"].accepted) == ("0o17", None)
    assert of(rolled_back(back, remove=True)).rollout is None


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_records_are_made_and_bound_in_every_form(text):
    bare = re.sub(r"\n *accepted: .*", "", re.sub(rf",? *\n? *fingerprint: {V8}", "", text))
    made = of(bare)
    given = Binding.model_validate({"by": SRE, "at": NOW, "reason": "unchanged"})
    assert [approval.fingerprint for approval in made.rollout.approvals] == [None, None]
    taken = rewrite(bare, PROD_FILE, "ranker", accept("ranker", made, ("v7", "v8"), given, PRODUCTION))
    bound = rewrite(taken, PROD_FILE, "ranker", bind("ranker", of(taken), given, PRODUCTION))
    assert [approval.fingerprint for approval in of(bound).rollout.approvals] == [V8, V8]
    kept = {line for line in bare.splitlines() if "#" in line and "}," not in line}
    assert kept <= set(bound.splitlines())


def test_an_alias_is_written_out_only_where_it_stands_for_what_is_edited():
    text = GOOD.replace("bake: 24h", "bake: &day 24h").replace("at: 10%", "at: &ten 10%")
    text = text.replace("{step: 10%, by", "{step: *ten, by").replace("runs_every: 24h", "runs_every: *day")
    assert "*day" not in GOOD
    edited = approved(text.replace("runs_every: *day", "runs_every: 24h"))
    assert "*ten" in edited
    assert "{step: 10%, by" in advanced(edited)


def test_what_can_not_be_edited_is_said_beforehand(monkeypatch):
    monkeypatch.setattr("weighbridge.files.yaml_edit._insert", lambda *_: Splice(0, 0, ""))
    line = GOOD.splitlines().index("  ranker:") + 1
    assert not_editable(GOOD, PROD_FILE) == [
        (
            f"stacks/prod.yaml:{line}:3: endpoints.ranker: `weighbridge rollout` can't edit this without changing "
            "something else: write it in another form of YAML"
        )
    ]


def test_a_retirement_is_one_line():
    given = Retirement.model_validate({"by": SRE, "at": NOW, "reason": "moved"})
    assert difference(GOOD, rewrite_retirement(GOOD, PROD_FILE, given)) == [
        f"+retire: {{by: {SRE}, at: 2026-11-20T12:00:00Z, reason: moved}}"
    ]


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: advanced(GOOD), "ranker can't go from 10% to 50% yet: nobody approved 50%"),
        (lambda: approved(step="100%"), "the next step of ranker is 50%, got 100%"),
        (lambda: approved(by=OWNER), f"the approval of 50% for ranker is by {OWNER}, who owns this"),
        (
            lambda: advanced(
                approved(at=datetime(2026, 11, 18, 11, tzinfo=UTC)), datetime(2026, 11, 18, 12, tzinfo=UTC)
            ),
            "ranker can't go from 10% to 50% yet: 10% began at 2026-11-18T10:30:00Z and bakes for 1d",
        ),
        (lambda: advanced(rolled_back(GOOD)), "ranker was rolled back from 10%: slow"),
        (lambda: rolled_back(advanced(at_the_end(GOOD))), "ranker has no rollout: v8 takes all"),
        (lambda: approved(GOOD.replace("at: 10%", "at: 100%")), "ranker has reached 100%: there is no further step"),
    ],
)
def test_what_a_policy_would_block_is_refused(act, message):
    with pytest.raises(Refused) as refused:
        act()

    assert refused.value.lines[0].startswith(message)


def test_an_interrupted_write_leaves_the_old_text(tmp_path, monkeypatch):
    file = tmp_path / "prod.yaml"
    file.write_text("old")
    file.chmod(0o640)

    def interrupt(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("weighbridge.files.whole_file.os.fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(file, "new", 0o640)
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]

    monkeypatch.undo()
    write_whole(file, "new", 0o640)
    assert file.read_text() == "new"
    assert file.stat().st_mode & 0o777 == 0o640
