"""Properties off the wire: unknowns and secrets are marked, everything else is plain."""

from __future__ import annotations

import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto.analyzer_pb2 import AnalyzerResource
from pulumi_policy import proxy

from policies import props
from weighbridge.resources.values import Secret, Unknown

SECRET = {props.SIGNATURE: props.SECRET}
OUTPUT = {props.SIGNATURE: props.OUTPUT}


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        (4.0, 4.0), (True, True), ("text", "text"), ([1.0, None], [1.0, None]), ({"a": {"b": []}}, {"a": {"b": []}}),
        ({**SECRET, "value": "x"}, Secret("x")),
        ({**SECRET, "value": {"a": proxy.UNKNOWN_STRING_VALUE}}, Secret({"a": Unknown("string")})),
        ({**OUTPUT, "value": 3.0}, 3.0), (OUTPUT, Unknown()), ({**OUTPUT, "secret": True}, Secret(Unknown())),
        ({**OUTPUT, "secret": True, "value": "x"}, Secret("x")),
    ],
)  # fmt: skip
def test_values(wire, expected):
    assert props.properties(ParseDict({"p": wire}, Struct())) == {"p": expected}


def test_every_unknown_of_the_sdk_is_known_here():
    sentinels = {value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_")}
    assert set(props.UNKNOWNS) == sentinels
    for sentinel in sentinels:
        assert props.properties(ParseDict({"p": [sentinel]}, Struct())) == {"p": [Unknown(props.UNKNOWNS[sentinel])]}


def test_a_null_is_as_good_as_absent():
    assert props.properties(ParseDict({"p": None, "q": {"r": None}}, Struct())) == {"q": {}}


def test_a_resource_without_a_provider_is_told_from_one_with_an_empty_one():
    urn = "urn:pulumi:dev::p::t::n"
    assert props.resource(AnalyzerResource(urn=urn, type="t")).provider_inputs is None
    with_provider = AnalyzerResource(urn=urn, type="t")
    with_provider.provider.type = "pulumi:providers:t"
    assert props.resource(with_provider).provider_inputs == {}
    assert props.resource(with_provider).name == "n"
