"""What this machine lacks of a deployment is found without a cloud."""

import re
import sys

import pytest

from tests.support.paths import copy_project
from weighbridge.doctor.finding import CheckedNeed, Health
from weighbridge.doctor.machine import look_at_programs, look_at_project
from weighbridge.files.project import read_project


@pytest.fixture
def programs(tmp_path):
    """Programs of these names, each a script."""

    def make(**scripts):
        folder = tmp_path / "bin"
        folder.mkdir()
        for name, script in scripts.items():
            file = folder / name.replace("_", "-")
            file.write_text(f"#!/bin/sh\n{script}\n")
            file.chmod(0o755)
        return {"PATH": str(folder)}

    return make


def test_both_programs_are_there(programs):
    found = list(look_at_programs(programs(pulumi="echo v3.274.1", gke_gcloud_auth_plugin="exit 0")))
    assert found == [
        CheckedNeed("Pulumi CLI", Health.FINE, "v3.274.1"),
        CheckedNeed("kubectl plugin", Health.FINE, "gke-gcloud-auth-plugin"),
    ]


def test_neither_is_there(programs):
    cli, plugin = look_at_programs(programs())
    assert (cli.health, cli.command) == (Health.MISSING, "curl -fsSL https://get.pulumi.com | sh")
    assert (plugin.health, plugin.command) == (Health.MISSING, "gcloud components install gke-gcloud-auth-plugin")


def test_a_cli_that_fails_is_none(programs):
    cli, _ = look_at_programs(programs(pulumi="exit 7"))
    assert (cli.health, cli.words[-11:]) == (Health.MISSING, "ends with 7")


def looked(folder):
    return {finding.topic: finding for finding in look_at_project(read_project(folder))}


def test_a_project_needs_its_environment_with_weighbridge_in_it(tmp_path, monkeypatch):
    monkeypatch.setattr("weighbridge.stacks.install_command._source", lambda: None)
    copy_project(tmp_path)
    found = looked(tmp_path)
    assert found["specs"] == CheckedNeed("specs", Health.FINE, "dev, prod, staging and the quota file")
    assert found["policy pack"] == CheckedNeed("policy pack", Health.FINE, f"{tmp_path}/policies")
    lacking = found["Python environment"]
    assert lacking.words == "there is none in .venv, where Pulumi.yaml says"
    assert lacking.command == "python3 -m venv .venv && .venv/bin/pip install weighbridge"

    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    (tmp_path / "requirements.txt").touch()
    lacking = looked(tmp_path)["Python environment"]
    assert lacking.words == ".venv has no Weighbridge in it"
    assert lacking.command.endswith(".venv/bin/pip install -r requirements.txt")

    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    assert looked(tmp_path)["Python environment"] == CheckedNeed("Python environment", Health.FINE, ".venv")


def test_wrong_specs_are_a_finding_and_no_end(tmp_path):
    copy_project(tmp_path)
    spec = tmp_path / "stacks" / "dev.yaml"
    spec.write_text(spec.read_text().replace("version: 1", "ver: 1").replace("max: 2}", "max: two}"))
    wrong = looked(tmp_path)["specs"]
    assert wrong.health is Health.MISSING
    assert f"{spec}:1:1: ver: unknown key" in wrong.words
    assert re.search(r", and \d more$", wrong.words)
    assert wrong.command == "weighbridge validate"
