"""What is known of a resource after a preview: what was given, and what its provider would not make of it."""

import pytest
from pulumi.runtime.proto.resource_pb2 import RegisterResourceRequest

from weighbridge.host.outputs import after_preview, autoname
from weighbridge.host.registered import Registered
from weighbridge.host.wire import properties, to_struct
from weighbridge.resources.values import Secret, Unknown

BUCKET = "gcp:storage/bucket:Bucket"


def registered(type_=BUCKET, *, custom=True, configured=True, read=False, **inputs):
    return Registered(
        urn=f"urn:pulumi:dev::proj::{type_}::n",
        type=type_,
        name="n",
        custom=custom,
        parent="",
        provider="urn:pulumi:dev::proj::pulumi:providers:gcp::default::id",
        inputs=to_struct(inputs),
        dependencies=(),
        property_dependencies={},
        request=RegisterResourceRequest(),
        outputs=to_struct(inputs),
        configured=configured,
        read=read,
    )


def outputs(resource, computed=(), provider=None):
    return properties(after_preview(resource, provider, computed))


def test_what_was_given_is_known_and_what_is_computed_is_not():
    found = outputs(registered("a:b:C", location="US"), ["location", "url"])
    assert found == {"location": "US", "url": Unknown(), "id": Unknown()}


def test_nothing_is_known_while_the_provider_can_not_be_asked():
    assert outputs(registered(configured=False, location="US"), ["url"]) == {}


@pytest.mark.parametrize(
    "resource",
    [
        registered("pulumi:providers:gcp", location="US"),
        registered(read=True, location="US"),
    ],
    ids=["provider", "read"],
)
def test_what_no_provider_creates_has_what_it_was_given(resource):
    assert outputs(resource, ["url"]) == {"location": "US"}


def test_a_component_gives_out_what_it_registers_and_no_input():
    component = registered(custom=False, location="US")
    assert outputs(component, []) == {}
    component.finished = True
    assert outputs(component, []) == {"location": "US"}


def test_a_list_with_an_unknown_item_is_unknown_as_a_whole():
    found = outputs(registered("a:b:C", outer={"zones": ["a", Unknown()]}, known=[{"zones": [Unknown()]}, "b"]))
    assert found == {"outer": {"zones": Unknown()}, "known": [{"zones": Unknown()}, "b"], "id": Unknown()}


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"team": "ml"}, {"team": "ml", "goog-pulumi-provisioned": "true"}),
        (Secret({"team": "ml"}), Secret({"team": "ml", "goog-pulumi-provisioned": "true"})),
        (Unknown(), Unknown()),
        (Secret(Unknown()), Secret(Unknown())),
    ],
)
def test_all_labels_are_those_given_and_the_provider_s_own(labels, expected):
    assert outputs(registered(labels=labels), ["pulumiLabels"])["pulumiLabels"] == expected
    assert outputs(registered(), ["pulumiLabels"])["pulumiLabels"] == {"goog-pulumi-provisioned": "true"}


def test_the_project_is_the_provider_s_where_none_is_given():
    provider = registered("pulumi:providers:gcp", project="provided")
    assert outputs(registered(), ["project"], provider)["project"] == "provided"
    assert outputs(registered(project="own"), ["project"], provider)["project"] == "own"


def test_an_automatic_name_is_the_same_in_each_preview_and_another_for_each_resource():
    assert autoname(registered()) == autoname(registered())
    assert autoname(registered()).startswith("n-")
    assert autoname(registered()) != autoname(registered("a:b:C"))
