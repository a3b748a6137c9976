"""One comment that is edited, and comments at lines that are resolved, whatever else others write."""

import pytest

from tests.support.fake_gh import FakeGitHub, comment, pull, thread
from weighbridge.github import MOST_LINE_COMMENTS, GitHub, GitHubFailed, LineComment, NotARepository, shown_lines

MARK = "<!-- weighbridge:review . -->"
PATCH = "@@ -1,3 +1,4 @@\n version: 1\n-owner: a\n+owner: b\n+more: 1\n end\n@@ -20,2 +21,2 @@ x\n a\n-b\n+c\n"
LINES = [1, 2, 3, 4, 21, 22]


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """What GitHub has; `gh` is the only program on the PATH."""
    fake = FakeGitHub(
        pulls=[pull(7, "fork:feature", "a" * 40), pull(8, "fork:feature", "b" * 40)],
        files=[{"filename": "stacks/dev.yaml", "patch": PATCH}, {"filename": "big.yaml"}],
    )
    fake.install(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return fake


def keep(fake, body="report", lines=()):
    fake.save()
    github = GitHub("example/ml")
    found = github.find("fork:feature", "a" * 40)
    assert found is not None
    kept = github.keep(found, MARK, body and f"{MARK}\n{body}", lines)
    fake.reload()
    return str(kept)


def at(line, key="ab12", path="stacks/dev.yaml"):
    return LineComment(key, path, line, "**`shared-quota`** (blocks)")


def test_a_pull_request_is_found_by_its_branch_and_its_commit_alone(hub):
    assert GitHub("example/ml").find("fork:feature", "b" * 40).number == 8
    assert GitHub("example/ml").find("fork:feature", "c" * 40) is None
    assert GitHub("example/ml").find("other:feature", "a" * 40) is None


def test_the_comment_is_made_once_then_edited_and_left_alone_while_it_says_the_same(hub):
    assert keep(hub) == "comment new; at lines 0 new, 0 resolved"
    assert keep(hub) == "comment as it was; at lines 0 new, 0 resolved"
    assert keep(hub, "other") == "comment edited; at lines 0 new, 0 resolved"
    assert [found["body"] for found in hub.comments] == [f"{MARK}\nother"]


def test_with_nothing_to_say_there_is_no_comment_and_an_old_one_is_hidden(hub):
    assert keep(hub, None) == "comment none; at lines 0 new, 0 resolved"
    hub.comments = [comment("A", f"{MARK}\nold")]
    assert keep(hub, None) == "comment hidden; at lines 0 new, 0 resolved"
    assert hub.comments[0]["isMinimized"]
    assert keep(hub) == "comment new; at lines 0 new, 0 resolved"


def test_of_several_the_newest_is_edited_and_those_of_others_are_not_touched(hub):
    theirs = comment("T", f"{MARK}\nall is well", mine=False)
    talk = [comment(f"N{number}", "a comment of mine about something else") for number in range(5)]
    hub.page = 3
    hub.comments = [comment("A", f"{MARK}\nold"), *talk, comment("B", f"{MARK}\nolder"), theirs]
    assert keep(hub) == "comment edited; at lines 0 new, 0 resolved"
    assert hub.comments[0]["isMinimized"]
    assert hub.comments[-2]["body"] == f"{MARK}\nreport"
    assert hub.comments[-1] == theirs
    assert not any(found["isMinimized"] for found in hub.comments[1:])


def test_a_line_is_commented_where_github_takes_a_comment(hub):
    everywhere = [at(line, f"{line:04x}", path) for path in ("stacks/dev.yaml", "big.yaml") for line in range(24)]
    assert keep(hub, lines=everywhere) == f"comment new; at lines {len(LINES)} new, 0 resolved"
    marks = [found["comments"]["nodes"][0]["body"].splitlines()[0] for found in hub.threads]
    assert marks == [f"<!-- weighbridge:line {line:04x} -->" for line in LINES]


def test_what_a_difference_shows():
    assert list(shown_lines(PATCH)) == LINES
    assert list(shown_lines("@@ -0,0 +1 @@\n+a\n\\ No newline at end of file\n")) == [1]
    assert list(shown_lines("")) == []


def test_a_finding_is_commented_once_and_resolved_when_it_is_mended(hub):
    assert keep(hub, lines=[at(2), at(3, "cd34")]).endswith("2 new, 0 resolved")
    assert keep(hub, lines=[at(3, "cd34"), at(4)]).endswith("0 new, 0 resolved")
    assert keep(hub, lines=[at(3, "cd34")]).endswith("0 new, 1 resolved")
    assert [found["isResolved"] for found in hub.threads] == [True, False]
    assert keep(hub, lines=[at(2), at(3, "cd34")]).endswith("1 new, 0 resolved")


def test_a_token_that_may_not_resolve_hides_it(hub):
    keep(hub, lines=[at(2)])
    hub.refused = ["resolveReviewThread"]
    assert keep(hub).endswith("0 new, 1 resolved")
    assert [found["isResolved"] for found in hub.threads] == [False]
    assert hub.threads[0]["comments"]["nodes"][0]["isMinimized"]
    assert keep(hub).endswith("0 new, 0 resolved")


def test_others_threads_are_theirs(hub):
    marked = at(2).marked
    hub.threads = [thread("T1", comment("L1", marked, mine=False)), thread("T2", comment("L2", "why?"))]
    assert keep(hub).endswith("0 new, 0 resolved")
    assert not any(found["isResolved"] for found in hub.threads)


def test_at_most_ten_stand_at_lines_and_the_worst_come_first(hub):
    hub.files = [{"filename": "stacks/dev.yaml", "patch": "@@ -0,0 +1,40 @@\n" + "+a\n" * 40}]
    many = [at(number, f"{number:04x}") for number in range(1, 31)]
    assert keep(hub, lines=many).endswith(f"{MOST_LINE_COMMENTS} new, 0 resolved")
    assert [found["comments"]["nodes"][0]["body"].splitlines()[0][-8:-4] for found in hub.threads] == [
        f"{number:04x}" for number in range(1, 11)
    ]
    assert keep(hub, lines=many[5:]).endswith("5 new, 5 resolved")


def test_what_github_refuses_is_said_in_its_words(hub):
    hub.refused = ["addComment"]
    with pytest.raises(GitHubFailed, match=r"gh api graphql ended with exit code 1: gh: Resource not accessible"):
        keep(hub)


def test_without_gh_it_says_where_to_get_it(hub, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitHubFailed, match=r"gh is not on the PATH: https://cli.github.com"):
        GitHub("example/ml").find("a:b", "c")


@pytest.mark.parametrize("name", ["ml", "a/b/c", "a/b c", "--help"])
def test_a_repository_has_an_owner_and_a_name(name):
    with pytest.raises(NotARepository):
        GitHub(name)
