"""Keeps Weighbridge's comments on a pull request, by GitHub's own command line (`gh`), which knows host and token.

One comment on the pull request, edited as the change goes on; at most `MOST_LINE_COMMENTS` at lines of the change,
resolved when what they say is mended. Only comments of the token's own user are touched, whatever is in others'.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from weighbridge.errors import NoVerdict, WrongInput

MOST_LINE_COMMENTS = 10
_SECONDS = 60
_MOST_WORDS = 300  # of an error of gh
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_LINE_MARK = re.compile(r"^<!-- weighbridge:line ([0-9a-f]+) -->$", re.MULTILINE)

_COMMENTS = """query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { id
    comments(first: 100, after: $after) { pageInfo { hasNextPage endCursor }
      nodes { id body viewerDidAuthor isMinimized } } } } }"""
_THREADS = """query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { id
    reviewThreads(first: 100, after: $after) { pageInfo { hasNextPage endCursor }
      nodes { id isResolved comments(first: 1) { nodes { id body viewerDidAuthor isMinimized } } } } } } }"""
_ADD = "mutation($id: ID!, $body: String!) { addComment(input: {subjectId: $id, body: $body}) { clientMutationId } }"
_EDIT = "mutation($id: ID!, $body: String!) { updateIssueComment(input: {id: $id, body: $body}) { clientMutationId } }"
_HIDE = """mutation($id: ID!, $why: ReportedContentClassifiers!) {
  minimizeComment(input: {subjectId: $id, classifier: $why}) { clientMutationId } }"""
_RESOLVE = "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { clientMutationId } }"


class GitHubFailed(NoVerdict):
    """GitHub or its command line didn't do what it was asked; the text has its own words."""


class NotARepository(WrongInput):
    """The repository or the head is no name of GitHub's."""


@dataclass(frozen=True, slots=True)
class PullRequest:
    """An open pull request. `head` is the commit that it has now."""

    number: int
    head: str


@dataclass(frozen=True, slots=True)
class LineComment:
    """What is to stand at a line. `key` stays while the words change: the same finding is commented once."""

    key: str  # hexadecimal
    path: str  # in the repository
    line: int
    body: str

    @property
    def marked(self) -> str:
        """Its text, with a mark by which it is found again."""
        return f"<!-- weighbridge:line {self.key} -->\n{self.body}"


@dataclass(frozen=True, slots=True)
class CommentsKept:
    """What was done, for people."""

    comment: str  # new, edited, as it was, none
    added: int = 0
    resolved: int = 0

    def __str__(self) -> str:
        return f"comment {self.comment}; at lines {self.added} new, {self.resolved} resolved"


