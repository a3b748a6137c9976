"""What all commands share: the project's folder, where output goes and how it looks, how a command ends."""

import io
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
import typer
from pydantic import BaseModel, ValidationError
from typer.testing import CliRunner

from tests.support.paths import ROOT, STACKS
from weighbridge.cli import terminal
from weighbridge.cli.interrupts import interrupts_noted
from weighbridge.cli.main import app
from weighbridge.files.problem import FileError, Problem

GOOD = "name: ml\nruntime: python\n"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text(GOOD)
    (tmp_path / "deep" / "er").mkdir(parents=True)
    return tmp_path


def ended(capsys, function, *arguments):
    """Exit code, and the message on stderr."""
    with pytest.raises(typer.Exit) as exit_:
        function(*arguments)
    return exit_.value.exit_code, capsys.readouterr().err


def test_the_project_is_the_nearest_one_upward(project, monkeypatch):
    monkeypatch.chdir(project / "deep" / "er")
    assert terminal.root_of(None) == project
    (project / "deep" / "Pulumi.yml").write_text(GOOD)
    assert terminal.root_of(None) == project / "deep"


def test_a_folder_that_is_named_is_taken_as_it_is(project, capsys):
    assert terminal.root_of(project) == project
    where = project / "deep"
    message = (
        f"there is no Pulumi.yaml in {where}; run this inside a project, or name its folder with -C; "
        "`weighbridge init` begins one"
    )
    assert ended(capsys, terminal.root_of, where) == (2, f"weighbridge: {message}\n")
    message = f"there is no folder {project}/depe; run this inside a project, or name its folder with -C"
    assert ended(capsys, terminal.root_of, project / "depe") == (2, f"weighbridge: {message}\n")


def test_outside_any_project_it_says_where_was_looked(monkeypatch, capsys):
    monkeypatch.chdir("/")
    code, message = ended(capsys, terminal.root_of, None)
    assert (code, message.partition(";")[0]) == (2, "weighbridge: there is no Pulumi.yaml in / or any folder above it")


@pytest.mark.parametrize("settings", ["", "stackConfigDir: environments\n", "stackConfigDir: /environments\n"])
def test_every_command_reads_the_same_folder(tmp_path, settings):
    """The program and the pack are held to it by the wheel's test; a preview by its first message."""
    (tmp_path / "Pulumi.yaml").write_text(GOOD + settings)
    folder = tmp_path / ("environments" if settings else "stacks")
    commands = (
        "validate", "quota", "preview dev", "signals list -s dev", "rollout status ranker -s dev", "dashboard dev",
        "runbook ranker -s dev", "monitor ranker -s dev --once",
    )  # fmt: skip
    for command in commands:
        result = CliRunner().invoke(app, [*command.split(), "-C", str(tmp_path)])
        assert (result.exit_code, result.stdout) == (2, ""), command
        assert result.stderr.startswith(f"{folder}"), command
    folder.mkdir()
    for file in STACKS.glob("*.yaml"):
        (folder / file.name).write_text(file.read_text())
    for command in commands[:2]:
        assert CliRunner().invoke(app, [*command.split(), "-C", str(tmp_path)]).exit_code == 0, command


@pytest.mark.parametrize("command", ["validate", "quota", "preview dev", "signals list -s dev"])
def test_a_malformed_project_file_is_said_with_its_line(tmp_path, command):
    (tmp_path / "Pulumi.yaml").write_text(GOOD + "stackConfigDir: [a]\n")
    result = CliRunner().invoke(app, [*command.split(), "-C", str(tmp_path)])
    message = f"{tmp_path}/Pulumi.yaml:3:17: stackConfigDir: expected the path of a folder, got a list of 1\n"
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", message)


def test_output_goes_to_a_file_whole_or_is_printed(tmp_path, capsys):
    file = tmp_path / "out" / "a.txt"
    terminal.deliver("text\n", None)
    terminal.deliver("text\n", file)
    assert capsys.readouterr() == ("text\n", f"wrote {file}\n")
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("text\n", 0o644)
    below = file / "b.txt"
    code, message = ended(capsys, terminal.deliver, "text\n", below)
    assert (code, message) == (2, f"weighbridge: {below} can't be written: File exists\n")


