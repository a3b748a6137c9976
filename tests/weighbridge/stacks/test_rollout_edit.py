"""Edits of a spec's text: only what is meant changes, in whatever style the file is written."""

from __future__ import annotations

from datetime import UTC, datetime
from difflib import unified_diff

import pytest

from tests.support.releases import PRODUCTION
from tests.support.specs import PROD_FILE, prod_text
from weighbridge.files.problem import FileError
from weighbridge.files.whole_file import write_whole
from weighbridge.rollouts.change import Refused, advance, approve, rollback
from weighbridge.spec.rollout import Approval
from weighbridge.stacks.load import parse_spec
from weighbridge.stacks.rollout_edit import rewrite

GOOD = prod_text()
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
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
        f"+        - {{step: 50%, by: {SRE}, at: 2026-11-20T12:00:00Z, reason: 'p99: as v7, # all 24 h'}}"
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
    text = GOOD.replace("      at: 10%", "      at: 100%")
    end = advanced(text)

    assert (of(end).stable, list(of(end).versions), of(end).rollout) == ("v8", ["v8"], None)
    gone = difference(text, end)
    assert [line for line in gone if line.startswith("+")] == ["+    stable: v8"]
    assert len(gone) == 6 + 1 + 8  # v7 and its keys, stable, the rollout
    assert "# the least time between two steps" not in end
    assert "# what the model was trained on" in end


def test_a_rollback_takes_all_traffic_and_a_second_one_the_candidate():
    once = rolled_back(GOOD, "p99 doubled: v8")
    twice = rolled_back(once)

    assert difference(GOOD, once) == [
        "-      at: 10%",
        "+      at: 0%",
        "+      rolled_back: {at: 2026-11-20T12:00:00Z, weight: 10%, reason: 'p99 doubled: v8'}",
    ]
    assert (of(twice).stable, list(of(twice).versions), of(twice).rollout) == ("v7", ["v7"], None)


FLOW = "rollout: {candidate: v8, steps: [10%, 100%], bake: 1h, at: 10%, approvals: [{step: 10%, by: a@example.com, at: 2026-11-18T10:30:00Z, reason: fine}]}"  # noqa: E501


def test_a_rollout_on_one_line_stays_on_one_line():
    start = GOOD.index("    rollout:\n")
    text = GOOD[:start] + f"    {FLOW}   # mine\n" + GOOD[GOOD.index("\nmonitoring:") :]

    edited = advanced(approved(text, step="100%"))

    assert difference(text, edited)[1] == (
        "+    rollout: {candidate: v8, steps: [10%, 100%], bake: 1h, at: 100%, approvals: [{step: 10%, by: "
        "a@example.com, at: 2026-11-18T10:30:00Z, reason: fine}, {step: 100%, by: sre-oncall@example.com, at: "
        "2026-11-20T12:00:00Z, reason: as v7}], reached: [{step: 100%, at: 2026-11-20T12:00:00Z}]}   # mine"
    )
    assert of(rolled_back(rolled_back(text))).rollout is None


def test_windows_line_ends_and_a_missing_last_newline_survive():
    text = GOOD.rstrip("\n")

    assert not approved(text).endswith("\n")
    windows = GOOD.replace("\n", "\r\n")
    assert advanced(approved(windows)) == advanced(approved()).replace("\n", "\r\n")
    assert rolled_back(rolled_back(windows)) == rolled_back(rolled_back(GOOD)).replace("\n", "\r\n")


def test_a_step_of_a_small_fraction_is_written_exactly():
    text = GOOD.replace("steps: [1%, 10%,", "steps: [1%, 10%, 10.0125%,")

    assert "+      at: 10.0125%" in difference(text, advanced(approved(text, step="10.0125%")))


def test_an_alias_is_not_edited_at_its_other_place():
    text = GOOD.replace("at: 10%", "at: &ten 10%").replace("{step: 10%, by", "{step: *ten, by")
    changed = advance("ranker", of(approved()), "ml@example.com", NOW, production=True)

    with pytest.raises(FileError) as refused:
        rewrite(text, PROD_FILE, "ranker", changed)

    assert refused.value.lines() == [
        (
            "stacks/prod.yaml: endpoints.ranker can't be edited without changing something else "
            "(an alias, a merge key?): edit its rollout by hand"
        )
    ]


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: advanced(GOOD), "ranker has reached 50%, which nobody approved"),
        (lambda: approved(step="100%"), "the next step of ranker is 50%, got 100%"),
        (lambda: approved(by="ml@example.com"), "the approval of 50% for ranker is by ml@example.com, who owns this"),
        (
            lambda: advanced(
                approved(at=datetime(2026, 11, 18, 11, tzinfo=UTC)), datetime(2026, 11, 18, 12, tzinfo=UTC)
            ),
            "ranker went from 10% to 50% after 1h30m, and each step bakes for 1d",
        ),
        (lambda: advanced(rolled_back(GOOD)), "ranker was rolled back from 10%: slow"),
        (lambda: rolled_back(advanced(GOOD.replace("at: 10%", "at: 100%"))), "ranker has no rollout: v8 takes all"),
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
