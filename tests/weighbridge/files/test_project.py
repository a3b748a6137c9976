"""Pulumi.yaml as every command, the host, the program and the pack read it."""

import json

import pytest

from weighbridge.files.problem import FileError
from weighbridge.files.project import nearest_project_file, project_file, read_project

GOOD = "name: ml\nruntime: python\n"


def wrong(folder, text, name="Pulumi.yaml"):
    (folder / name).write_text(text)
    with pytest.raises(FileError) as error:
        read_project(folder)
    return [line.removeprefix(f"{folder}/") for line in error.value.lines()]


def test_without_a_folder_named_the_specs_lie_in_stacks_and_the_settings_beside_the_file(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text(GOOD)
    project = read_project(tmp_path)
    assert (project.name, project.runtime, project.main, project.folder) == ("ml", "python", ".", tmp_path)
    assert project.stacks == tmp_path / "stacks"
    assert project.settings_file("dev") == tmp_path / "Pulumi.dev.yaml"


@pytest.mark.parametrize(
    ("written", "folder"),
    [
        ("stackConfigDir: environments", "environments"),
        ("stackConfigDir: deep/er/", "deep/er"),
        ("stackConfigDir: .", "."),
        ("stackConfigDir: ../shared", "../shared"),
        ("stackConfigDir: /absolute", "absolute"),  # Go joins the two
        ("config: old-name", "old-name"),
    ],
)
def test_the_named_folder_holds_specs_and_settings(tmp_path, written, folder):
    home = tmp_path / "home"
    home.mkdir()
    (home / "Pulumi.yaml").write_text(f"{GOOD}{written}\n")
    project = read_project(home)
    assert project.stacks == (home / folder).resolve()
    assert project.settings_file("dev") == project.stacks / "Pulumi.dev.yaml"


@pytest.mark.parametrize("written", ["stackConfigDir:", 'stackConfigDir: ""', "stackConfigDir: null"])
def test_an_empty_name_names_nothing(tmp_path, written):
    (tmp_path / "Pulumi.yaml").write_text(f"{GOOD}{written}\n")
    assert read_project(tmp_path).stacks == tmp_path / "stacks"


def test_what_pulumi_takes_beside_yaml(tmp_path):
    (tmp_path / "Pulumi.yml").write_text("\ufeff" + GOOD, encoding="utf-8")
    assert read_project(tmp_path).settings_file("dev").name == "Pulumi.dev.yml"
    (tmp_path / "Pulumi.yaml").write_text("name: yaml\nruntime: {name: python, options: {virtualenv: .venv}}\n")
    assert read_project(tmp_path).name == "yaml"
    (tmp_path / "Pulumi.json").write_text(json.dumps({"name": "json", "runtime": "python", "main": "src"}, indent="\t"))
    project = read_project(tmp_path)
    assert (project.name, project.main, project.settings_file("dev").name) == ("json", "src", "Pulumi.dev.json")


def test_settings_of_every_stack_are_kept_as_written(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text(f"{GOOD}config: {{zone: a, gcp:project: {{value: p}}}}\n")
    assert read_project(tmp_path).config == {"zone": "a", "gcp:project": {"value": "p"}}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", ["Pulumi.yaml: the file is empty"]),
        ("# nothing\n", ["Pulumi.yaml: the file is empty"]),
        ("- name\n", ["Pulumi.yaml:1:1: expected a mapping, got a list of 1"]),
        (
            "name: [\n",
            ["Pulumi.yaml:2:1: not valid YAML: a value is missing here"],
        ),
        (
            "description: x\n",
            [
                "Pulumi.yaml:1:1: name: missing. Add a name, such as `name: ml-platform`",
                "Pulumi.yaml:1:1: runtime: missing. Add a language, such as `runtime: python`",
            ],
        ),
        (
            "name: 3\nruntime: {options: {}}\n",
            [
                "Pulumi.yaml:1:7: name: expected a name, such as `name: ml-platform`, got 3",
                "Pulumi.yaml:2:1: runtime.name: missing. Add a language, such as `runtime: python`",
            ],
        ),
        (
            GOOD + "stackConfigDir: [a]\n",
            ["Pulumi.yaml:3:17: stackConfigDir: expected the path of a folder, got a list of 1"],
        ),
        (GOOD + "main: 7\n", ["Pulumi.yaml:3:7: main: expected the path of a folder, got 7"]),
        (GOOD + "config: [a]\n", ["Pulumi.yaml:3:9: config: expected a mapping, got a list of 1"]),
        (
            GOOD + "stackConfigDir: a\nconfig: b\n",
            ["Pulumi.yaml:4:9: config: names a folder, as `stackConfigDir` does: keep `stackConfigDir` only"],
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_has_its_line(tmp_path, text, lines):
    assert wrong(tmp_path, text) == lines


def test_json_has_its_line_too(tmp_path):
    (line,) = wrong(tmp_path, '{"name": "ml",\n  runtime}', "Pulumi.json")
    assert line.startswith("Pulumi.json:2:3: not valid JSON: Expecting property name")


def test_a_file_that_cannot_be_read_is_said_to_be_so(tmp_path):
    (tmp_path / "Pulumi.yaml").write_bytes(b"name: \xff\n")
    with pytest.raises(FileError, match="not UTF-8 text"):
        read_project(tmp_path)


def test_a_folder_without_a_project_names_what_was_looked_for(tmp_path):
    folder = tmp_path / "a"
    (folder / "Pulumi.yaml").mkdir(parents=True)  # a folder is no project file
    with pytest.raises(FileError) as error:
        read_project(folder)
    assert error.value.lines() == [
        (
            f"{folder}: there is no Pulumi.json and no Pulumi.yaml and no Pulumi.yml in it, so it holds no Pulumi "
            "project. Name a folder that holds a Pulumi project"
        )
    ]


NONE, OTHERS = "Name a folder that holds a Pulumi project", "in {}: serving, training."


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("trianing", f"there is no such folder. {NONE}; {OTHERS} Did you mean `training`?"),
        ("notes.txt", f"it is a file, not a folder. {NONE}; {OTHERS}"),
        ("gone/deep", f"there is no such folder. {NONE}"),
        ("\0", f"there is no such folder. {NONE}; {OTHERS}"),
    ],
)
def test_a_folder_that_is_none_says_so_and_which_projects_there_are(tmp_path, name, message):
    for project in ("training", "serving"):
        (tmp_path / project).mkdir()
        (tmp_path / project / "Pulumi.yaml").write_text(GOOD)
    (tmp_path / "other").mkdir()
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(FileError) as error:
        read_project(tmp_path / name)
    assert error.value.lines() == [f"{tmp_path / name}: {message.format(tmp_path)}"]


def test_the_nearest_file_upward_is_found(tmp_path):
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "Pulumi.yml").write_text(GOOD)
    assert nearest_project_file(below) == tmp_path / "Pulumi.yml"
    (tmp_path / "a" / "Pulumi.yaml").write_text(GOOD)
    assert nearest_project_file(below) == tmp_path / "a" / "Pulumi.yaml"
    assert project_file(below) is None
    assert project_file(tmp_path / "\0") is None
