"""GitLab's code quality report has what GitLab asks for, and a finding keeps its fingerprint."""

from __future__ import annotations

import json

from tests.support import results
from weighbridge.render.preview.codequality import render


def test_a_finding_has_its_place_its_severity_and_a_fingerprint_that_stays():
    first, advice, flag = json.loads(render(results.blocked()))
    assert (first["check_name"], first["severity"], first["location"]) == (
        "shared-quota", "blocker", {"path": "stacks/dev.yaml", "lines": {"begin": 9}},
    )  # fmt: skip
    assert (advice["severity"], flag["check_name"]) == ("minor", "destructive-change")
    other = results.violation("serve-l4: 20 NVIDIA L4 at peak → 34 of 24.")
    (again,) = json.loads(render(results.admitted(violations=(other,))))
    assert again["fingerprint"] == first["fingerprint"]
    twice = json.loads(render(results.admitted(violations=(other, other))))
    assert len({finding["fingerprint"] for finding in twice}) == 2


def test_what_could_not_be_judged_is_a_finding():
    (found,) = json.loads(render(results.not_judged()))
    assert (found["check_name"], found["severity"]) == ("could-not-judge", "blocker")
