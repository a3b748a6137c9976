"""`review` renders what previews found elsewhere, and keeps the comments of their pull request."""

import subprocess
import sys

import pytest

from tests.support import results
from tests.support.fake_gh import FakeGitHub, comment, pull
from weighbridge.cli import main
from weighbridge.render.preview import json as as_json
from weighbridge.render.preview import junit, markdown

PROD = results.admitted(stack="prod", quota=())
HEAD = ("--head", "fork:feature", "--commit", "a" * 40)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Reports of two stacks, one of which is blocked."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    for result in (PROD, results.blocked()):
        (tmp_path / "out" / f"{result.stack}.json").write_text(as_json.render(result), encoding="utf-8")
    return tmp_path


@pytest.fixture
def hub(folder, monkeypatch):
    fake = FakeGitHub(
        pulls=[pull(7, "fork:feature", "a" * 40)],
        files=[{"filename": "stacks/dev.yaml", "patch": "@@ -8,2 +8,3 @@\n a\n+b\n c\n"}],
    )
    fake.install(folder / "bin")
    monkeypatch.setenv("PATH", str(folder / "bin"))
    return fake


@pytest.fixture
def review(monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["weighbridge", "review", *map(str, arguments)])
        code = main.run()
        return subprocess.CompletedProcess(arguments, code, *capsys.readouterr())

    return run


def test_the_comment_of_all_reports_in_a_folder_is_printed(folder, review):
    ran = review("out")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == markdown.render_all([results.blocked(), PROD])


def test_one_report_gives_any_format(folder, review):
    ran = review("out/dev.json", "--format", "junit", "--also", "markdown=dev.md")
    assert ran.returncode == 0
    assert ran.stdout == junit.render(results.blocked())
    assert (folder / "dev.md").read_text() == markdown.render(results.blocked())


def test_lines_of_many_stacks_are_joined_and_read_again(folder, review):
    assert review("out", "--format", "json-lines", "-o", "all.jsonl").returncode == 0
    assert (folder / "all.jsonl").read_text().count("\n") == 2
    assert review("all.jsonl").stdout == review("out").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("out", "--format", "sarif"), "--format sarif: several stacks don't fit into one"),
        (("out/dev.json", "--repository", "a/b"), "--repository: say which pull request"),
        (("out", "--repository", "a", *HEAD), "--repository a: expected OWNER/NAME"),
        (("out", "--repository", "a/b", "--head", "x", "--commit", "c"), "--head x: expected OWNER:BRANCH"),
        (("out", "--repository", "a/b", *HEAD, "--folder", "../x"), "--folder ../x: expected a folder of the"),
        (("out", "--repository", "a/b", *HEAD, "--run", "http://x"), "--run http://x: expected an address"),
        (("bin",), "bin: no file that ends in .json"),
        (("none",), "none: it can't be read: No such file"),
    ],
    ids=lambda found: " ".join(found[:3]) if isinstance(found, tuple) else "",
)
def test_wrong_usage_says_what_is_right(hub, review, arguments, message):
    (hub.folder / "state.json").rename(hub.folder / "kept")  # a folder without a report
    ran = review(*arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"weighbridge: {message}")


def test_the_pull_request_gets_one_comment_and_the_line_its_own(hub, review):
    ran = review("out", "--repository", "a/b", *HEAD, "--run", "https://github.com/a/b/actions/runs/1")
    assert (ran.returncode, ran.stdout) == (0, "")
    assert ran.stderr == "pull request 7: comment new; at lines 2 new, 0 resolved\n"
    (found,) = hub.reload().comments
    first, second, third, *_ = found["body"].splitlines()
    assert first == "<!-- weighbridge:review . -->"
    assert second.startswith("<!-- weighbridge:v1 ")
    assert third == "**⛔ 2 stacks**: 1 blocked, 1 admitted"
    assert found["body"].endswith(
        "<sub>Computed from the pull request's own code at aaaaaaaaaa ·"
        " [run](https://github.com/a/b/actions/runs/1)</sub>\n"
    )


def test_a_newer_commit_is_not_overwritten(hub, review):
    ran = review("out", "--repository", "a/b", "--head", "fork:feature", "--commit", "c" * 40)
    assert (ran.returncode, ran.stdout) == (0, "")
    assert ran.stderr == (
        "no open pull request of fork:feature has cccccccccc as its last commit: nothing is written\n"
    )
    assert hub.reload().comments == []


@pytest.mark.parametrize(("outcome", "words"), [("failure", "**❓ No report**: the preview ended"), ("success", "")])
def test_an_old_verdict_never_stays_where_there_is_no_new_one(hub, review, outcome, words):
    hub.comments = [comment("A", "<!-- weighbridge:review . -->\nall is well")]
    hub.save()
    assert review("gone", "--repository", "a/b", *HEAD, "--outcome", outcome).returncode == 0
    (found,) = hub.reload().comments
    assert found["isMinimized"] == (outcome == "success")
    assert words in found["body"]


def test_what_github_refuses_ends_with_3(hub, review):
    hub.refused = ["graphql"]
    hub.save()
    ran = review("out", "--repository", "a/b", *HEAD)
    assert ran.returncode == 3
    assert ran.stderr.startswith("could not review: gh api graphql ended with exit code 1: gh: Resource")
