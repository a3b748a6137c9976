"""Which outputs are computed, read from the SDK's own types."""

from types import SimpleNamespace
from typing import Optional

import pulumi
import pytest
from pulumi.runtime.proto import resource_pb2
from pulumi_gcp import compute

from weighbridge.host.computed import Computed
from weighbridge.host.wire import to_struct

URN = "urn:n"


class Thing(pulumi.CustomResource):
    pulumi_type = "test:index:Thing"

    @property
    @pulumi.getter
    def size(self) -> pulumi.Output[int]:
        raise NotImplementedError

    @property
    @pulumi.getter(name="maxSize")
    def max_size(self) -> pulumi.Output[Optional[int]]:  # noqa: UP045 - as the SDKs write it
        raise NotImplementedError

    @property
    @pulumi.getter(name="selfLink")
    def self_link(self) -> pulumi.Output[str]:
        raise NotImplementedError


class Unnamed(Thing):
    """Has no type of its own, so none of its registrations is looked at."""


def looked_at(token, *, custom=True, **given):
    stub = SimpleNamespace(RegisterResource=lambda request, **_: SimpleNamespace(urn=URN))
    computed = Computed()
    computed.watch(stub)
    request = resource_pb2.RegisterResourceRequest(type=token, name="n", custom=custom, object=to_struct(given))
    assert stub.RegisterResource(request).urn == URN
    return computed


def test_what_is_always_there_and_not_given_is_computed():
    assert looked_at("test:index:Thing").found == {URN: ["size", "selfLink"]}
    assert looked_at("test:index:Thing", size=3).found == {URN: ["selfLink"]}


@pytest.mark.parametrize(("token", "custom"), [("test:index:Nothing", True), ("test:index:Thing", False)])
def test_nothing_is_claimed_of_unknown_types_and_of_components(token, custom):
    assert looked_at(token, custom=custom).found == {}


def test_pulumi_names_what_the_program_left_unnamed_where_the_resource_takes_a_name():
    network = compute.Network.pulumi_type  # type: ignore[attr-defined] # a decorator of the SDK sets it
    unnamed, named = looked_at(network), looked_at(network, name="ml")
    assert (unnamed.autonamed, named.autonamed) == ([URN], [])
    assert "name" not in unnamed.found[URN]
    assert "selfLink" in unnamed.found[URN]
    assert looked_at("test:index:Thing").autonamed == []
