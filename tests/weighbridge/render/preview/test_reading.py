"""A report that another machine wrote gives what the preview itself would have given, and is trusted in nothing."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import results
from tests.support.reviews import advanced_rollout
from tests.weighbridge.render.preview.test_claimed import CLAIMED, EFFECTS
from weighbridge.alerting.cost import AlertingCost
from weighbridge.preview.result import Base, Flag, Operation, PreviewVerdict
from weighbridge.quota.cost import Cost
from weighbridge.quota.ledger import OutsideUse
from weighbridge.quota.prices import Commitment
from weighbridge.render.preview import codequality, html, junit, markdown, sarif
from weighbridge.render.preview import json as as_json
from weighbridge.render.preview.reading import MOST_BYTES, NotAReport, read_reports
from weighbridge.render.preview.text import render as render_text

FORMATS = {
    "markdown": markdown.render, "html": html.render, "sarif": sarif.render, "junit": junit.render,
    "codequality": codequality.render, "text": render_text, "json": as_json.render,
}  # fmt: skip
OUTSIDE = (OutsideUse("notebooks", 2, "search@example.com"), OutsideUse("a reservation", 1, "ml@example.com"))
VARIANTS = {
    "admitted": results.admitted(),
    "advised": results.advised(unread=("the store of claims was not asked",)),
    "blocked": results.blocked(with_state=True),
    "two kinds of headlines": results.blocked(),
    "not judged": results.not_judged(),
    "wrong spec": replace(results.not_judged(), verdict=PreviewVerdict.WRONG_SPEC, violations=(results.violation(),)),
    "somebody else's pack": results.admitted(guarded=False),
    "advanced rollout": advanced_rollout(),
    "alerts": results.admitted(alerting=AlertingCost(3, 20, Decimal("7.00"), date(2026, 9, 1))),
    "committed use": results.admitted(
        cost=Cost(
            Decimal("98.00"),
            Decimal("1228.40"),
            commitments=(
                Commitment("g2", "us-central1", 1, "37% off", None, date(2027, 11, 30), ended=False),
                Commitment("a2-highgpu-1g", "us-central1", 3, "$1.9 an hour", 4, date(2026, 6, 1), ended=True),
            ),
            idle=Decimal("12.50"),
        )
    ),
    "outside": results.admitted(quota=(replace(results.admitted().quota[0], row=results.row(outside=OUTSIDE)),)),
    "claimed": results.admitted(quota=(replace(results.admitted().quota[0], row=results.row(claimed=CLAIMED)),)),
    "others fit no longer": results.admitted(
        base=Base("main (abc)", PreviewVerdict.ADMITTED, effects=EFFECTS), compared=True
    ),
}
VARIANTS["two kinds of headlines"] = replace(
    VARIANTS["two kinds of headlines"],
    flags=(
        Flag("urn:a", "a", "a is replaced", Operation.REPLACE),
        Flag("urn:b", "b", "b is deleted", Operation.DELETE),
        Flag("urn:c", "c", "c may be replaced", Operation.MAY_REPLACE),
    ),
)


NONE = "no report of `weighbridge preview --format json`: expected an object with schema_version 2.x"


def read(folder, text, name="report.json"):
    (folder / name).write_text(text, encoding="utf-8")
    return list(read_reports(folder / name))


def document(**more):
    return {**json.loads(as_json.render(results.blocked())), **more}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_the_same_from_the_report(tmp_path, variant, kind):
    (result,) = read(tmp_path, as_json.render(VARIANTS[variant]))
    assert FORMATS[kind](result) == FORMATS[kind](VARIANTS[variant])


def test_lines_are_one_report_each(tmp_path):
    lines = "".join(as_json.render_line(results.admitted(stack=name)) for name in ("a", "b"))
    assert [result.stack for result in read(tmp_path, lines, "all.jsonl")] == ["a", "b"]
    with pytest.raises(NotAReport, match=r"all\.jsonl:3: no JSON"):
        read(tmp_path, f"{lines}{{", "all.jsonl")


def test_a_report_of_the_version_before_is_read(tmp_path):
    found = document(schema_version="2.1")
    for name in ("headlines", "guarded", "with_state", "not_known"):
        del found[name]
    (result,) = read(tmp_path, json.dumps(found))
    assert [flag.name for flag in result.flags] == ["serve-l4"]
    assert result.with_state


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no JSON: Expecting value: line 1 column 1 (char 0)"),
        ("[1]", f"{NONE}, got something else"),
        ('{"schema_version": "3.0"}', f'{NONE}, got schema_version "3.0"'),
        ("[" * 200_000, "no JSON: too deeply nested"),
        (json.dumps(document(more=1)), "the report: Additional properties are not allowed ('more' was unexpected)"),
        (json.dumps(document(stack=7)), "stack: 7 is not of type 'string'"),
        (json.dumps(document(at="yesterday")), "ValueError: Invalid isoformat string: 'yesterday'"),
        (json.dumps(document()).replace('"98.00"', "NaN"), "no JSON: NaN is no number of JSON"),
        (json.dumps(document()).replace('"98.00"', '"1e999999"'), "cost"),
        (json.dumps(document(notes=["x" * MOST_BYTES])), "more than 5,000,000 bytes, which no report needs"),
    ],
    ids=lambda text: text[:30],
)  # fmt: skip
def test_what_is_no_report_is_refused(tmp_path, text, message):
    with pytest.raises(NotAReport) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path}/report.json: {message}")
    assert len(str(caught.value)) < 600


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(NotAReport, match=r"none\.json: it can't be read: No such file or directory"):
        list(read_reports(tmp_path / "none.json"))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["unknown", "secret", "a"]), inner),
    max_leaves=5,
)


@given(st.sampled_from(sorted(document())), VALUES)
def test_whatever_stands_in_a_report_is_read_or_refused(tmp_path_factory, name, value):
    try:
        (result,) = read(tmp_path_factory.getbasetemp(), json.dumps(document(**{name: value})))
    except NotAReport:
        return
    assert markdown.units(markdown.render(replace(result, at=datetime(2026, 11, 24, tzinfo=UTC)))) <= 60_000
