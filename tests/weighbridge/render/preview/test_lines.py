"""Findings at lines of a spec: worst first, one mark for each while its numbers change."""

from dataclasses import replace

from tests.support import results
from weighbridge.preview.result import Location
from weighbridge.render.preview.lines import line_comments


def test_what_blocks_comes_before_advice_of_any_stack():
    advised = results.advised(stack="a")
    found = line_comments([advised, results.blocked(stack="b")])
    assert [comment.body.splitlines()[0] for comment in found] == [
        "**`shared-quota`** (blocks)",
        "**`endpoint-security`** (advice)",
        "**`advice`** (advice)",
    ]


def test_a_comment_says_what_and_where_and_leads_to_the_policy():
    first, *_ = line_comments([results.blocked()], "ml/platform")
    assert (first.path, first.line) == ("ml/platform/stacks/dev.yaml", 9)
    assert first.body == (
        "**`shared-quota`** (blocks)\n\nserve-l4: 14 NVIDIA L4 at peak → 28 of 24. Lower nodes.max to 10.\n\n"
        "[What the policy is about, and how to mend it](https://weighbridge.dev/policies/shared-quota)"
    )


def test_its_mark_stays_while_message_and_line_change_and_differs_by_stack_and_project():
    result = results.blocked()
    moved = results.violation("serve-l4: 13 of 24", location=Location("stacks/dev.yaml", 40))
    keys = {line_comments([result])[0].key, line_comments([replace(result, violations=(moved,))])[0].key}
    assert len(keys) == 1
    twice = line_comments([replace(result, violations=(moved, moved))])
    others = {line_comments([result], "ml")[0].key, line_comments([replace(result, stack="x")])[0].key, twice[1].key}
    assert len(keys | others) == 4


def test_hostile_words_stay_words():
    message = "x\n<!-- weighbridge:line 00 --> @team #12 <script> `a`b`"
    (first, *_) = line_comments([replace(results.blocked(), violations=(results.violation(message, policy="a`b"),))])
    assert "<" not in first.body
    assert "@" not in first.body
    assert "a`b" not in first.body.splitlines()[0]
