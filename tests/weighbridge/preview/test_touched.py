"""Which stacks a change touches; what nobody can place touches all."""

from __future__ import annotations

from pathlib import Path

import pytest

from weighbridge.files.project import Project
from weighbridge.preview.touched import touched

TOP = Path("/repository")
KNOWN = ("dev", "prod")


def project(folder: Path = TOP, stacks: Path | None = None) -> Project:
    of = stacks or folder / "stacks"
    return Project(folder / "Pulumi.yaml", "p", "python", ".", of, of, {})


@pytest.mark.parametrize(
    ("files", "stacks"),
    [
        ((), ()),
        (("stacks/dev.yaml",), ("dev",)),
        (("stacks/Pulumi.prod.yaml",), ("prod",)),
        (("stacks/dev.yaml", "stacks/prod.yaml"), ("dev", "prod")),
        (("stacks/schema.json", "README.md", "docs/x.html", "tests/test_x.py", ".github/workflows/ci.yml"), ()),
        (("stacks/quota.yaml",), KNOWN),
        (("components/pool.py",), KNOWN),
        (("Pulumi.yaml",), KNOWN),
        (("policies/PulumiPolicy.yaml",), KNOWN),
        (("requirements.lock",), KNOWN),
        (("data/facts.csv",), KNOWN),
        (("stacks/notes.txt",), KNOWN),
    ],
)
def test_a_file_touches_its_stack_or_all_or_none(files, stacks):
    assert touched(project(), TOP, files, KNOWN).stacks == stacks


@pytest.mark.parametrize(
    ("file", "stacks"),
    [
        ("report.html", ()),
        ("stacks/dev.json", ()),
        ("data/facts.csv", ()),
        ("values.yaml", ()),
        ("stacks/dev.yaml", ("dev",)),
        ("stacks/Pulumi.dev.yaml", ("dev",)),
        ("stacks/quota.yaml", KNOWN),
        ("pool.py", KNOWN),
        ("requirements.txt", KNOWN),
        ("policies/PulumiPolicy.yaml", KNOWN),
    ],
)
def test_what_git_does_not_track_counts_where_python_or_pulumi_reads_it_by_its_name(file, stacks):
    assert touched(project(), TOP, [file], KNOWN, {file}).stacks == stacks
    assert touched(project(), TOP, [file], KNOWN, {"another"}).stacks == (stacks or KNOWN)


def test_why_names_the_file():
    assert touched(project(), TOP, ["stacks/quota.yaml"], KNOWN).why == "stacks/quota.yaml is shared by all stacks"
    assert touched(project(), TOP, ["x.py"], KNOWN).why == "x.py may be part of every stack's program"


def test_a_spec_that_went_is_told_apart():
    found = touched(project(), TOP, ["stacks/dev.yaml", "stacks/old.yaml"], KNOWN)
    assert (found.stacks, found.gone) == (("dev",), ("old",))


@pytest.mark.parametrize(
    ("file", "stacks"),
    [
        ("ml/app.tf", KNOWN),
        ("web/app.js", ()),
        ("lib/shared.py", KNOWN),
        ("ml/docs/a.txt", ()),
        ("requirements.txt", KNOWN),
    ],
)
def test_beside_other_projects_only_what_a_program_may_import_counts(file, stacks):
    assert touched(project(TOP / "ml"), TOP, [file], KNOWN).stacks == stacks


def test_specs_outside_of_the_repository_may_all_have_changed():
    found = touched(project(stacks=Path("/elsewhere/stacks")), TOP, (), KNOWN)
    assert (found.stacks, found.why) == (
        KNOWN,
        "/elsewhere/stacks is outside of the repository, so any may have changed",
    )
