"""Quota arithmetic and rules made wrong in one place each by mutmut, and whether their own tests notice.

``python -m tests.code_mutants`` tries a sample in a copy of the project. The sample is the same for the same code and
seed, and stays nearly the same as code changes; ``--only TEXT`` tries every mutant whose name has the text.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import yaml

from tests.support.paths import ROOT

COPY = ROOT / ".cache" / "mutmut"
EXPLAINED = ROOT / "tests" / "mutants_explained.yaml"
SAMPLE, SEED = 300, 1
MOST_SURVIVORS = 0.05
WORKERS = 2
_NOTICED = (1, 3, 24, 36, 152, 255, -24)
"""Exit codes of mutants that a test fails on, or that take more than their time."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """What a mutant is, whatever line it stands on: its lines before and after, each as one line."""

    file: str  # from the root of the repository
    function: str  # with its class before it
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no test notices."""

    change: Mutation
    line: int

    def __str__(self) -> str:
        shown = f"{self.change.file}:{self.line}: {self.change.function}"
        return f"{shown}\n    - {self.change.before}\n    + {self.change.after}"


def chosen(names: Iterable[str], seed: int, count: int) -> list[str]:
    """A sample. Which mutants are in it depends on each one's own name alone, so other mutants hardly change it."""
    return sorted(names, key=lambda name: sha256(f"{seed} {name}".encode()).digest())[:count]


def survivor(name: str, diff: str, root: Path) -> Survivor:
    """What mutmut calls `name` and shows as `diff`, whose lines are counted from the function's first."""
    file, function = place(name)
    hunk = diff[diff.index("\n@@ ") + 1 :].splitlines()
    lines = [line for line in hunk[1:] if line]
    first = next(index for index, line in enumerate(lines) if line[0] in "-+")
    change = Mutation(file, function, _joined(lines, "-"), _joined(lines, "+"))
    start = _functions((root / file).read_text(encoding="utf-8"))[function].lineno
    return Survivor(change, start + int(hunk[0].removeprefix("@@ -").partition(",")[0]) - 1 + first)


def place(name: str) -> tuple[str, str]:
    """File and function of what mutmut calls `name`."""
    module, _, mangled = name.rpartition("__mutmut_")[0].rpartition(".")
    function = mangled.removeprefix("xǁ").replace("ǁ", ".") if "ǁ" in mangled else mangled.removeprefix("x_")
    return f"{module.replace('.', '/')}.py", function


def outdated(explained: Iterable[Mutation], root: Path) -> list[Mutation]:
    """Explanations of code that is no longer there."""
    return [change for change in explained if not _stands(change, root)]


def read_explained(path: Path) -> dict[Mutation, str]:
    """Mutants that no test can notice, or none has to, and why."""
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {Mutation(row["file"], row["function"], row["before"], row["after"]): row["reason"] for row in rows}


def _stands(change: Mutation, root: Path) -> bool:
    path = root / change.file
    if not path.exists():
        return False
    source = path.read_text(encoding="utf-8")
    function = _functions(source).get(change.function)
    return function is not None and change.before in " ".join((ast.get_source_segment(source, function) or "").split())


def _functions(source: str) -> Mapping[str, ast.FunctionDef]:
    tree = ast.parse(source)
    classes = {"": tree.body, **{f"{node.name}.": node.body for node in tree.body if isinstance(node, ast.ClassDef)}}
    return {
        f"{owner}{node.name}": node
        for owner, body in classes.items()
        for node in body
        if isinstance(node, ast.FunctionDef)
    }


def _joined(lines: Iterable[str], sign: str) -> str:
    return " ".join(" ".join(line[1:] for line in lines if line[0] == sign).split())


def _copy_project() -> None:
    shutil.rmtree(COPY, ignore_errors=True)
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, COPY / name)


def _mutmut(*arguments: str, check: bool = True) -> str:
    """mutmut's output, run in the copy. Properties search the same examples for each mutant, as they do in CI."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    done = subprocess.run(
        command, cwd=COPY, env={**os.environ, "CI": "true"}, capture_output=True, text=True, check=False
    )
    if check and done.returncode:
        lines = (done.stdout + done.stderr).splitlines()  # some name every test
        sys.exit("\n".join([f"{' '.join(command[1:4])} failed:", *(line[:300] for line in lines[-60:])]))
    return done.stdout


def _exit_codes() -> dict[str, int | None]:
    """Exit code of its tests by mutant; None: it was not tried."""
    found: dict[str, int | None] = {}
    for path in sorted((COPY / "mutants").rglob("*.meta")):
        found |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


def _report(survivors: Sequence[Survivor], explained: Mapping[Mutation, str]) -> int:
    """Prints the survivors and says how many of them nobody has explained."""
    unexplained = 0
    for left in sorted(survivors, key=lambda left: (left.change.file, left.line)):
        reason = explained.get(left.change)
        unexplained += reason is None
        print(f"{left}\n    explained: {reason}" if reason else f"survives: {left}")
    return unexplained


def main() -> None:
    """Exit code 1 where a mutant survives that is not explained, too many do, or an explanation is out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED, help="of the sample")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="how many mutants")
    parser.add_argument("--only", metavar="TEXT", help="no sample: every mutant whose name has this text")
    asked = parser.parse_args()
    explained = read_explained(EXPLAINED)
    old = outdated(explained, ROOT)
    for change in old:
        print(f"out of date in {EXPLAINED.name}: {change.file}: {change.function}: {change.before}")
    _copy_project()
    # Makes the mutants and learns which tests reach them; that none has this name ends it with an error.
    _mutmut("run", "nothing", check=False)
    names = [name for name in _exit_codes() if asked.only is None or asked.only in name]
    if not names:
        sys.exit("mutmut made no mutants, or their tests fail without them: see `mutmut run` in " + str(COPY))
    tried = chosen(names, asked.seed, len(names) if asked.only else asked.sample)
    _mutmut("run", "--max-children", str(WORKERS), *tried)
    codes = _exit_codes()
    left = [survivor(name, _mutmut("show", name), COPY) for name in tried if codes[name] not in _NOTICED]
    unexplained = _report(left, explained)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"{len(tried)} of {len(codes)} mutants, seed {asked.seed}: {len(tried) - len(left)} noticed, "
        f"{len(left)} survive ({len(left) / len(tried):.1%}), {unexplained} of them unexplained; "
        f"{(used.ru_utime + used.ru_stime) / 60:.1f} minutes of CPU time"
    )
    sys.exit(bool(old or unexplained or len(left) > MOST_SURVIVORS * len(tried)))


if __name__ == "__main__":
    main()
