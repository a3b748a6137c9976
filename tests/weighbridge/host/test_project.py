"""Pulumi.yaml and the settings of a stack, read as Pulumi reads them."""

import pytest

from weighbridge.host import HostError, read_project, read_stack_config


@pytest.fixture
def project(tmp_path):
    def write(text="name: proj\nruntime: python\n", **stacks):
        (tmp_path / "Pulumi.yaml").write_text(text, encoding="utf-8")
        for stack, settings in stacks.items():
            (tmp_path / f"Pulumi.{stack}.yaml").write_text(settings, encoding="utf-8")
        return tmp_path

    return write


def test_a_project_has_a_name_a_main_folder_and_a_folder_of_stacks(project):
    folder = project("name: proj\nruntime: {name: python}\nmain: app\nstackConfigDir: stacks\n")
    found = read_project(folder)
    assert (found.name, found.main, found.stacks) == ("proj", "app", folder / "stacks")
    found = read_project(project())
    assert (found.main, found.stacks) == (".", folder)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("runtime: python\n", "{file} has no name"),
        ("name: ''\nruntime: python\n", "{file} has no name"),
        ("name: p\nruntime: go\n", "{file} has runtime 'go'; the offline host runs Python programs only"),
        ("- a\n", "{file} is no mapping"),
    ],
)
def test_a_project_that_can_not_be_run_is_refused(project, text, reason):
    folder = project(text)
    with pytest.raises(HostError) as error:
        read_project(folder)
    assert error.value.reason == reason.format(file=folder / "Pulumi.yaml")


def test_a_file_that_is_no_yaml_is_refused(project):
    folder = project("name: [\n")
    with pytest.raises(HostError, match=r"Pulumi.yaml is no YAML: while parsing"):
        read_project(folder)


def test_a_folder_without_a_project_is_refused(tmp_path):
    with pytest.raises(HostError) as error:
        read_project(tmp_path)
    assert error.value.reason == f"{tmp_path / 'Pulumi.yaml'} can't be read: No such file or directory"


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
