"""Steps of workflows, taken out of their files and run as a runner does."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.support.paths import ROOT
from tests.support.processes import PATIENCE_SECONDS

FOLDER = ROOT / ".github" / "workflows"
ACTION = ROOT / "action.yml"


@dataclass(frozen=True, slots=True)
class Step:
    """A step that runs a script. `environment` is as it is written, expressions and all."""

    file: str
    name: str
    script: str
    environment: Mapping[str, str]
    strict: bool  # whether the shell is `bash` by name, which the runner starts with pipefail

    def run(self, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs it; every variable that the step takes has to be given a value, and no other."""
        assert set(self.environment) == {name for name in environment if name not in _RUNNER}, self.environment
        temporary = Path(environment["RUNNER_TEMP"])
        temporary.mkdir(parents=True, exist_ok=True)
        for name in _FILES:
            (temporary / name).touch()
            environment.setdefault(name, str(temporary / name))
        options = ["--noprofile", "--norc", "-eo", "pipefail"] if self.strict else ["-e"]
        kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        command = ["/bin/bash", *options, "-c", self.script]
        return subprocess.run(
            command, cwd=folder, env={**kept, **environment}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
        )  # fmt: skip


_FILES = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH")
_RUNNER = {"PATH", "RUNNER_TEMP", "GITHUB_REF_NAME", "GITHUB_SHA", *_FILES}


def steps() -> Iterator[Step]:
    """Every step with a script, of all workflows and of the action."""
    for file in sorted(FOLDER.glob("*.yml")):
        for job in yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"].values():
            yield from _scripts(file.name, job["steps"])
    yield from _scripts(ACTION.name, yaml.safe_load(ACTION.read_text(encoding="utf-8"))["runs"]["steps"])


def step(file: str, name: str) -> Step:
    """The one of that name."""
    (found,) = (step for step in steps() if (step.file, step.name) == (file, name))
    return found


def _scripts(file: str, listed: list[dict[str, object]]) -> Iterator[Step]:
    for found in listed:
        if "run" in found:
            environment = found.get("env", {})
            assert isinstance(environment, dict)
            yield Step(file, str(found["name"]), str(found["run"]), environment, found.get("shell") == "bash")
