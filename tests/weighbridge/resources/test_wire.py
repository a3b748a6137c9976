"""Pulumi's wire values mean the same to the pack, to the host and to whoever reads an exported state."""

import json

import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.runtime import rpc
from pulumi.runtime.proto.analyzer_pb2 import AnalyzeRequest
from pulumi_policy import proxy

from policies.props import resource
from weighbridge.host.wire import properties, to_struct
from weighbridge.preview.state import StateError, read_state
from weighbridge.resources import wire
from weighbridge.resources.values import Secret, Unknown
from weighbridge.resources.wire import SIGNATURE, UNKNOWN_BY_KIND, UNKNOWN_ID

URN = "urn:pulumi:dev::p::gcp:compute/network:Network::n"


def signed(signature, **fields):
    return {SIGNATURE: signature, **fields}


def secret(value):
    return signed(wire.SECRET, value=value)


def output(**fields):
    return signed(wire.OUTPUT_VALUE, **fields)


def reference(**fields):
    return signed(wire.RESOURCE_REFERENCE, **fields)


def asked_by_the_pack(plain):
    return dict(resource(AnalyzeRequest(urn=URN, properties=ParseDict(plain, Struct()))).inputs)


def registered_with_the_host(plain):
    return properties(ParseDict(plain, Struct()))


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    file = tmp_path_factory.mktemp("export") / "state.json"

    def inputs(plain):
        entry = {"urn": URN, "type": "gcp:compute/network:Network", "inputs": plain}
        file.write_text(json.dumps({"version": 3, "deployment": {"resources": [entry]}}), encoding="utf-8")
        return dict(read_state(file).resources[0].inputs)

    return inputs


FORMS = {
    "text": ("text", "text"),
    "empty text": ("", ""),
    "flag": (True, True),
    "whole float": (4.0, 4),
    "float": (0.5, 0.5),
    "object": ({"a": {"b": []}}, {"a": {"b": []}}),
    "null in an object": ({"a": None, "b": 1}, {"b": 1}),
    "object of nulls": ({"a": None}, {}),
    "null in a list": (["a", None, "b"], ["a", None, "b"]),
    "defaults": ({"__defaults": ["a"], "a": "x"}, {"__defaults": ["a"], "a": "x"}),
    "internal": ({"__internal": {"b": "c"}}, {"__internal": {"b": "c"}}),
    "secret": (secret("x"), Secret("x")),
    "secret of a null": (secret(None), Secret(None)),
    "secret of an object": (secret({"a": [1.0, None], "b": None}), Secret({"a": [1, None]})),
    "secret of an unknown": (secret(UNKNOWN_ID), Secret(Unknown())),
    "secret in a secret": (secret(secret("x")), Secret("x")),
    "secret in an object in a secret": (secret({"a": secret("x")}), Secret({"a": Secret("x")})),
    "encrypted secret": (signed(wire.SECRET, ciphertext="v1:abc"), Secret(Unknown())),
    "secret in plain text": (signed(wire.SECRET, plaintext='"x"'), Secret(Unknown())),
    "output": (output(value=3.0), 3),
    "output with dependencies": (output(value={"a": "x"}, dependencies=[URN]), {"a": "x"}),
    "output of an unknown": (output(value=[UNKNOWN_ID]), [Unknown()]),
    "output without a value": (output(dependencies=[URN]), Unknown()),
    "output that is no secret": (output(value="x", secret=False), "x"),
    "secret output": (output(value="x", secret=True), Secret("x")),
    "secret output of a null": (output(value=None, secret=True), Secret(None)),
    "secret output without a value": (output(secret=True), Secret(Unknown())),
    "secret in an output": (output(value=secret("x")), Secret("x")),
    "secret in an object in an output": (output(value={"a": secret("x")}), {"a": Secret("x")}),
    "secret in a secret output": (output(value=secret("x"), secret=True), Secret("x")),
    "output in a list": ([output(value="x"), output()], ["x", Unknown()]),
    "reference to a resource": (reference(urn=URN, id="n-1", packageVersion="10.2.0"), "n-1"),
    "reference to a resource to be created": (reference(urn=URN, id=UNKNOWN_ID), Unknown()),
    "reference to a resource whose id is empty": (reference(urn=URN, id=""), Unknown()),
    "reference to a resource whose id is no text": (reference(urn=URN, id={"V": "n-1"}), Unknown()),
    "reference to a component": (reference(urn=URN), URN),
    "reference to nothing": (reference(), Unknown()),
    "reference in an output": (output(value=reference(urn=URN, id="n-1")), "n-1"),
    "asset with a text": (signed(wire.ASSET, text="hello", hash="2cf2"), {"text": "hello"}),
    "asset in a file": (signed(wire.ASSET, path="./a", hash="2cf2"), {"path": "./a"}),
    "asset elsewhere": (signed(wire.ASSET, uri="https://x/a"), {"uri": "https://x/a"}),
    "archive": (
        signed(wire.ARCHIVE, assets={"a": signed(wire.ASSET, text="x", hash="2d71")}, hash="9a3a"),
        {"assets": {"a": {"text": "x"}}},
    ),
    "signature of the future": (signed("00000000000000000000000000000000", value="x"), Unknown()),
    "signature that is no text": (signed(1.0), Unknown()),
} | {f"unknown {kind}": (sentinel, Unknown(kind)) for kind, sentinel in UNKNOWN_BY_KIND.items()}


