"""The provider of a resource that names none: one for each package and version, with the stack's settings."""

from pulumi.runtime.proto.resource_pb2 import RegisterPackageRequest, RegisterResourceRequest

from weighbridge.host.default_providers import DefaultProviders
from weighbridge.host.urns import Urns
from weighbridge.host.wire import properties

CONFIG = {"gcp:project": "p", "gcp:region": "us-central1", "kubernetes:context": "c", "proj:gcp": "x"}
TYPE = "gcp:compute/network:Network"


def provider(providers=None, **request):
    providers = providers or DefaultProviders(Urns("proj", "dev"), CONFIG)
    return providers.provider_for(RegisterResourceRequest(type=TYPE, name="n", **request))


def test_it_is_named_after_package_and_version():
    assert provider().urn == "urn:pulumi:dev::proj::pulumi:providers:gcp::default"
    assert provider(version="10.2.0").urn == "urn:pulumi:dev::proj::pulumi:providers:gcp::default_10_2_0"
    assert provider(version="10.2.0-alpha.1+b").name == "default_10_2_0_alpha_1_b"


def test_it_has_the_stack_s_settings_of_its_package_and_the_version():
    assert properties(provider(version="10.2.0").inputs) == {
        "project": "p",
        "region": "us-central1",
        "version": "10.2.0",
    }


def test_a_resource_of_a_parameterized_package_has_that_package_s_version():
    providers = DefaultProviders(Urns("proj", "dev"), {})
    references = [
        providers.register_package(RegisterPackageRequest(name=name, version=version))
        for name, version in (("a", "1.0.0"), ("b", "2.0.0"))
    ]
    assert references == ["package-1", "package-2"]
    assert provider(providers, version="9.9.9", packageRef="package-2").name == "default_2_0_0"
