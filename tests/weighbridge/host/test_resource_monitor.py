"""One registration after another, as the SDK sends them; the program around them is in test_run.py."""

import re
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import resource_pb2

from weighbridge.host.resource_monitor import SUPPORTED, ResourceMonitor
from weighbridge.host.wire import properties, to_struct, value_of
from weighbridge.resources.values import Secret, Unknown

URN = "urn:pulumi:dev::proj::"


class Aborted(Exception):
    pass


class Context:
    """A call of gRPC: `abort` ends it."""

    def abort(self, code, reason):
        assert code is grpc.StatusCode.UNIMPLEMENTED
        raise Aborted(reason)


class Doubling:
    """A pack that remediates: every size is doubled."""

    def __init__(self):
        self.asked = []

    def judge(self, resource, provider):
        self.asked.append((resource.name, provider.name if provider else None))
        given: Any = properties(resource.inputs)
        return to_struct({**given, "size": given["size"] * 2}) if "size" in given else resource.inputs


@pytest.fixture
def learned():
    return set()


def monitor(learned=None, judge=None, before=None, **config):
    texts = set() if learned is None else learned
    return ResourceMonitor("proj", "dev", config, judge, texts.update, before=before)


def register(on, name, type_="test:index:Thing", *, custom=True, inputs=None, **fields):
    request = resource_pb2.RegisterResourceRequest(
        type=type_, name=name, custom=custom, object=to_struct(inputs or {}), acceptSecrets=True, **fields
    )
    return on.RegisterResource(request, Context())


def test_what_was_given_is_echoed_and_a_default_provider_comes_with_the_first_of_its_package():
    served = monitor()
    answer = register(served, "a", inputs={"size": 3})
    assert (answer.urn, properties(answer.object)) == (f"{URN}test:index:Thing::a", {"size": 3})
    register(served, "b")
    assert [resource.name for resource in served.resources.values()] == ["default", "a", "b"]
    assert served.resources[answer.urn].provider_urn == f"{URN}pulumi:providers:test::default"


def test_nothing_is_answered_for_a_resource_whose_provider_has_an_unknown_setting():
    served = monitor()
    provider = register(served, "p", "pulumi:providers:test", inputs={"kubeconfig": Unknown()})
    answer = register(served, "a", inputs={"size": 3}, provider=f"{provider.urn}::id")
    assert properties(answer.object) == {}
    assert not served.resources[answer.urn].configured
    assert properties(served.resources[answer.urn].inputs) == {"size": 3}


def test_the_pack_is_asked_with_the_provider_and_what_it_changes_counts():
    pack = Doubling()
    served = monitor(judge=pack)
    answer = register(served, "a", inputs={"size": 3})
    assert pack.asked == [("default", None), ("a", "default")]
    assert properties(answer.object) == {"size": 6}


def test_secret_outputs_are_marked_and_secret_texts_learned(learned):
    answer = register(
        monitor(learned),
        "a",
        inputs={"plain": "x", "token": Secret("canary")},
        additionalSecretOutputs=["plain", "computed"],
    )
    assert value_of(answer.object.fields["plain"]) == Secret("x")
    assert value_of(answer.object.fields["computed"]) == Secret(Unknown())
    assert "canary" in learned


def options_of(served, urn):
    given = served.resources[urn].request
    return given.protect, given.retainOnDelete, given.deletedWith


def test_a_child_has_the_options_of_its_parent_where_it_says_nothing_itself():
    served = monitor()
    parent = register(served, "p", custom=False, protect=True, retainOnDelete=True, deletedWith="urn:other").urn
    child = register(served, "c", parent=parent).urn
    assert options_of(served, child) == (True, True, "urn:other")
    grandchild = register(served, "g", parent=child).urn
    assert options_of(served, grandchild) == (True, True, "urn:other")
    own = register(served, "o", parent=parent, protect=False, retainOnDelete=False, deletedWith="urn:own").urn
    assert options_of(served, own) == (False, False, "urn:own")


def test_what_is_only_read_hands_nothing_down():
    served = monitor()
    read = served.ReadResource(resource_pb2.ReadResourceRequest(type="test:index:Thing", name="r", id="x"), Context())
    child = register(served, "c", parent=read.urn).urn
    assert options_of(served, child) == (False, False, "")


