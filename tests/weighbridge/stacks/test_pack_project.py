"""The pack finds the project that it judges, or says why not; no caller can move a pack that lies in one."""

from pathlib import Path

import pytest

import weighbridge
from weighbridge.files.problem import FileError
from weighbridge.stacks.pack_project import VARIABLE, project_of_pack, project_of_run


@pytest.fixture
def project(tmp_path):
    """Makes a project of a name in a folder."""

    def make(folder, name):
        path = tmp_path / folder
        path.mkdir(parents=True)
        (path / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
        return path

    return make


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Installs the package below a folder; its pack."""

    def install(below):
        package = tmp_path / below / "site-packages" / "weighbridge"
        (package / "policies").mkdir(parents=True)
        monkeypatch.setattr(weighbridge, "__file__", str(package / "__init__.py"))
        return package / "policies"

    return install


def test_a_pack_in_a_project_belongs_to_it_whatever_the_environment_says(project):
    home, other = project("home", "ml"), project("other", "ml")
    found = project_of_pack(home / "policies", "ml", {VARIABLE: str(other), "PWD": str(other)})
    assert found.stacks == home / "stacks"
    # The pack of a central repository judges the programs of others by its own quota file.
    assert project_of_pack(home / "policies", "theirs", {"PWD": str(other)}).stacks == home / "stacks"


def test_an_installed_pack_belongs_to_the_project_around_its_environment_if_that_is_judged(project, installed):
    home, other = project("home", "ml"), project("other", "ml")
    pack = installed("home/.venv")
    assert project_of_pack(pack, "ml", {VARIABLE: str(other), "PWD": str(other)}).folder == home
    theirs = project("theirs", "theirs")
    assert project_of_pack(pack, "theirs", {"PWD": str(theirs)}).folder == theirs


def test_an_installed_pack_finds_the_project_that_the_caller_started_in(project, installed):
    home = project("home", "ml")
    assert project_of_pack(installed("usr"), "ml", {"PWD": str(home / "stacks")}).folder == home


def test_an_installed_pack_finds_the_project_that_is_named(project, installed):
    home, central = project("home", "ml"), project("central", "quota")
    environment = {VARIABLE: str(central), "PWD": str(home)}
    assert project_of_pack(installed("usr"), "ml", environment).folder == central


@pytest.mark.parametrize("environment", [{}, {"PWD": "/"}, {"PWD": "relative"}])
def test_without_a_project_it_says_where_was_looked(installed, environment):
    pack = installed("usr")
    with pytest.raises(FileError) as error:
        project_of_pack(pack, "ml", environment)
    (line,) = error.value.lines()
    started = Path(environment.get("PWD", ""))
    assert line == (
        f"{pack}: this pack doesn't know where project ml lies: there is no Pulumi.yaml in {started} or above. "
        "Start Pulumi in the project's folder, or name that folder in WEIGHBRIDGE_PROJECT"
    )


def test_another_project_is_not_taken_for_the_one_that_is_judged(project, installed):
    other = project("other", "other")
    with pytest.raises(FileError) as error:
        project_of_pack(installed("usr"), "ml", {"PWD": str(other)})
    (line,) = error.value.lines()
    assert line == (
        f"{other}/Pulumi.yaml: name: this is project other, and what is judged is project ml. "
        "Start Pulumi in that project's folder, or name that folder in WEIGHBRIDGE_PROJECT"
    )


def test_a_named_folder_without_a_project_is_refused(project, installed, tmp_path):
    home, pack = project("home", "ml"), installed("usr")
    with pytest.raises(FileError, match="holds no Pulumi project"):
        project_of_pack(pack, "ml", {VARIABLE: str(tmp_path), "PWD": str(home)})
    with pytest.raises(FileError, match="WEIGHBRIDGE_PROJECT is 'home', expected an absolute path"):
        project_of_pack(pack, "ml", {VARIABLE: "home", "PWD": str(home)})


def test_a_program_in_another_language_is_of_the_project_that_it_runs_in_or_that_is_named(project):
    home, central = project("home", "ml"), project("central", "quota")
    (home / "src").mkdir()
    assert project_of_run("ml", home / "src", {"PWD": "/"}).folder == home
    assert project_of_run("ml", home, {VARIABLE: str(central)}).folder == central


def test_a_program_in_another_language_without_a_project_of_its_own_is_refused(project, tmp_path):
    home = project("home", "ml")
    with pytest.raises(FileError, match="this is project ml, and what is judged is project other"):
        project_of_run("other", home, {})
    with pytest.raises(FileError, match="Weighbridge doesn't know where project ml lies: there is no"):
        project_of_run("ml", tmp_path, {})
