"""A revision's files for a while, without a trace in the repository; and what differs from it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from weighbridge.preview import revision
from weighbridge.preview.revision import RevisionError, changed_files, checked_out, find_revision

IDENTITY = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *IDENTITY, *arguments], cwd=folder, check=True, capture_output=True, text=True)  # noqa: S607
    return done.stdout


def commit(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "c")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    commit(folder, a="one", b="same")
    return folder


def test_the_files_are_those_of_the_revision_and_go_afterwards(repository):
    (repository / ".gitattributes").write_text("b export-ignore\n")
    commit(repository, a="two")
    (repository / "a").write_text("three")
    before = git(repository, "status", "--porcelain")
    with checked_out(find_revision(repository, "HEAD~1")) as tree:
        assert ((tree / "a").read_text(), (tree / "b").read_text()) == ("one", "same")
    with checked_out(find_revision(repository, "main")) as latest:
        assert {file.name for file in latest.iterdir()} == {"a", "b", ".gitattributes"}
    assert not tree.exists()
    assert not latest.exists()
    assert git(repository, "status", "--porcelain") == before
    assert git(repository, "worktree", "list").count("\n") == 1


def test_a_name_is_shown_with_its_commit(repository):
    found = find_revision(repository, "main")
    assert str(found) == f"main ({found.commit[:10]})"
    assert str(find_revision(repository, found.commit[:7])) == found.commit[:10]


@pytest.mark.parametrize("name", ["nope", "origin/nope"])
def test_a_revision_that_is_not_there_says_how_to_get_it(repository, name):
    with pytest.raises(RevisionError) as caught:
        find_revision(repository, name)
    assert str(caught.value) == (
        f"{repository} has no revision '{name}': name a branch, a tag or a commit that is there. "
        "In a shallow clone, fetch it first: git fetch origin nope"
    )


@pytest.mark.parametrize("name", ["", "--output=x", "-n"])
def test_an_option_is_no_revision(repository, name):
    with pytest.raises(RevisionError, match="is no revision: name a branch, a tag or a commit"):
        find_revision(repository, name)


def test_outside_of_a_repository_there_is_none(tmp_path):
    with pytest.raises(RevisionError) as caught:
        find_revision(tmp_path, "HEAD")
    assert str(caught.value) == f"{tmp_path} is in no git repository, so there is no revision to compare with"


def test_what_is_too_large_is_not_written(repository, monkeypatch):
    monkeypatch.setattr(revision, "MOST_FILES", 1)
    with (
        pytest.raises(RevisionError, match="has 2 files of 0 MB together"),
        checked_out(find_revision(repository, "main")),
    ):
        pass


def test_the_variables_of_a_hook_name_no_other_repository(repository, monkeypatch, tmp_path):
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    with checked_out(find_revision(repository, "main")) as tree:
        assert (tree / "a").read_text() == "one"
    assert not (tmp_path / "index").exists()


def test_changed_are_files_since_the_branches_parted_with_new_and_renamed_ones(repository):
    git(repository, "checkout", "--quiet", "-b", "change")
    commit(repository, c="of the change")
    git(repository, "checkout", "--quiet", "main")
    commit(repository, d="of main alone")
    git(repository, "checkout", "--quiet", "change")
    (repository / "b").rename(repository / "ü b")
    (repository / "a").write_text("not committed")
    changed = changed_files(find_revision(repository, "main"))
    assert changed.files == ("a", "b", "c", "ü b")
    assert changed.untracked < {"a", "b", "c", "ü b"}
