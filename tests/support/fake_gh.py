"""GitHub's command line, as far as workflows use it: a program on the PATH that answers from a file and notes calls.

It is written to a folder as `gh`, and imports nothing of the project. What it knows is in `state.json` beside it: pull
requests, comments, threads, files with their patches, issues; `calls` has a line for each call.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_PROGRAM = """
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
state = json.loads((HERE / "state.json").read_text())
arguments = sys.argv[1:]
given = json.loads(sys.stdin.read() or "null") if "--input" in arguments else None
file = arguments[arguments.index("--body-file") + 1] if "--body-file" in arguments else None
with (HERE / "calls").open("a") as calls:
    text = file and Path(file).read_text()
    calls.write(json.dumps({"arguments": arguments, "body": given, "text": text}) + "\\n")
for words in state["refused"]:
    if words in json.dumps([arguments, given]):
        sys.exit(f"gh: Resource not accessible by integration ({words})")


def fields():
    pairs = [arguments[at + 1] for at, word in enumerate(arguments) if word in ("--field", "-f", "-F")]
    return dict(pair.split("=", 1) for pair in pairs)


def graphql(query, variables):
    if "comments(first: 100" in query or "reviewThreads" in query:
        what = "reviewThreads" if "reviewThreads" in query else "comments"
        nodes, size = state[what], state["page"]
        at = int(variables["after"] or 0)
        page = {"hasNextPage": at + size < len(nodes), "endCursor": str(at + size)}
        connection = {"pageInfo": page, "nodes": nodes[at : at + size]}
        return {"repository": {"pullRequest": {"id": "PR", what: connection}}}
    comments = state["comments"] + [node for thread in state["reviewThreads"] for node in thread["comments"]["nodes"]]
    if "addComment" in query:
        number = len(state["comments"]) + 1
        state["comments"].append(
            {"id": f"C{number}", "body": variables["body"], "viewerDidAuthor": True, "isMinimized": False})
    for comment in comments:
        if comment["id"] == variables["id"]:
            if "updateIssueComment" in query:
                comment["body"] = variables["body"]
            else:
                comment["isMinimized"] = True
    for thread in state["reviewThreads"]:
        if thread["id"] == variables["id"]:
            thread["isResolved"] = True
    return {}


def rest(path):
    if "/commits/" in path:
        return state["answers"]["commits"]
    if path.endswith("/pulls"):
        return [pull for pull in state["pulls"] if pull["label"] == fields()["head"]]
    if path.endswith("/reviews"):
        for comment in given["comments"]:
            number = len(state["reviewThreads"]) + 1
            node = {"id": f"L{number}", "body": comment["body"], "viewerDidAuthor": True, "isMinimized": False}
            state["reviewThreads"].append({"id": f"T{number}", "isResolved": False, "comments": {"nodes": [node]}})
        return {}
    return state["files"]


if arguments[0] == "api":
    if arguments[1] == "graphql":
        answer = {"data": graphql(given["query"], given["variables"]) or {"done": True}}
    else:
        answer = rest(next(word for word in arguments[1:] if "repos/" in word).partition("?")[0])
else:
    answer = state["answers"].get(" ".join(arguments[:2]))
if "--jq" in arguments:
    wanted = arguments[arguments.index("--jq") + 1]
    jq = ["/usr/bin/env", "jq", "--raw-output", wanted]
    print(subprocess.run(jq, input=json.dumps(answer), capture_output=True, text=True, check=True).stdout, end="")
elif answer is not None:
    print(json.dumps(answer))
(HERE / "state.json").write_text(json.dumps(state))
"""


@dataclass
class FakeGitHub:
    """What GitHub has. Written to a folder by `install`; `reload` reads what became of it."""

    pulls: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    threads: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    page: int = 100
    folder: Path | None = None

    def install(self, folder: Path) -> None:
        """Writes the program and what it knows."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        program = folder / "gh"
        program.write_text(f"#!{sys.executable} -IS\n{_PROGRAM}", encoding="utf-8")
        program.chmod(0o755)
        self.save()

    def save(self) -> None:
        """Writes what it knows."""
        state = {
            "pulls": self.pulls, "comments": self.comments, "reviewThreads": self.threads, "files": self.files,
            "answers": self.answers, "refused": self.refused, "page": self.page,
        }  # fmt: skip
        assert self.folder is not None
        (self.folder / "state.json").write_text(json.dumps(state), encoding="utf-8")

    def reload(self) -> FakeGitHub:
        """Reads what the program made of it."""
        assert self.folder is not None
        state = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
        self.comments, self.threads = state["comments"], state["reviewThreads"]
        return self

    @property
    def calls(self) -> list[list[str]]:
        """The arguments of each call."""
        return [call["arguments"] for call in self._noted()]

    @property
    def texts(self) -> list[str]:
        """What stood in the files that were given as bodies."""
        return [call["text"] for call in self._noted() if call["text"]]

    def _noted(self) -> list[dict[str, Any]]:
        assert self.folder is not None
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def pull(number: int, label: str, sha: str) -> dict[str, Any]:
    """An open pull request of a head, OWNER:BRANCH."""
    return {"number": number, "label": label, "head": {"sha": sha}}


def comment(name: str, body: str, *, mine: bool = True, hidden: bool = False) -> dict[str, Any]:
    """A comment on the pull request, or the first of a thread."""
    return {"id": name, "body": body, "viewerDidAuthor": mine, "isMinimized": hidden}


def thread(name: str, first: dict[str, Any], *, resolved: bool = False) -> dict[str, Any]:
    """A thread at a line."""
    return {"id": name, "isResolved": resolved, "comments": {"nodes": [first]}}