@pytest.mark.parametrize(("plain", "value"), FORMS.values(), ids=FORMS)
def test_each_form_means_the_same_to_pack_host_and_state(plain, value, exported):
    for decoded in (asked_by_the_pack, registered_with_the_host, exported):
        found = decoded({"p": plain})
        assert found == {"p": value}
        assert repr(found) == repr({"p": value})  # 4 rather than 4.0, True rather than 1


def test_a_property_that_decodes_to_nothing_is_not_there(exported):
    plain = {"p": None, "q": output(value=None), "r": {"s": None, "t": output(value=None)}}
    for decoded in (asked_by_the_pack, registered_with_the_host, exported):
        assert decoded(plain) == {"r": {}}


def test_names_are_sorted_as_the_wire_has_no_order(exported):
    plain = {"b": {"d": 1, "c": 2}, "a": 3}
    for decoded in (asked_by_the_pack, registered_with_the_host, exported):
        found = decoded(plain)
        assert list(found) == ["a", "b"]
        assert list(found["b"]) == ["c", "d"]


def test_numbers_that_are_not_finite_stay_themselves():
    struct = Struct()
    struct.fields["p"].number_value = float("inf")
    assert properties(struct) == {"p": float("inf")}


def test_a_state_s_digits_say_no_more_than_the_float_they_were_written_from(exported):
    assert exported({"p": 9223372036854776000}) == registered_with_the_host({"p": 2.0**63})
    with pytest.raises(
        StateError, match=r"resource 0 has inputs that are nested too deeply or hold too large a number"
    ):
        exported({"p": 10**400})


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**60), 2**60)
SCALARS = TEXTS | NUMBERS | st.booleans() | st.sampled_from(sorted(UNKNOWN_BY_KIND)).map(Unknown)
VALUES = st.recursive(
    st.none() | SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3) | inner.map(Secret)
    ),
    max_leaves=12,
)  # fmt: skip


def normal(value):
    """A value as it comes back: no nulls in objects, one mark for a secret, numbers as 64-bit floats."""
    match value:
        case Secret(Secret() as inner):
            return normal(inner)
        case Secret(inner):
            return Secret(normal(inner))
        case dict():
            return {name: normal(item) for name, item in value.items() if item is not None}
        case list():
            return [normal(item) for item in value]
        case int() if not isinstance(value, bool):
            return int(float(value))
    return value


def stored(value):
    """A value as JSON, as the engine exports it: whatever is secret is encrypted as a whole."""
    match value:
        case Unknown():
            return UNKNOWN_BY_KIND[value.kind]
        case Secret():
            return signed(wire.SECRET, ciphertext="v1:abc")
        case dict():
            return {name: stored(item) for name, item in value.items()}
        case list():
            return [stored(item) for item in value]
    return value


def sealed(value):
    """A value without what nobody can decrypt."""
    match value:
        case Secret():
            return Secret(Unknown())
        case dict():
            return {name: sealed(item) for name, item in value.items()}
        case list():
            return [sealed(item) for item in value]
    return value


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_any_value_comes_back_the_same_by_every_path(exported, values):
    expected = normal(values)
    struct = to_struct(values)
    assert properties(struct) == expected
    assert resource(AnalyzeRequest(urn=URN, properties=struct)).inputs == expected
    assert exported(stored(values)) == sealed(expected)


def test_every_sentinel_of_the_sdk_is_known_here():
    sentinels = {value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_")}
    assert set(wire.KIND_BY_UNKNOWN) == sentinels
    assert rpc.UNKNOWN == UNKNOWN_ID


def test_signatures_are_those_of_the_sdk():
    assert rpc._special_sig_key == SIGNATURE
    theirs = {value for name, value in vars(rpc).items() if name.startswith("_special_") and name.endswith("_sig")}
    assert theirs == {wire.SECRET, wire.OUTPUT_VALUE, wire.RESOURCE_REFERENCE, wire.ASSET, wire.ARCHIVE}
