"""The one way to ask for quota: what is shown, what is written."""

import pytest
from typer.testing import CliRunner

from tests.support.paths import copy_project
from weighbridge.cli.main import app

L4 = "NVIDIA-L4-GPUS-per-project-region"


@pytest.fixture
def project(tmp_path):
    copy_project(tmp_path / "project")
    return tmp_path / "project"


def asked(project, *arguments):
    return CliRunner().invoke(app, ["quota", "request", "-C", str(project), *arguments])


def lowered(project, **more):
    file = project / "stacks" / "quota.yaml"
    text = file.read_text()
    entry = next(line for line in text.splitlines() if L4 in line and "limit: 24" in line)
    changed = entry.replace("limit: 24", "limit: 6" + "".join(f", {key}: {value}" for key, value in more.items()))
    file.write_text(text.replace(entry, changed))
    return file


def test_what_is_written_says_what_comes_next_and_comments_stay(project):
    file = lowered(project)
    comments = [line for line in file.read_text().splitlines() if line.lstrip().startswith("#")]
    result = asked(project)
    assert result.exit_code == 0
    assert "Too small\n  NVIDIA L4 in us-central1: 6 granted, " in result.output
    assert "\nNext: commit this file, before the spec that needs it" in result.output
    assert "\n  pulumi up --stack prod --policy-pack policies\n" in result.output
    assert [line for line in file.read_text().splitlines() if line.lstrip().startswith("#")] == comments
    assert f"requests:\n  - {{quota: {L4}, region: us-central1, value: " in file.read_text()


def test_limits_and_shares_that_are_too_small_stand_apart(project):
    file = lowered(project)
    file.write_text(file.read_text().replace("  staging: 25%", "  staging: 5%"))
    result = asked(project)
    assert result.exit_code == 1
    assert "weighbridge quota pull\n\nShares that are too small, which Google can't raise\n" in result.output


def test_a_budget_ends_in_1_and_nothing_is_written(project):
    file = lowered(project, fixed="true")
    before = file.read_text()
    result = asked(project)
    assert result.exit_code == 1
    assert "a fixed budget, and " in result.output
    assert file.read_text() == before


def test_a_share_that_is_too_small_is_said_with_what_rises_and_ends_in_1(project):
    file = project / "stacks" / "quota.yaml"
    file.write_text(file.read_text().replace("  staging: 25%", "  staging: 5%"))
    result = asked(project)
    assert result.exit_code == 1
    assert result.output.startswith(
        "every limit is large enough: nothing to ask for\nShares that are too small, which Google can't raise\n"
    )
    words = " ".join(result.output.split())
    assert (
        "NVIDIA L4 in us-central1: staging may take 5% of 24, 1, and takes 2 at peak (serve-l4 2): raise "
        "shares.staging to 9%, or lower nodes.max of a pool, and at_most of pipelines on it"
    ) in words
