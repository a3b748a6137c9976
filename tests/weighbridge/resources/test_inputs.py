"""Typed reads: what can't be read for certain is said, with its path and the fix."""

from __future__ import annotations

import pytest

from weighbridge.resources.inputs import CannotJudge, Inputs
from weighbridge.resources.values import Secret, Unknown

NOT_KNOWN = "is not known before the deployment: write it as a literal or take it from stack config"


@pytest.mark.parametrize(
    ("given", "expected"),
    [(4.0, 4), (4, 4), (0.0, 0), (None, None), (Secret(4.0), 4), (2.0**31 - 1, 2**31 - 1)],
)
def test_whole_numbers_are_counts(given, expected):
    assert Inputs({"maxNodeCount": given}).count("maxNodeCount") == expected


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (True, "True"), (False, "False"), ("4", "'4'"), (-1.0, "-1.0"), (4.5, "4.5"), (float("nan"), "nan"),
        (float("-inf"), "-inf"), ("1e3", "'1e3'"), ([4], "a list"), ({"a": 4}, "an object"), (Secret("4"), "[secret]"),
    ],
)  # fmt: skip
def test_anything_else_is_no_count(given, shown):
    with pytest.raises(CannotJudge) as error:
        Inputs({"maxNodeCount": given}, "autoscaling").count("maxNodeCount")
    assert str(error.value) == f"autoscaling.maxNodeCount is {shown}, expected a whole number from 0"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (2.0**31, "2147483648.0"),
        (2.0**63, "9.223372036854776e+18"),
        (2**64 + 1, "18446744073709551617"),
        (float("inf"), "inf"),
        (10**400, f"1{'0' * 56}..."),
    ],
)
def test_no_count_is_more_than_the_interfaces_take(given, shown):
    with pytest.raises(CannotJudge) as error:
        Inputs({"maxNodeCount": given}).count("maxNodeCount")
    assert str(error.value) == f"maxNodeCount is {shown}, expected a whole number from 0 to 2,147,483,647"


@pytest.mark.parametrize("given", [Unknown(), Unknown("number"), Secret(Unknown())])
@pytest.mark.parametrize("read", ["count", "text", "flag", "part", "parts", "texts"])
def test_what_is_not_known_is_said(given, read):
    with pytest.raises(CannotJudge) as error:
        getattr(Inputs({"machineType": given}, "nodeConfig"), read)("machineType")
    assert str(error.value) == f"nodeConfig.machineType {NOT_KNOWN}"


def test_unknowns_inside_lists_have_their_index():
    with pytest.raises(CannotJudge) as error:
        Inputs({"nodeLocations": ["us-central1-a", Unknown()]}).texts("nodeLocations")
    assert str(error.value) == f"nodeLocations[1] {NOT_KNOWN}"


def test_paths_go_through_parts_and_lists():
    inputs = Inputs({"nodeConfig": {"guestAccelerators": [{"count": "1"}]}})
    part = inputs.part("nodeConfig")
    assert part is not None
    with pytest.raises(CannotJudge) as error:
        part.parts("guestAccelerators")[0].count("count")
    assert str(error.value) == "nodeConfig.guestAccelerators[0].count is '1', expected a whole number from 0"


@pytest.mark.parametrize(
    ("read", "given", "message"),
    [
        ("text", 4.0, "x is 4.0, expected a text"),
        ("flag", "true", "x is 'true', expected true or false"),
        ("flag", 1.0, "x is 1.0, expected true or false"),
        ("part", [{}], "x is a list, expected an object"),
        ("parts", {}, "x is an object, expected a list"),
        ("parts", ["a"], "x[0] is 'a', expected an object"),
        ("texts", "a", "x is 'a', expected a list"),
        ("texts", [1.0], "x[0] is 1.0, expected a text"),
        ("texts", [Secret(1.0)], "x[0] is [secret], expected a text"),
    ],
)
def test_wrong_types_are_said(read, given, message):
    with pytest.raises(CannotJudge) as error:
        getattr(Inputs({"x": given}), read)("x")
    assert str(error.value) == message


def test_inside_of_what_is_not_given_is_nothing_at_its_place():
    inputs = Inputs({"spec": {"template": None}})
    assert inputs.inside("spec") == inputs.part("spec")
    assert inputs.inside("spec").inside("template").inside("metadata") == Inputs({}, "spec.template.metadata")


def test_nothing_given_reads_as_nothing():
    nothing = Inputs({"x": None})
    assert [nothing.text("x"), nothing.count("x"), nothing.flag("x"), nothing.part("x")] == [None] * 4
    assert nothing.parts("x") == ()
    assert nothing.texts("x") == ()
    assert not nothing.has("x")


@pytest.mark.parametrize("given", [Secret({"count": -7}), Secret({"count": "s3cr"}), {"count": Secret("s3cr")}])
def test_no_message_shows_what_a_secret_holds(given):
    part = Inputs({"autoscaling": given}).part("autoscaling")
    assert part is not None
    with pytest.raises(CannotJudge) as error:
        part.count("count")
    assert str(error.value) == "autoscaling.count is [secret], expected a whole number from 0"


@pytest.mark.parametrize("given", [Secret([{"count": -7}]), [Secret({"count": -7})], Secret([-7]), [Secret([-7])]])
def test_nor_what_a_list_of_secrets_holds(given):
    with pytest.raises(CannotJudge, match=r"^limits\[0\](.count)? is \[secret\], expected "):
        Inputs({"limits": given}).parts("limits")[0].count("count")


def test_a_text_inside_a_secret_is_read_and_not_shown():
    part = Inputs({"nodeConfig": Secret({"machineType": "s3cr", "tags": ["s3cr"]})}).part("nodeConfig")
    assert part is not None
    assert part.text("machineType") == "s3cr"
    assert f"{part.text('machineType')!r} {part.texts('tags')}" == "[secret] ([secret],)"


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("nodeCount", "node_count"),
        ("nodeCount", "NodeCount"),
        ("enableTpu", "enable_tpu"),
        ("nodePools", "node_pool"),
        ("nodePools", "nodePool"),
        ("guestAccelerators", "guest_accelerator"),
    ],
)
def test_another_spelling_is_refused_as_providers_may_take_it_for_the_name(name, other):
    message = f"at.{other} is another spelling of {name}, for which its provider may take it: write {name}"
    for values in ({other: 100.0}, {name: 1.0, other: 100.0}, {other: Unknown()}):
        with pytest.raises(CannotJudge) as error:
            Inputs(values, "at").count(name)
        assert str(error.value) == message


def test_names_that_are_free_are_no_spellings_of_one_another():
    labels = {"cost_center": "a", "costCenter": "b", "Cost_Center": "c", "app": "d"}
    assert Inputs({"labels": labels}).mapped("labels") == labels
    assert Inputs({"a.b/c": "x", "A.b/c": "y"}).text("a.b/c") == "x"
    assert Inputs({"container": "x", "node": "y"}).parts("containers") == ()
