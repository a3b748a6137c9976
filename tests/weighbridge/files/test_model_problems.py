"""What a model refuses, in one form: what was expected, what was given, the nearest right spelling."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from weighbridge.files.model_problems import few, listed, problems_of, shown, written
from weighbridge.units import Expected, KeyOf, MayBeSecret


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    size: int = Field(ge=1, le=8, examples=[4])
    share: float = Field(default=0.5, gt=0, lt=1)


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Literal["standard", "spot"]
    on: bool = False
    inner: Inner | None = None
    names: Annotated[list[str], Field(min_length=1)] = ["a"]
    by_name: dict[Literal["first", "second"], Inner] = {}


def problems(**given):
    data = {"kind": "spot", **given}
    with pytest.raises(ValidationError) as error:
        Outer.model_validate(data)
    return [f"{problem.location}: {problem.message}" for problem in problems_of(error.value, Outer, data)]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kind": "sport"}, 'kind: expected standard or spot, got "sport". Did you mean `spot`?'),
        ({"kind": 3}, "kind: expected standard or spot, got 3."),
        ({"on": "yes"}, 'on: expected true or false, got "yes".'),
        ({"inner": {"size": 9}}, "inner.size: expected a whole number from 1 to 8, got 9."),
        ({"inner": {"size": 1, "share": 1.0}}, "inner.share: expected a number above 0 and below 1, got 1.0."),
        ({"inner": {}}, "inner.size: missing. Add it, such as `size: 4`"),
        ({"inner": []}, "inner: expected a mapping with the keys size, share, got an empty list."),
        ({"by_name": []}, "by_name: expected a mapping, got an empty list."),
        (
            {"by_name": {"firsd": {"size": 1}}},
            'by_name.firsd: this name can\'t be used: expected first or second, got "firsd". Did you mean `first`?',
        ),
    ],
)
def test_what_is_expected_is_read_from_the_model(given, message):
    assert problems(**given) == [message]


class JobOfAPool(BaseModel):
    pool: Annotated[str, KeyOf("pools")] = Field(examples=["system"])


class JobsAndPools(BaseModel):
    pools: dict[str, int] = {}
    jobs: dict[str, JobOfAPool]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"pools": {"cpu": 1, "gpu": 2}}, "missing. Add it, such as `pool: cpu`; there are cpu and gpu"),
        ({"pools": {"gpu": 2}}, "missing. Add it, such as `pool: gpu`"),
        ({"pools": {}}, "missing. Add it, such as `pool: system`"),
        ({"pools": [1]}, "missing. Add it, such as `pool: system`"),
        ({}, "missing. Add it, such as `pool: system`"),
    ],
)
def test_a_missing_name_is_one_of_those_that_the_file_has(more, message):
    data = {**more, "jobs": {"a": {}}}
    with pytest.raises(ValidationError) as error:
        JobsAndPools.model_validate(data)
    assert problems_of(error.value, JobsAndPools, data)[-1].message == message


class Told(BaseModel):
    key: Annotated[str, Field(pattern="^projects/"), Expected("the name of a secret"), MayBeSecret()] | None = None


class Telling(BaseModel):
    one: Told | None = None
    several: tuple[Told, ...] = ()
    by_name: dict[str, Told] = {}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"one": {"key": "xoxb-1"}}, "one.key: expected the name of a secret"),
        ({"one": {"key": 8731}}, "one.key: expected the name of a secret"),
        ({"one": "xoxb-1"}, "one: expected a mapping with the keys key"),
        ({"several": "xoxb-1"}, "several: expected a list"),
        ({"several": ["xoxb-1"]}, "several[0]: expected a mapping with the keys key"),
        ({"by_name": {"x": "xoxb-1"}}, "by_name.x: expected a mapping with the keys key"),
    ],
)
def test_a_secret_given_where_its_name_belongs_is_not_shown(given, expected):
    with pytest.raises(ValidationError) as error:
        Telling.model_validate(given)
    found = [f"{problem.location}: {problem.message}" for problem in problems_of(error.value, Telling, given)]
    assert found == [f"{expected}; what is given isn't shown, as it may be a secret"]


def test_what_has_no_text_in_it_is_shown_there_too():
    with pytest.raises(ValidationError) as error:
        Telling.model_validate({"one": {"key": []}})
    (problem,) = problems_of(error.value, Telling, {"one": {"key": []}})
    assert problem.message == "expected the name of a secret, got an empty list."


def test_a_misspelt_key_is_one_problem_not_two():
    assert problems(inner={"sizze": 1}) == ["inner.sizze: unknown key. Allowed here: share, size. Did you mean `size`?"]


def test_values_are_shown_short_and_as_people_know_them():
    assert [shown(value) for value in (None, True, 3, "a", [], [1, 2], {}, {"a": 1})] == [
        "nothing", "true", "3", '"a"', "an empty list", "a list of 2", "an empty mapping", "a mapping",
    ]  # fmt: skip
    assert len(shown("x" * 100)) == 60


def test_values_are_written_as_yaml_writes_them():
    assert written({"a": [1, "x"], "at": "12:30"}) == '{a: [1, x], at: "12:30"}'


def test_names_are_listed_as_a_sentence_lists_them():
    assert [listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
    assert listed(["a", "b"], "or") == "a or b"


@pytest.mark.parametrize(
    ("names", "expected"), [("", ""), ("a", "a"), ("abcd", "a, b, c, d"), ("abcde", "a, b, c, 2 more")]
)
def test_of_many_names_a_sentence_lists_few(names, expected):
    assert few(names) == expected
