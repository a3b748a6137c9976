"""`make judges`: kube-score and checkov on every Kubernetes object of the stacks, against a list of what we accept.

    graph of a stack ─ stack_objects ─▶ manifests, a file a stack ─▶ kube-score, checkov ─▶ Objection
    Objection × judges_accepted.yaml ─▶ what is new, and what is accepted in vain

Exit code 0 if every finding is accepted with its reason and every reason still has a finding, 1 otherwise. Where a
judge can't be had: 0 with the reason (a visible skip), but 1 under CI.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from tests.integration import binaries
from tests.integration.check import example_stacks, further_stacks, graph_of, is_ci, project
from tests.integration.stack_objects import objects_of
from tests.support.debian import Unavailable

ACCEPTED = Path(__file__).with_name("judges_accepted.yaml")
KUBERNETES_VERSION = (
    "v1.33"  # what kube-score knows deprecations up to is older; stated so that it judges by the newest
)
JUDGE_SECONDS = 5 * 60
_KUBE_SCORE_WARNING = 5  # its grades: 1 critical, 5 warning, 7 almost fine, 10 fine


@dataclass(frozen=True, slots=True, order=True)
class Objection:
    """What a judge says of one object of one stack."""

    judge: str
    check: str  # the judge's id of it
    kind: str
    name: str  # with its namespace: "serving/ranker-v7"
    stack: str
    message: str


@dataclass(frozen=True, slots=True)
class Waiver:
    """Findings that we keep, and why: by the judge's id and kind, and by a pattern of names with their namespace."""

    judge: str
    check: str
    kind: str
    why: str
    names: str = "*"

    def covers(self, finding: Objection) -> bool:
        """Whether the finding is one of these."""
        return (self.judge, self.check, self.kind) == (finding.judge, finding.check, finding.kind) and fnmatchcase(
            finding.name, self.names
        )


def main() -> int:
    """Judge all stacks; the exit code."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with project() as program:
            count = sum(_write(stack, program, folder) for stack in (*example_stacks(), *further_stacks()))
        try:
            findings = [*by_kube_score(folder), *by_checkov(folder)]
        except Unavailable as reason:
            word = "FAILED" if is_ci() else "SKIPPED"
            print(f"{word}: a judge can't be had, so {count} objects are not judged.\n{reason}")
            return int(is_ci())
    accepted = read_accepted(ACCEPTED)
    print(report(findings, accepted, count))
    return int(bool(new(findings, accepted) or unused(findings, accepted)))


def new(findings: Iterable[Objection], accepted: Sequence[Waiver]) -> list[Objection]:
    """What nobody has accepted."""
    return sorted(found for found in findings if not any(entry.covers(found) for entry in accepted))


def unused(findings: Sequence[Objection], accepted: Iterable[Waiver]) -> list[Waiver]:
    """What is accepted and no longer found: the list would hide what comes back for another reason."""
    return [entry for entry in accepted if not any(entry.covers(found) for found in findings)]


def report(findings: Sequence[Objection], accepted: Sequence[Waiver], count: int) -> str:
    """What is new first, then what is accepted in vain, then the counts with the reasons."""
    lines = [
        f"{found.stack}: {found.kind} {found.name}: {found.judge} {found.check}: {found.message}"
        for found in new(findings, accepted)
    ]
    lines += [
        f"{ACCEPTED.name}: {entry.judge} {entry.check} of {entry.kind} {entry.names} is found nowhere: remove it"
        for entry in unused(findings, accepted)
    ]
    lines += [
        f"accepted: {sum(map(entry.covers, findings)):3} x {entry.judge} {entry.check} of {entry.kind}: {entry.why}"
        for entry in accepted
    ]
    return "\n".join([*lines, f"{count} objects judged, {len(new(findings, accepted))} new findings"])


def read_accepted(file: Path) -> tuple[Waiver, ...]:
    """The written list."""
    return tuple(Waiver(**entry) for entry in yaml.safe_load(file.read_text()))


def by_kube_score(folder: Path) -> list[Objection]:
    """Its checks that are on by default, a stack at a time, as it looks at objects together. Raises `Unavailable`."""
    program = binaries.kube_score()
    findings = []
    for file in sorted(folder.glob("*.yaml")):
        answer = _answer([program, "score", "--kubernetes-version", KUBERNETES_VERSION, "-o", "json", file], {0, 1})
        for scored in answer:
            meta = scored["object_meta"]
            name = "/".join(filter(None, (meta.get("namespace"), meta["name"])))
            findings += [
                Objection("kube-score", graded["check"]["id"], scored["type_meta"]["kind"], name, file.stem,
                        f"{graded['check']['name']}: {'; '.join(note['summary'] for note in graded['comments'] or [])}")
                for graded in scored["checks"]
                if graded["grade"] <= _KUBE_SCORE_WARNING and not graded["skipped"]
            ]  # fmt: skip
    return findings


def by_checkov(folder: Path) -> list[Objection]:
    """Its checks of Kubernetes objects, offline. Raises `Unavailable`."""
    words = ["-d", str(folder), "--framework", "kubernetes", "--compact", "--quiet", "--skip-download", "-o", "json"]
    answer = _answer([binaries.checkov(), *words], {0, 1})
    if answer["summary"]["parsing_errors"] or not answer["summary"]["passed"]:
        raise Unavailable(f"checkov could not read the objects: {answer['summary']}")
    return [
        Objection("checkov", failed["check_id"], *_checkov_name(failed["resource"]), Path(failed["file_path"]).stem,
                failed["check_name"])
        for failed in answer["results"]["failed_checks"]
    ]  # fmt: skip


def _checkov_name(resource: str) -> tuple[str, str]:
    """Kind and name of its "Deployment.serving.ranker-v7", whose name may hold dots."""
    kind, _, rest = resource.partition(".")
    return kind, rest.replace(".", "/", 1)


def _answer(command: Sequence[str | Path], good: set[int]) -> Any:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=JUDGE_SECONDS)
    if done.returncode not in good:
        raise Unavailable(f"{Path(command[0]).name} ended with exit code {done.returncode}: {done.stderr[-500:]}")
    return json.loads(done.stdout)


def _write(stack: str, program: Path, folder: Path) -> int:
    manifests: list[Mapping[str, Any]] = [
        given.manifest for given in objects_of(graph_of(stack, program)) if given.manifest is not None
    ]
    (folder / f"{stack}.yaml").write_text(yaml.safe_dump_all(manifests), encoding="utf-8")
    return len(manifests)


if __name__ == "__main__":
    sys.exit(main())
