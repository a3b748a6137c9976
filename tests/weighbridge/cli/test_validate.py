"""`weighbridge validate`: names and paths, of one project or several, as people and pre-commit give them."""

import os
import pty
import subprocess
import sys

import pytest

from tests.support.paths import copy_project
from tests.support.processes import PATIENCE_SECONDS
from weighbridge.cli import main


@pytest.fixture
def command_line(monkeypatch, capsys):
    def run(folder, *arguments):
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["weighbridge", "validate", *arguments])
        code = main.run()
        return subprocess.CompletedProcess(arguments, code, *capsys.readouterr())

    return run


@pytest.fixture
def project(tmp_path):
    copy_project(tmp_path / "infra")
    return tmp_path / "infra"


ALL = "dev, prod, staging and the quota file: good\n"


@pytest.mark.parametrize(
    ("given", "output"),
    [
        ((), ALL),
        (("dev", "stacks/prod.yaml", "dev"), "dev, prod and the quota file: good\n"),
        (("stacks/dev.yaml", "stacks/quota.yaml"), ALL),
        (("Pulumi.yaml",), ALL),
        (("stacks/Pulumi.dev.yaml",), ALL),
    ],
)
def test_paths_say_what_is_checked(given, output, project, command_line):
    (project / "stacks" / "Pulumi.dev.yaml").write_text("config: {}\n")
    ran = command_line(project, *given)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, output, "")


def test_a_path_brings_its_project_along(project, tmp_path, command_line):
    copy_project(tmp_path / "other")
    spec = tmp_path / "other" / "stacks" / "dev.yaml"
    ran = command_line(tmp_path, "infra/stacks/dev.yaml", str(spec))
    assert ran.stdout == "dev and the quota file: good\n" * 2
    spec.write_text(spec.read_text().replace("version: 1\n", "version: 2\n"))
    ran = command_line(tmp_path, "infra/stacks/dev.yaml", "other/stacks/dev.yaml")
    assert ran.returncode == 2
    assert ran.stderr.startswith("other/stacks/dev.yaml:1:")
    assert command_line(tmp_path, "infra/stacks/dev.yaml").returncode == 0


def test_a_file_that_says_nothing_of_stacks_is_refused(project, command_line):
    (project / "deployment.yaml").touch()
    ran = command_line(project, "deployment.yaml")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "weighbridge: deployment.yaml is no spec of this project, whose specs lie in stacks.\n"


@pytest.mark.parametrize("columns", [80, 50])
def test_messages_fit_a_terminal(columns, project):
    spec = project / "stacks" / "dev.yaml"
    spec.write_text(spec.read_text().replace("machine_type: g2-standard-4", "machin_type: g2-standard-4"))
    screen, end = pty.openpty()
    ran = subprocess.Popen(
        [sys.executable, "-m", "weighbridge", "validate"], cwd=project, stdin=end, stdout=end, stderr=end,
        env={**os.environ, "COLUMNS": str(columns), "PYTHONUTF8": "1"},
    )  # fmt: skip
    os.close(end)
    text = b""
    try:
        while block := os.read(screen, 4096):
            text += block
    except OSError:  # Linux says so where the other end is closed
        pass
    os.close(screen)
    assert ran.wait(PATIENCE_SECONDS) == 2
    lines = text.decode().splitlines()
    assert len(lines) > 2
    assert max(map(len, lines)) <= columns
