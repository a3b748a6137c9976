"""Values to the wire and back, and what a pack is shown of them. What each form means is in resources/test_wire.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.host.wire import as_packs_see, as_secret, properties, to_struct, to_wire, value_of
from weighbridge.resources.values import Secret, Unknown
from weighbridge.resources.wire import RESOURCE_REFERENCE, SIGNATURE, UNKNOWN_ID

URN = "urn:pulumi:dev::proj::a:b:C::n"
SCALARS = st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5) | st.just(Unknown())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def test_null_is_a_value_of_its_own_but_no_property():
    assert value_of(to_wire([None])) == [None]
    assert value_of(to_wire({"a": None})) == {}


@given(VALUES)
def test_a_value_comes_back_from_the_wire(value):
    assert value_of(to_wire(value)) == value
    assert value_of(to_wire(Secret(value))) == Secret(value)


def test_what_is_no_value_of_pulumi_s_is_refused():
    with pytest.raises(TypeError, match=r"^set is no value of Pulumi's$"):
        to_wire({1})  # type: ignore[arg-type] # which is why it is refused


def test_marking_a_secret_twice_marks_it_once():
    once = as_secret(to_wire("canary"))
    assert as_secret(once) == once
    assert value_of(once) == Secret("canary")


def reference(**fields):
    return {SIGNATURE: RESOURCE_REFERENCE, "urn": URN, **fields}


@pytest.mark.parametrize(
    ("given_value", "shown"),
    [
        (reference(id="the-id"), "the-id"),
        (reference(id=""), UNKNOWN_ID),
        (reference(), URN),
        ([reference(id="the-id"), {"of": reference()}], ["the-id", {"of": URN}]),
        ({"__defaults": [], "size": 1.0}, {"size": 1.0}),
        ("plain", "plain"),
    ],
)
def test_a_pack_sees_a_resource_by_its_id_or_urn_and_no_marks(given_value, shown):
    given_struct = to_struct({"a": given_value, "__internal": {}})
    seen = as_packs_see(given_struct)
    assert seen == to_struct({"a": shown})
    assert "__internal" in given_struct.fields, "the original stays as it was"


def test_names_are_kept_and_decoded():
    assert properties(to_struct({"b": 1, "a": [Unknown("number")]})) == {"a": [Unknown("number")], "b": 1}
