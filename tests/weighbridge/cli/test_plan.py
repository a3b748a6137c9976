"""`weighbridge plan`: what it prints, where, and its exit code."""

import json

from typer.testing import CliRunner

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
