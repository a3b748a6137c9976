"""What GitHub's code scanning reads."""

import json
from dataclasses import replace

import pytest

from tests.support import results
from weighbridge.render.preview.sarif import render

VARIANTS = (results.admitted, results.advised, results.blocked, results.not_judged)


@pytest.mark.parametrize("variant", VARIANTS)
def test_sarif_has_every_field_that_code_scanning_asks_for(variant):
    (run,) = json.loads(render(variant()))["runs"]
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        for field in ("shortDescription", "fullDescription", "help"):
            assert rule[field]["text"]
    assert len(run["results"]) == {"admitted": 0, "advised": 1, "blocked": 3, "not_judged": 1}[variant.__name__]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert set(region) == {"startLine", "startColumn", "endLine", "endColumn"}
        assert result["partialFingerprints"]["primaryLocationLineHash"]
    assert run["automationDetails"]["id"] == "weighbridge/dev/"


def test_a_fingerprint_does_not_follow_the_numbers():
    def prints(message):
        found = json.loads(render(results.blocked(violations=()) if message is None else changed(message)))
        return [result["partialFingerprints"] for result in found["runs"][0]["results"]]

    def changed(message):
        return results.admitted(violations=(results.violation(message), results.violation(message)))

    assert prints("14 of 12") == prints("15 of 12")
    assert len({json.dumps(fingerprints) for fingerprints in prints("x")}) == 2


def test_a_rule_has_the_address_of_its_documentation_where_it_has_one():
    def addresses(result):
        (run,) = json.loads(render(result))["runs"]
        return [rule.get("helpUri") for rule in run["tool"]["driver"]["rules"]]

    assert addresses(results.blocked()) == ["https://weighbridge.dev/policies/shared-quota", None, None]
    assert addresses(results.blocked(rules=(replace(results.RULE, help_uri=""),))) == [None, None, None]


def test_what_is_deleted_or_replaced_is_a_warning_of_its_own():
    (run,) = json.loads(render(results.blocked()))["runs"]
    found = [result for result in run["results"] if result["ruleId"] == "weighbridge/destructive-change"]
    assert [(result["level"], result["message"]["text"]) for result in found] == [
        ("warning", "serve-l4: nodeConfig.spot none → true replaces this accelerator pool.")
    ]
