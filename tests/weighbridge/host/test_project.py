"""Settings as Pulumi gives them to a program."""

import pytest

from weighbridge.files.problem import FileError
from weighbridge.files.project import read_project
from weighbridge.host import HostError, read_stack_config, refuse_other_languages


@pytest.fixture
def project(tmp_path):
    def write(text="name: proj\nruntime: python\n", **stacks):
        (tmp_path / "Pulumi.yaml").write_text(text, encoding="utf-8")
        for stack, settings in stacks.items():
            (tmp_path / f"Pulumi.{stack}.yaml").write_text(settings, encoding="utf-8")
        return tmp_path

    return write


def test_settings_have_full_keys_and_are_texts_as_pulumi_stores_them(project):
    folder = project(dev="config: {a: x, gcp:project: p, n: 4, flag: true, day: 2026-11-24, list: [1, {b: c}]}\n")
    assert read_stack_config(read_project(folder), "dev").values == {
        "proj:a": "x",
        "gcp:project": "p",
        "proj:n": "4",
        "proj:flag": "true",
        "proj:day": "2026-11-24",
        "proj:list": '[1, {"b": "c"}]',
    }


def test_the_projects_own_settings_count_where_the_stack_has_none(project):
    text = "name: proj\nruntime: python\nconfig: {a: 1, b: {default: 2}, gcp:project: {value: p}, d: {type: string}}\n"
    folder = project(text, dev="config: {a: 9}\n")
    assert read_stack_config(read_project(folder), "dev").values == {
        "proj:a": "9",
        "proj:b": "2",
        "gcp:project": "p",
    }
    assert read_stack_config(read_project(folder), "new").values["proj:a"] == "1"


def test_encrypted_settings_stand_as_a_placeholder_however_deep_and_are_secret(project):
    folder = project(
        dev="config: {a: {secure: v1:x}, b: {user: ann, key: [{secure: v1:y}]}, c: {secure: x, more: y}}\n"
    )
    found = read_stack_config(read_project(folder), "dev")
    assert found.values == {
        "proj:a": "[encrypted]",
        "proj:b": '{"user": "ann", "key": ["[encrypted]"]}',
        "proj:c": '{"secure": "x", "more": "y"}',
    }
    assert found.secret_keys == {"proj:a", "proj:b"}
    assert found.unreadable == ("proj:a", "proj:b")


def test_settings_lie_where_the_project_says(project):
    folder = project("name: proj\nruntime: python\nstackConfigDir: environments\n", dev="config: {a: beside}\n")
    assert read_stack_config(read_project(folder), "dev").values == {}
    (folder / "environments").mkdir()
    (folder / "Pulumi.dev.yaml").rename(folder / "environments" / "Pulumi.dev.yaml")
    assert read_stack_config(read_project(folder), "dev").values == {"proj:a": "beside"}


@pytest.mark.parametrize("text", ["", "# nothing\n", "config:\n", "encryptionsalt: x\n"])
def test_no_settings_are_none(project, text):
    assert read_stack_config(read_project(project(dev=text)), "dev").values == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("config: [a]\n", ":1:9: config: expected a mapping of settings"),
        ("- a\n", ":1:1: expected a mapping, got a list of 1"),
        ("config: {\n", ":2:1: not valid YAML: a value is missing here"),
    ],
)
def test_what_is_wrong_has_its_line(project, text, message):
    folder = project(dev=text)
    with pytest.raises(FileError) as error:
        read_stack_config(read_project(folder), "dev")
    assert error.value.lines() == [f"{folder}/Pulumi.dev.yaml{message}"]


def test_programs_in_other_languages_are_refused_with_what_to_do(project):
    folder = project("name: ml\nruntime: {name: go}\n")
    with pytest.raises(HostError) as error:
        refuse_other_languages(read_project(folder), "dev")
    assert error.value.reason == "Pulumi.yaml names the language go, and offline only Python programs can run"
    assert error.value.detail.splitlines() == [
        "Judge the stack where Pulumi runs its program:",
        '    pulumi preview -s dev --policy-pack "$(weighbridge pack)"',
        "Offline, these judge its spec, and whether all stacks fit:",
        "    weighbridge validate dev && weighbridge quota",
    ]


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ("[team/dev]", ("team/dev",)),
        ("[team/base, team/dev@stable, team/base]", ("team/base", "team/dev@stable")),
        ("[{team/dev: {merge: false}}]", ("team/dev",)),
        ("{imports: [team/dev]}", ("team/dev",)),
        ("{values: {pulumiConfig: {extra: 50}}}", ("values of its own",)),
        ("{imports: [team/dev], values: {a: 1}}", ("team/dev", "values of its own")),
        ("[]", ()),
        ("{}", ()),
        ("", ()),
    ],
)
def test_environments_that_a_stack_imports_are_named(project, environment, named):
    folder = project(dev=f"environment: {environment}\nconfig: {{a: x}}\n")
    found = read_stack_config(read_project(folder), "dev")
    assert (found.environments, found.values) == (named, {"proj:a": "x"})


def test_an_environment_that_is_no_list_is_said_where_it_stands(project):
    folder = project(dev="config: {a: x}\nenvironment: team/dev\n")
    with pytest.raises(FileError) as error:
        read_stack_config(read_project(folder), "dev")
    assert error.value.lines() == [
        f"{folder}/Pulumi.dev.yaml:2:14: environment: expected a list of environments of Pulumi ESC"
    ]