class GitHub:
    """One repository, OWNER/NAME. Everything raises `GitHubFailed`."""

    def __init__(self, repository: str) -> None:
        if not _REPOSITORY.fullmatch(repository):
            raise NotARepository(f"--repository {repository}: expected OWNER/NAME")
        self.repository = repository
        self._owner, _, self._name = repository.partition("/")

    def find(self, head: str, commit: str) -> PullRequest | None:
        """The open pull request of a head, OWNER:BRANCH, where its last commit is the one given; None otherwise."""
        owner, colon, branch = head.partition(":")
        if not (owner and colon and branch):
            raise NotARepository(f"--head {head}: expected OWNER:BRANCH")
        path = f"repos/{self.repository}/pulls"
        fields = ("--field", "state=open", "--field", f"head={head}", "--field", "per_page=100")
        for found in self._list("--method", "GET", path, *fields):
            if found["head"]["sha"] == commit:
                return PullRequest(found["number"], commit)
        return None

    def keep(self, pull: PullRequest, mark: str, body: str | None, lines: Sequence[LineComment]) -> CommentsKept:
        """Makes the comment that begins with `mark` say `body`, and the lines have these comments.

        Without a body there is nothing to say: no comment is made, and one that exists is hidden.
        """
        added, resolved = self._keep_lines(pull, lines)
        return CommentsKept(self._keep_comment(pull, mark, body), added, resolved)

    def _keep_comment(self, pull: PullRequest, mark: str, body: str | None) -> str:
        subject, nodes = self._nodes(_COMMENTS, "comments", pull)
        mine = [node for node in nodes if node["viewerDidAuthor"] and node["body"].startswith(mark)]
        shown = [node for node in mine if not node["isMinimized"]]
        stale = shown if body is None else shown[:-1]
        for node in stale:
            self._graphql(_HIDE, {"id": node["id"], "why": "OUTDATED"})
        if body is None:
            return "hidden" if shown else "none"
        if not shown:
            self._graphql(_ADD, {"id": subject, "body": body})
            return "new"
        if shown[-1]["body"].strip() == body.strip():
            return "as it was"
        self._graphql(_EDIT, {"id": shown[-1]["id"], "body": body})
        return "edited"

    def _keep_lines(self, pull: PullRequest, wanted: Sequence[LineComment]) -> tuple[int, int]:
        _, threads = self._nodes(_THREADS, "reviewThreads", pull)
        there: set[str] = set()
        resolved = 0
        keys = {comment.key for comment in wanted}
        for thread in threads:
            first = next(iter(thread["comments"]["nodes"]), None)
            found = _LINE_MARK.match(first["body"]) if first and first["viewerDidAuthor"] else None
            if first is None or found is None or thread["isResolved"] or first["isMinimized"]:
                continue
            if found[1] in keys:
                there.add(found[1])
                continue
            resolved += 1
            try:
                self._graphql(_RESOLVE, {"id": thread["id"]})
            except GitHubFailed:  # some tokens may write comments, and not resolve
                self._graphql(_HIDE, {"id": first["id"], "why": "RESOLVED"})
        if len(there) >= MOST_LINE_COMMENTS or keys <= there:
            return 0, resolved
        changed = self._changed_lines(pull)
        new = [
            comment
            for comment in wanted
            if comment.key not in there and comment.line in changed.get(comment.path, frozenset())
        ][: MOST_LINE_COMMENTS - len(there)]
        if new:
            review = {
                "commit_id": pull.head,
                "event": "COMMENT",
                "body": f"{len(new)} finding{'s' if len(new) != 1 else ''} of Weighbridge, at the lines.",
                "comments": [
                    {"path": comment.path, "line": comment.line, "side": "RIGHT", "body": comment.marked}
                    for comment in new
                ],
            }
            self._call(f"repos/{self.repository}/pulls/{pull.number}/reviews", "--method", "POST", body=review)
        return len(new), resolved

    def _changed_lines(self, pull: PullRequest) -> Mapping[str, frozenset[int]]:
        """Lines that GitHub takes a comment at, by file: those that its differences show on the new side."""
        files = self._list(f"repos/{self.repository}/pulls/{pull.number}/files?per_page=100", "--paginate")
        return {file["filename"]: frozenset(shown_lines(file.get("patch") or "")) for file in files}

    def _nodes(self, query: str, what: str, pull: PullRequest) -> tuple[str, Sequence[Mapping[str, Any]]]:
        """The pull request's id, and all nodes of a connection of it."""
        nodes: list[Mapping[str, Any]] = []
        after = None
        while True:
            variables = {"owner": self._owner, "name": self._name, "number": pull.number, "after": after}
            found = self._graphql(query, variables)["repository"]["pullRequest"]
            nodes += found[what]["nodes"]
            page = found[what]["pageInfo"]
            if not page["hasNextPage"]:
                return found["id"], nodes
            after = page["endCursor"]

    def _graphql(self, query: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        (answer,) = self._call("graphql", body={"query": query, "variables": variables})
        if answer.get("errors") or not answer.get("data"):
            raise GitHubFailed(f"GitHub refuses: {json.dumps(answer.get('errors'))[:_MOST_WORDS]}")
        return dict(answer["data"])

    def _list(self, *arguments: str) -> Sequence[Any]:
        return [item for page in self._call(*arguments) for item in page]

    def _call(self, *arguments: str, body: Mapping[str, Any] | None = None) -> Sequence[Any]:
        """The JSON values of the answer: `--paginate` gives one for each page, joined or not."""
        program = shutil.which("gh")
        if program is None:
            raise GitHubFailed("gh is not on the PATH: https://cli.github.com has GitHub's command line")
        given = ("--input", "-") if body is not None else ()
        try:
            done = subprocess.run(
                [program, "api", *arguments, *given], input=json.dumps(body) if body is not None else "",
                capture_output=True, text=True, encoding="utf-8", check=False, timeout=_SECONDS,
            )  # fmt: skip
        except subprocess.TimeoutExpired as late:
            raise GitHubFailed(f"gh api {arguments[0]} did not end within {_SECONDS} s") from late
        if done.returncode:
            words = " ".join((done.stderr or done.stdout).split())[:_MOST_WORDS]
            raise GitHubFailed(f"gh api {arguments[0]} ended with exit code {done.returncode}: {words}")
        try:
            return [*_values(done.stdout)]
        except ValueError as error:
            raise GitHubFailed(f"gh api {arguments[0]} gave no JSON: {done.stdout[:80]!r}") from error


def shown_lines(patch: str) -> Iterator[int]:
    """The lines of the new file that a patch of one file has: added ones, and those around them."""
    number = 0
    for line in patch.splitlines():
        if found := _HUNK.match(line):
            number = int(found[1])
        elif line.startswith(("+", " ")) or not line:
            yield number
            number += 1


def _values(text: str) -> Iterator[Any]:
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        value, at = decoder.raw_decode(text, at)
        yield value