@pytest.mark.parametrize(("columns", "width"), [("20", 60), ("100", 100), ("500", 140)])
def test_the_width_is_the_terminals_within_bounds(monkeypatch, columns, width):
    monkeypatch.setenv("COLUMNS", columns)
    assert terminal.style().width == width


def test_a_pipe_has_eighty_columns_and_no_colour(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    style = terminal.style()
    assert (style.width, style.colour, style.unicode) == (80, False, False)


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", ""), ("TERM", "dumb"), ("TERM", "xterm")])
def test_a_terminal_has_colour_unless_it_is_unwanted(monkeypatch, variable, value):
    screen = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(screen, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(variable, value)
    style = terminal.style()
    assert (style.colour, style.unicode) == (value == "xterm", True)


def test_what_is_going_on_stays_on_one_line_of_a_terminal(monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("COLUMNS", "20")
    with terminal.progress() as show:
        assert show is not None
        show("planning a workload of a long name")
        show("planning b")
    assert screen.getvalue() == "\r\x1b[2Kplanning a workload\r\x1b[2Kplanning b ...\r\x1b[2K"


def test_a_stack_that_there_is_not_names_those_that_there_are(capsys):
    message = "weighbridge: there is no stack 'prd'; there are dev, prod. Did you mean `prod`?\n"
    assert ended(capsys, terminal.no_stack, "prd", ["prod", "dev"]) == (2, message)


def test_ctrl_c_is_said_in_a_line(capsys):
    def interrupted():
        with terminal.problems_reported():
            raise KeyboardInterrupt

    assert ended(capsys, interrupted) == (130, "\ninterrupted; nothing was changed\n")


class InterruptedWhileHashed:
    """A value at whose reading Ctrl-C comes, at a point where pydantic takes any error for a wrong value."""

    def __hash__(self):
        signal.raise_signal(signal.SIGINT)
        return 0


class WithChoice(BaseModel):
    region: Literal["us-central1", "global"]


def test_ctrl_c_that_pydantic_takes_for_a_wrong_value_is_still_ctrl_c(capsys, takes_ctrl_c):
    lost = []

    def interrupted():
        with terminal.problems_reported():
            try:
                WithChoice.model_validate({"region": InterruptedWhileHashed()})
            except ValidationError as error:
                lost.append(error)
                raise FileError(
                    Path("a.yaml"), [Problem(("region",), "expected a region such as us-central1")]
                ) from error

    assert ended(capsys, interrupted) == (130, "\ninterrupted; nothing was changed\n")
    assert len(lost) == 1, "pydantic lets it through now: try it at another place"


def test_ctrl_c_that_was_lost_before_a_command_begins_ends_it(capsys, takes_ctrl_c):
    def interrupted():
        with interrupts_noted() as interrupt:
            interrupt.seen = True
            with terminal.problems_reported():
                pytest.fail("the command began")

    assert ended(capsys, interrupted) == (130, "\ninterrupted; nothing was changed\n")


def test_paths_below_the_current_folder_are_as_people_type_them(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert terminal.relative(f"{tmp_path}{os.sep}a.yaml: x") == "a.yaml: x"
    assert terminal.relative("/elsewhere/a.yaml") == "/elsewhere/a.yaml"


def test_a_shell_completes_the_stacks_of_the_project(tmp_path):
    words = {"_WEIGHBRIDGE_COMPLETE": "complete_bash", "COMP_WORDS": "weighbridge signals lint p", "COMP_CWORD": "3"}
    command = [str(Path(sys.executable).with_name("weighbridge"))]

    def completed(folder):
        given = {**os.environ, **words}
        return subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, check=True).stdout

    assert completed(ROOT).split() == ["prod"]
    assert completed(tmp_path).split() == [], (
        "without a project there is nothing to complete, and nothing to complain of"
    )
    for named in (f"weighbridge -C {ROOT} signals lint p", f"weighbridge signals -C {ROOT} lint p"):
        words |= {"COMP_WORDS": named, "COMP_CWORD": "5"}
        assert completed(tmp_path).split() == ["prod"], named
