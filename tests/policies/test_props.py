"""Resources as the engine sends them: provider, name and dependencies beside the properties."""

from pulumi.runtime.proto.analyzer_pb2 import AnalyzerResource

from policies import props

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
