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
from weighbridge.render.preview import codequality as as_code_quality
from weighbridge.render.preview import html as as_html
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
    "html": as_html.render,
    "codequality.json": as_code_quality.render,
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


def test_advice_alone_admits_and_is_shown_as_advice_by_every_format():
    result = results.advised()
    assert result.exit_code == 0
    first, second, _, advice, *_ = as_text.render(result).splitlines()
    assert first == "ADMITTED  dev (example-ml, us-central1): everything fits the shared quota"
    assert second == "  and 1 piece of advice, which blocks nothing"
    assert advice == "endpoint-security  stacks/dev.yaml:9  (advice)"
    assert "**Advice** (1)\n\n- `endpoint-security` stacks/dev.yaml:9: ranker-v8" in as_markdown.render(result)
    (found,) = json.loads(as_sarif.render(result))["runs"][0]["results"]
    assert found["level"] == "warning"
    suites = ET.fromstring(as_junit.render(result))  # noqa: S314 - our own text
    assert suites.get("failures") == "0"
    (output,) = suites.iter("system-out")
    assert output.text == "stacks/dev.yaml:9: ranker-v8: its image has no digest."


HOSTILE = st.text(st.sampled_from("a|`<>@#*_[]()\n\\~!-$é\x00\x1b😀 "), max_size=30)


@settings(max_examples=60, deadline=None)
@given(HOSTILE, HOSTILE)
def test_hostile_text_breaks_nothing(name, message):
    result = results.admitted(
        changes=(results.change(name or "x"),), violations=(results.violation(message),), notes=(message,)
    )
    text = as_markdown.render(result)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert {row.count("|") for row in rows} == {9, 7}, "of the table of quota, and of that of the cost"
    assert text.count("<details>") == text.count("</details>") == 2, "the cost and the changes"
    body = re.sub(r"`[^`\n]*`", "", text.split("-->", 1)[1])  # code mentions nobody
    assert not re.search(r"(?<!&)#(?!\d+;)|@", body)
    ET.fromstring(as_junit.render(result))  # noqa: S314
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(as_json.render(result)))
    json.loads(as_sarif.render(result))