def test_a_component_has_the_outputs_that_it_registers(learned):
    served = monitor(learned)
    urn = register(served, "group", "test:index:Group", custom=False).urn
    assert not served.resources[urn].finished
    outputs = to_struct({"address": Secret("10.0.0.7")})
    served.RegisterResourceOutputs(resource_pb2.RegisterResourceOutputsRequest(urn=urn, outputs=outputs), Context())
    assert served.resources[urn].finished
    assert properties(served.resources[urn].outputs) == {"address": Secret("10.0.0.7")}
    assert "10.0.0.7" in learned
    assert list(served.resources) == [urn], "a component has no provider"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {},
            (
                f"duplicate resource URN '{URN}test:index:Thing::a': two resources of this type and parent are both "
                "named 'a'; give one of them another name"
            ),
        ),
        (
            {"remote": True},
            (
                "the program uses the remote component test:index:Thing, which only its plugin can build; offline its "
                "resources are not known. Use the component as a Python class, or preview with the Pulumi CLI"
            ),
        ),
    ],
)
def test_what_can_t_be_judged_ends_the_preview(fields, reason):
    served = monitor()
    register(served, "a")
    with pytest.raises(Aborted, match=re.escape(reason)):
        register(served, "a", **fields)
    assert served.failure.reason == reason


@pytest.mark.parametrize("method", ["Invoke", "StreamInvoke", "Call"])
def test_a_call_of_the_cloud_ends_the_preview_and_the_first_reason_stays(method):
    served = monitor()
    for token in ("gcp:compute/getZones:getZones", "gcp:compute/getRegions:getRegions"):
        with pytest.raises(Aborted):
            getattr(served, method)(resource_pb2.ResourceInvokeRequest(tok=token), Context())
    assert served.failure.reason == (
        "the program calls gcp:compute/getZones:getZones, which only the provider can answer; offline the answer is "
        "not known. Pass the value as configuration or in the spec, or preview with the Pulumi CLI"
    )


def test_what_a_program_says_of_a_resource_that_is_read_is_a_look_up_and_no_fact():
    served = monitor()
    request = resource_pb2.ReadResourceRequest(
        id="existing", type="test:index:Thing", name="old", properties=to_struct({"zone": "a"})
    )
    answer = served.ReadResource(request, Context())
    assert properties(answer.properties) == {"zone": Unknown("string")}
    assert served.resources[answer.urn].read


def test_every_feature_that_it_has_is_named_in_both_ways_that_sdks_ask():
    served = monitor()
    assert len(served.GetDeploymentInfo(None, None).supportedFeatures) == len(SUPPORTED)
    for name, supported in [*((name, True) for name in SUPPORTED), ("telepathy", False)]:
        answer = served.SupportsFeature(resource_pb2.SupportsFeatureRequest(id=name), None)
        assert answer.hasSupport is supported


THING = f"{URN}test:index:Thing::a"


class RememberingPack:
    """A pack that remembers what it was shown."""

    def __init__(self):
        self.shown = {}

    def judge(self, resource, provider):
        del provider
        self.shown[resource.name] = properties(resource.inputs)
        return resource.inputs


def test_an_ignored_input_is_what_the_state_has_for_pack_and_program():
    pack = RememberingPack()
    served = monitor(judge=pack, before={THING: {"size": 9, "scale": {"most": 50}, "gone": True}})
    inputs = {"size": 1, "scale": {"most": 1, "least": 0}, "fresh": [1]}
    answer = register(served, "a", inputs=inputs, ignoreChanges=["size", "scale.most", "fresh", "a["])
    kept = {"size": 9, "scale": {"most": 50, "least": 0}}
    assert pack.shown["a"] == properties(answer.object) == kept
    assert properties(served.resources[THING].written) == inputs


def test_an_alias_finds_what_the_state_has():
    served = monitor(before={f"{URN}test:index:Thing::old": {"size": 9}})
    answer = register(
        served, "a", inputs={"size": 1}, ignoreChanges=["size"], aliasURNs=[f"{URN}test:index:Thing::old"]
    )
    assert properties(answer.object) == {"size": 9}


@pytest.mark.parametrize("before", [None, {}, {THING: {"size": 1, "other": 3}}])
def test_what_is_new_or_the_same_is_what_the_program_says(before):
    served = monitor(before=before)
    answer = register(served, "a", inputs={"size": 1, "other": 2}, ignoreChanges=["size"])
    assert properties(answer.object) == {"size": 1, "other": 2}
    assert served.resources[THING].written is None


def test_what_is_not_ignored_is_what_the_program_says():
    served = monitor(before={THING: {"size": 9}})
    assert properties(register(served, "a", inputs={"size": 1}).object) == {"size": 1}


def test_a_secret_of_the_state_stays_one_that_nobody_can_read():
    served = monitor(before={THING: {"size": Secret(Unknown())}})
    answer = register(served, "a", inputs={"size": 1}, ignoreChanges=["size"])
    assert properties(answer.object) == {"size": Secret(Unknown())}
