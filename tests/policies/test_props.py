"""Resources as the engine sends them: provider, name and dependencies beside the properties."""

from pulumi.runtime.proto.analyzer_pb2 import AnalyzerResource

from policies import props
from weighbridge.host.wire import to_struct
from weighbridge.resources.graph import Options

URN = "urn:pulumi:dev::p::t::n"


def test_a_resource_without_a_provider_is_told_from_one_with_an_empty_one():
    assert props.resource(AnalyzerResource(urn=URN, type="t")).provider_inputs is None
    with_provider = AnalyzerResource(urn=URN, type="t")
    with_provider.provider.type = "pulumi:providers:t"
    assert props.resource(with_provider).provider_inputs == {}


def test_a_resource_without_a_name_has_that_of_its_urn():
    assert props.resource(AnalyzerResource(urn=URN, type="t")).name == "n"
    assert props.resource(AnalyzerResource(urn=URN, type="t", name="other")).name == "other"


def test_dependencies_are_sorted_whole_and_by_property():
    message = AnalyzerResource(urn=URN, type="t", dependencies=["b", "a"])
    message.propertyDependencies["p"].urns.extend(["d", "c"])
    assert props.dependencies(message) == (("a", "b"), {"p": ("c", "d")})


def test_the_options_that_the_protocol_carries_are_read():
    message = AnalyzerResource(urn=URN, type="t")
    assert props.resource(message).options == Options()
    message.options.protect = True
    message.options.ignoreChanges.append("size")
    message.options.deleteBeforeReplaceDefined = True
    assert props.resource(message).options == Options(
        protect=True, ignore_changes=("size",), delete_before_replace=False
    )
    message.options.deleteBeforeReplace = True
    assert props.resource(message).options.delete_before_replace is True


def test_what_is_deployed_of_an_ignored_input_counts_too():
    asked = AnalyzerResource(urn=URN, type="t", properties=to_struct({"size": 1, "other": 1}))
    asked.options.ignoreChanges.append("size")
    resource = props.resource(asked)
    deployed = AnalyzerResource(urn=URN, type="t", properties=to_struct({"size": 9, "other": 5, "id": "x"}))
    assert props.deployed(resource, deployed).otherwise == {"size": 9, "other": 1}
    assert props.deployed(resource, asked) is resource
