"""Every format says the same, breaks for no text, and shows no secret."""

import json
import re
from importlib import resources
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import results
from weighbridge.preview.result import Operation
from weighbridge.render.preview import json as as_json
from weighbridge.render.preview import junit as as_junit
from weighbridge.render.preview import markdown as as_markdown
from weighbridge.render.preview import sarif as as_sarif
from weighbridge.render.preview import text as as_text

RENDERERS = {
    "txt": as_text.render,
    "json": as_json.render,
    "md": as_markdown.render,
    "sarif": as_sarif.render,
    "xml": as_junit.render,
}
VARIANTS = {
    "admitted": results.admitted,
    "advised": results.advised,
    "blocked": results.blocked,
    "not_judged": results.not_judged,
}
EXPECTED = Path(__file__).parent / "expected"
SCHEMA = json.loads(resources.files("weighbridge.render.preview").joinpath("preview.schema.json").read_text())


@pytest.mark.parametrize("kind", RENDERERS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_output_is_the_expected_one(variant, kind, update_golden):
    text = RENDERERS[kind](VARIANTS[variant]())
    file = EXPECTED / f"{variant}.{kind}"
    if update_golden:
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    assert text == file.read_text()


@pytest.mark.parametrize("kind", RENDERERS)
def test_no_format_shows_a_secret(kind):
    assert results.CANARY not in RENDERERS[kind](results.blocked())


@pytest.mark.parametrize("variant", VARIANTS)
def test_json_is_as_its_schema_says(variant):
    document = json.loads(as_json.render(VARIANTS[variant]()))
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert document["exit_code"] == VARIANTS[variant]().exit_code


def test_the_schema_refuses_what_is_not_in_it():
    document = json.loads(as_json.render(results.admitted()))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "more": 1}, SCHEMA)


@pytest.mark.parametrize("variant", VARIANTS)
def test_sarif_has_every_field_that_code_scanning_asks_for(variant):
    (run,) = json.loads(as_sarif.render(VARIANTS[variant]()))["runs"]
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        for field in ("shortDescription", "fullDescription", "help"):
            assert rule[field]["text"]
    assert len(run["results"]) == {"admitted": 0, "advised": 1, "blocked": 2, "not_judged": 1}[variant]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert set(region) == {"startLine", "startColumn", "endLine", "endColumn"}
        assert result["partialFingerprints"]["primaryLocationLineHash"]
    assert run["automationDetails"]["id"] == "weighbridge/dev/"


def test_a_fingerprint_does_not_follow_the_numbers():
    def prints(message):
        found = json.loads(as_sarif.render(results.blocked(violations=()) if message is None else changed(message)))
        return [each["partialFingerprints"] for each in found["runs"][0]["results"]]

    def changed(message):
        return results.admitted(violations=(results.violation(message), results.violation(message)))

    assert prints("14 of 12") == prints("15 of 12")
    assert len({json.dumps(each) for each in prints("x")}) == 2


def test_junit_has_a_case_for_each_policy_and_one_for_the_review():
    suite = ET.fromstring(as_junit.render(results.blocked())).find("testsuite")  # noqa: S314 - our own text
    assert [(case.get("name"), case.find("failure") is not None) for case in suite] == [
        ("review completed", False),
        ("shared-quota", True),
        ("advice", False),
    ]
    broken = ET.fromstring(as_junit.render(results.not_judged()))  # noqa: S314
    assert broken.get("failures") == "1"


def test_advice_alone_admits_and_is_shown_as_advice_by_every_format():
    result = results.advised()
    assert result.exit_code == 0
    first, second, _, advice, *_ = as_text.render(result).splitlines()
    assert first == "ADMITTED  dev (example-ml, us-central1): everything fits the shared quota"
    assert second == "  and 1 piece of advice, which blocks nothing"
    assert advice == "endpoint-security  stacks/dev.yaml:9  (advice)"
    assert "- `endpoint-security` (advice) stacks/dev.yaml:9: ranker-v8" in as_markdown.render(result)
    (found,) = json.loads(as_sarif.render(result))["runs"][0]["results"]
    assert found["level"] == "warning"
    suites = ET.fromstring(as_junit.render(result))  # noqa: S314 - our own text
    assert suites.get("failures") == "0"
    (said,) = suites.iter("system-out")
    assert said.text == "stacks/dev.yaml:9: ranker-v8: its image has no digest."


def many(count):
    return tuple(
        results.change(f"pool-{index}", Operation.DELETE if index % 3 else Operation.CREATE) for index in range(count)
    )


def test_a_comment_fits_whatever_it_holds():
    violations = tuple(results.violation(f"{index} " + "x" * 500) for index in range(500))
    text = as_markdown.render(results.admitted(
        changes=many(5000), violations=violations, notes=("n" * 900,) * 300))  # fmt: skip
    assert as_markdown.units(text) <= as_markdown.MOST_UNITS
    assert text.count("<details>") == text.count("</details>")
    assert '"truncated": true' in text.splitlines()[0]
    assert re.search(r"^\d+ of 500 violations shown; the JSON report has all\.$", text, re.MULTILINE)


HOSTILE = st.text(st.sampled_from("a|`<>@#*_[]()\n\\~!-$é\x00\x1b😀 "), max_size=30)


@settings(max_examples=60, deadline=None)
@given(HOSTILE, HOSTILE)
def test_hostile_text_breaks_nothing(name, message):
    result = results.admitted(
        changes=(results.change(name or "x"),), violations=(results.violation(message),), notes=(message,)
    )
    text = as_markdown.render(result)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert {row.count("|") for row in rows} == {9}
    assert text.count("<details>") == text.count("</details>") == 1
    body = text.split("-->", 1)[1]
    assert not re.search(r"(?<!&)#(?!\d+;)|@", body.replace("`+`", ""))
    ET.fromstring(as_junit.render(result))  # noqa: S314
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(as_json.render(result)))
    json.loads(as_sarif.render(result))


def test_a_terminal_without_unicode_gets_ascii_and_one_with_colour_gets_it():
    plain = as_text.render(results.blocked(), as_text.Style(unicode=False))
    assert plain.isascii()
    assert "2 -> 14" in plain
    coloured = as_text.render(results.blocked(), as_text.Style(colour=True))
    assert "\x1b[31;1mBLOCKED\x1b[0m" in coloured
    assert "\x1b" not in as_text.render(results.blocked())


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_of_ours_is_wider_than_the_terminal(width):
    for variant in VARIANTS.values():
        for line in as_text.render(variant(), as_text.Style(width=width)).splitlines():
            assert len(line) <= max(width, 80), line
