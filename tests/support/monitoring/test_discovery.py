"""The schemas made of Google's discovery documents."""

import pytest
from jsonschema import Draft202012Validator

from tests.support.monitoring import discovery


def of(name):
    return discovery.schema(*discovery.POLICY)["$defs"][name]


@pytest.mark.parametrize(("document", "root"), [discovery.POLICY, discovery.DASHBOARD])
def test_a_schema_is_a_good_one_and_refers_only_to_what_it_has(document, root):
    made = discovery.schema(document, root)
    Draft202012Validator.check_schema(made)
    assert discovery.validator(document, root) is discovery.validator(document, root)
    text = str(made)
    for name in made["$defs"]:
        assert name == root or f"#/$defs/{name}'" in text


def test_names_that_google_does_not_list_are_refused():
    assert of("AlertPolicy")["additionalProperties"] is False
    assert of("AlertPolicy")["properties"]["userLabels"]["additionalProperties"] == {"type": "string"}


def test_what_a_description_calls_required_is_required():
    assert of("MetricThreshold")["required"] == ["duration", "filter"]
    assert of("PrometheusQueryLanguageCondition")["required"] == ["query"]
    assert discovery.schema(*discovery.DASHBOARD)["$defs"]["Dashboard"]["required"] == ["displayName"]


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ({"type": "string", "format": "google-duration"}, ["0s", "90s", "1.5s"], ["5m", "60", "-1s", "01s", "1.s"]),
        ({"type": "integer", "format": "int32"}, [0, -1, 2147483647], [2147483648, "1", 1.5]),
        ({"type": "string", "format": "int64"}, ["0", "-9", "9223372036854775807"], ["", "1.5", "01", 1]),
        (
            {"type": "string", "format": "google-datetime"},
            ["2026-11-20T08:00:00Z", "2026-11-20T08:00:00.5+01:00"],
            ["2026-11-20", "2026-11-20T08:00:00"],
        ),
        ({"type": "number", "format": "double"}, [0, 1.5, -2], ["1"]),
        ({"type": "string", "enum": ["A", "B"]}, ["A"], ["C", "a"]),
        ({"type": "any"}, [1, "x", {}], []),
    ],
)
def test_formats(field, good, bad):
    check = Draft202012Validator(discovery._converted(field, []))
    assert all(check.is_valid(value) for value in good)
    assert not any(check.is_valid(value) for value in bad)


def test_every_format_of_both_documents_is_known():
    for document, root in (discovery.POLICY, discovery.DASHBOARD):
        discovery.schema(document, root)  # an unknown format is a KeyError
