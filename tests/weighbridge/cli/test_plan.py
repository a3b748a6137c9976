"""`weighbridge plan`: what it prints, where, and its exit code."""

import json
from contextlib import ExitStack

import pytest
import yaml
from typer.testing import CliRunner

from tests.support import prometheus
from tests.support.paths import copy_project
from weighbridge.cli import terminal
from weighbridge.cli.main import app

FILE = """\
version: 1
workloads:
  ranker:
    service_time: {base: 200ms}
    demand: {rate: 100}
    objective: {wait: 100ms}
"""


def run(*arguments):
    return CliRunner().invoke(app, ["plan", *arguments])


def written(tmp_path, text=FILE):
    file = tmp_path / "workloads.yaml"
    file.write_text(text)
    return str(file)


def test_a_plan_is_printed_as_text_or_json(tmp_path):
    file = written(tmp_path)
    text = run(file)
    assert (text.exit_code, "24 replicas" in text.output) == (0, True)
    made = json.loads(run(file, "--format", "json").output)
    assert made["workloads"]["ranker"]["options"][0]["replicas"]["middle"] == 24


def test_a_plan_is_written_to_a_file(tmp_path):
    out = tmp_path / "plan.txt"
    result = run(written(tmp_path), "-o", str(out))
    assert result.exit_code == 0
    assert "24 replicas" in out.read_text()


def test_a_wrong_file_is_said_with_its_line(tmp_path):
    result = run(written(tmp_path, FILE.replace("wait", "waitt")))
    assert result.exit_code == 2
    assert "workloads.yaml:6:17: workloads.ranker.objective.waitt: unknown key. Allowed here: first_" in result.output


def test_an_empty_trace_is_said_and_nothing_is_planned(tmp_path):
    (tmp_path / "t.csv").write_text("")
    result = run(written(tmp_path, FILE.replace("rate: 100", "trace: t.csv")))
    assert result.exit_code == 2
    assert "t.csv: the file is empty: expected a header and a row for each request" in result.output


def test_the_schema_is_printed_without_a_file():
    result = run("--schema")
    assert json.loads(result.output)["title"] == "Weighbridge workloads"
    missing = run()
    assert missing.exit_code == 2
    assert "name the file to plan, as in `weighbridge plan workloads.yaml`" in missing.output


RECORDED = """\
version: 1
workloads:
  ranker:
    service_time: {base: 200ms}
    demand: {prometheus: {requests: "sum(rate(requests_total[1m]))", last: 1h}}
    objective: {wait: 100ms}
"""


def test_a_recorded_rate_is_asked_of_a_server(tmp_path, monkeypatch):
    begin = int(terminal.now().timestamp()) - 7200
    series = "# TYPE requests counter\n" + "".join(
        f"requests_total {count * 150} {begin + count * 15}\n" for count in range(481)
    )
    with ExitStack() as stack:
        url = prometheus.or_skip(lambda: stack.enter_context(prometheus.serving(series + "# EOF\n")))
        monkeypatch.setenv("PROMETHEUS_URL", url)
        result = run(written(tmp_path, RECORDED))
    assert result.exit_code == 0, result.output
    assert "10 a second" in result.output
    assert "planned for its busiest hour, which began at" in result.output


def test_without_a_server_it_is_said_which_variable_names_it(tmp_path, monkeypatch):
    monkeypatch.delenv("PROMETHEUS_URL", raising=False)
    result = run(written(tmp_path, RECORDED))
    assert result.exit_code == 2
    assert "PROMETHEUS_URL isn't set: the address of a Prometheus server" in result.output
    monkeypatch.setenv("PROMETHEUS_URL", "http://127.0.0.1:1")
    result = run(written(tmp_path, RECORDED))
    assert result.exit_code == 3
    assert "could not plan: 127.0.0.1:1 can't be reached: connection refused" in result.output


L4 = "hardware: {machine_types: [g2-*], per_replica: {accelerator: nvidia-l4}}"
RANKER = FILE.replace("demand: {rate: 100}", f"demand: {{rate: 20}}\n    {L4}")


@pytest.fixture
def project(tmp_path):
    copy_project(tmp_path / "project")
    return tmp_path / "project"


def planned(project, *arguments, text=RANKER):
    return run(written(project, text), "-C", str(project), *arguments)


def test_hardware_is_chosen_within_what_is_left_for_a_stack(project):
    result = planned(project, "--stack", "prod")
    assert result.exit_code == 0
    assert "within what all stacks leave of the quota for prod" in result.output
    assert "g2-standard-4  on demand" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--stack", "prd"), "there is no stack 'prd'; there are dev, prod, staging. Did you mean `prod`?"),
        (("--stack", "prod", "--apply", "dev"), "--apply dev and --stack prod: name one stack"),
        (("--request",), "--request: name the stack whose quota is meant with --stack"),
        (("--dry-run",), "--dry-run: it shows what --apply or --request would write, so give one of them"),
        (
            ("--apply", "prod", "--format", "json"),
            "--apply prod: it prints the change, so write the plan to a file with -o",
        ),
    ],
)
def test_what_does_not_go_together_is_said(project, arguments, message):
    result = planned(project, *arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_a_page_is_written_beside_the_request(project):
    page = project / "plan.html"
    result = planned(project, "--stack", "prod", "--format", "html", "-o", str(page), "--request")
    assert result.exit_code == 0
    assert page.read_text().startswith("<!doctype html>")
    assert "no quota to ask for: the cheapest hardware fits what is left\n" in result.output


MANY = RANKER.replace("rate: 20", "rate: 200")


def test_what_does_not_fit_is_asked_for_where_quota_request_asks(project):
    """Twice alike, and the other command has nothing to add."""
    file = project / "stacks" / "quota.yaml"
    before = file.read_text()
    trial = planned(project, "--stack", "dev", "--request", "--dry-run", text=MANY)
    assert trial.exit_code == 1
    assert "nothing fits without it" in " ".join(trial.output.split())
    assert "nothing was written (--dry-run)" in trial.output
    assert file.read_text() == before
    planned(project, "--stack", "dev", "--request", text=MANY)
    asked = yaml.safe_load(file.read_text())["requests"]
    assert "# " in file.read_text()
    assert {entry["stack"] for entry in asked} == {"dev"}
    assert all(" at peak" in entry["justification"] for entry in asked)
    written_once = file.read_text()
    again = planned(project, "--stack", "dev", "--request", text=MANY)
    assert "asked for by dev" in again.output
    assert "Next:" not in again.output
    assert file.read_text() == written_once
