"""Small programs of every kind: the offline preview says what the real engine says, or why it can't."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.engine import offline, real
from tests.engine.engine import RealEngine, engine
from tests.engine.limits import BESIDE_A_STATE, EVERYWHERE, unexplained
from tests.engine.previewed import differences
from tests.engine.programs.failures import FAILURES
from tests.engine.programs.options import OPTIONS
from tests.engine.programs.program import Small
from tests.engine.programs.providers import PROVIDERS
from tests.engine.programs.shapes import SHAPES
from tests.engine.programs.values import VALUES
from tests.engine.projects import small

PROGRAMS = (*OPTIONS, *PROVIDERS, *VALUES, *SHAPES, *FAILURES)
STACK = "dev"


def test_there_are_enough_programs_each_with_a_name_of_its_own():
    assert len(PROGRAMS) >= 40
    assert len({program.name for program in PROGRAMS}) == len(PROGRAMS)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name.replace(" ", "-"))
def test_both_previews_agree(program, installed, tmp_path):
    project = small(tmp_path / "project", program.first)
    with engine(installed, tmp_path / "engine", dynamic=program.dynamic) as pulumi:
        pulumi.init(project, STACK)
        against = _prepared(program, pulumi, project)
        theirs = real.previewed(pulumi, project, STACK)
        ours = offline.previewed(project, STACK, against)
        words = f"real: {theirs.failed}\noffline: {ours.failed}\n{pulumi.words()}"
    general = (*EVERYWHERE, *BESIDE_A_STATE) if program.earlier is not None else EVERYWHERE
    found = unexplained(differences(theirs, ours), general)
    patterns = [re.compile(pattern, re.DOTALL) for pattern in program.limits]
    unknown = [line for line in found if not any(pattern.fullmatch(line) for pattern in patterns)]
    assert not unknown, "\n".join(["the previews differ:", *unknown, words])
    for pattern in patterns:
        assert any(pattern.fullmatch(line) for line in found), f"the limit {pattern.pattern} no longer shows"
    if not program.limits:
        assert bool(theirs.failed) is program.fails, words


def _prepared(program: Small, pulumi: RealEngine, project: Path) -> Path | None:
    """Brings the stack to where the program finds it; the exported state, if there is one."""
    for resource in program.exists:
        pulumi.cloud.add(resource)
    for key, value in program.config.items():
        pulumi.must(project, "config", "set", key, value, "--stack", STACK)
    for key, value in program.secrets.items():
        pulumi.must(project, "config", "set", key, value, "--secret", "--stack", STACK)
    if program.earlier is None:
        (project / "__main__.py").write_text(program.program, encoding="utf-8")
        return None
    pulumi.must(project, "up", "--yes", "--skip-preview", "--stack", STACK)
    export = project / "export.json"
    export.write_text(json.dumps(pulumi.export(project, STACK)), encoding="utf-8")
    (project / "__main__.py").write_text(program.program, encoding="utf-8")
    return export
