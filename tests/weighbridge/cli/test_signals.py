"""`weighbridge signals`: the coverage matrix, the alerts' tests and the lint, as a person meets them."""

from __future__ import annotations

import json
import shutil
import stat

import pytest
from typer.testing import CliRunner

from tests.support.paths import ROOT
from tests.support.prometheus import or_skip, promtool
from weighbridge.cli.main import app
from weighbridge.render.signals.text import MOST_SAID

EXEMPT = """\
    ticket: {email: ml-platform@example.com}
  exempt:
    - of: ranker
      cell: serving/prediction-skew
      reason: scores aren't logged yet
      owner: a@example.com
      until: 2100-01-01
"""


@pytest.fixture
def project(tmp_path):
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    for file in (tmp_path / "stacks").iterdir():
        file.chmod(0o644)
    return tmp_path


@pytest.fixture
def no_promtool(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


def run(project, *arguments):
    done = CliRunner().invoke(app, ["signals", *arguments, "-C", str(project)], env={"COLUMNS": "80"})
    return done.exit_code, done.stdout, done.stderr


def test_list_shows_blind_spots_first_with_what_to_say(project):
    code, out, _ = run(project, "list", "-s", "dev")
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "BLIND  8 of 12 required signals of dev are not watched"
    assert lines[2:4] == [
        "  endpoints.ranker: name the columns that are inputs in `watch.features`",
        "    blind: feature-skew, feature-drift",
    ]
    assert lines.index("ranker (serving)") > lines.index("    blind: latency")
    assert max(map(len, lines)) <= 80


def test_list_shows_exemptions_and_what_watches_what(project):
    file = project / "stacks" / "prod.yaml"
    text = file.read_text().replace("    ticket: {email: ml-platform@example.com}\n", EXEMPT)
    file.write_text(text.replace("      predictions: [score]\n", ""))
    code, out, _ = run(project, "list", "-s", "prod")
    assert code == 0
    assert "BLIND  1 of 43 required signals of prod are not watched\n" in out
    assert "Exempt\n  ranker prediction-skew until 2100-01-01, a@example.com: scores aren't logged" in out
    assert (
        "\n  outage            availability-burn, availability-burn-slow, replicas-gone\n" not in out
    )  # one cell fewer
    assert "availability-burn, availability-burn-slow, replicas-gone\n" in out


def test_list_as_json(project):
    _, out, _ = run(project, "list", "-s", "dev", "--format", "json")
    cells = {(cell["of"], cell["cell"]): cell for cell in json.loads(out)["cells"]}
    assert cells["ranker", "serving/latency"]["blind"] == "promise something in `slo`"
    assert cells["ranker", "serving/outage"]["watched_by"] == ["replicas-gone"]
    assert cells["ranker", "serving/outage"]["blind"] is None


@pytest.mark.slow
def test_test_runs_the_cases_of_the_users_own_spec(project, tmp_path):
    program = or_skip(promtool)
    code, out, err = run(project, "test", "-s", "dev", "--promtool", str(program), "--keep", str(tmp_path / "kept"))
    assert code == 0, out
    assert out.startswith("PASSED  ")
    assert "\n  ranker-replicas-gone " in out
    assert "project-quota-exceeded: a threshold condition, which promtool can't test\n" in out
    assert max(map(len, out.splitlines())) <= 80
    assert err == f"wrote {tmp_path / 'kept'}\n"
    names = {file.name for file in (tmp_path / "kept").iterdir()}
    assert {"ranker-replicas-gone.rules.yml", "ranker-replicas-gone.test.yml"} <= names


def test_test_shows_promtools_words_for_what_fails(project, tmp_path):
    """A promtool that fails the first file and passes the others."""
    fake = tmp_path / "fake"
    fake.write_text(
        '#!/bin/sh\nshift 2\nfor file in $*; do echo "Unit Testing:  $file"; case $file in\n'
        "ranker*) printf '  FAILED:\\n    name: a case,\\n    alertname: A, time: 5m, \\n        exp:[], \\n';;\n"
        "*) echo '  SUCCESS';; esac; echo; done\n"
    )  # fmt: skip
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    code, out, _ = run(project, "test", "-s", "dev", "--promtool", str(fake))
    assert code == 1
    lines = out.splitlines()
    assert lines[0].startswith("FAILED  1 of ")
    assert lines[2:7] == [
        "  ranker-replicas-gone", "    ranker-replicas-gone.test.yml", "    FAILED:", "        name: a case,",
        "        alertname: A, time: 5m, ",
    ]  # fmt: skip
    assert len(lines) < MOST_SAID + 20
    assert any(line.split() == ["ranker-replicas-gone", "20", "1"] for line in lines)


def test_without_promtool_the_files_are_written_and_it_is_said(project, tmp_path, no_promtool):
    code, out, err = run(project, "test", "-s", "dev", "--keep", str(tmp_path / "kept"))
    assert (code, out) == (3, "")
    assert "there is no promtool, so " in err
    assert "cases were not run; install Prometheus 2.42 or newer (Debian: package prometheus)" in err
    assert (tmp_path / "kept" / "ranker-replicas-gone.test.yml").is_file()


def test_a_promtool_that_is_not_there_is_a_mistake_of_usage(project):
    code, _, err = run(project, "test", "-s", "dev", "--promtool", "nowhere/promtool")
    assert (code, err) == (2, "weighbridge: --promtool nowhere/promtool: there is no such file\n")


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_lint_is_good(project, stack):
    code, out, _ = run(project, "lint", "-s", stack)
    assert (code, out.endswith(" conditions are good\n")) == (0, True)


def test_an_unknown_stack_is_a_mistake_of_usage(project):
    code, _, err = run(project, "list", "-s", "nowhere")
    assert code == 2
    assert err == "weighbridge: there is no stack 'nowhere'; there are dev, prod, staging.\n"
