"""What ends before there is a command line ends like a command."""

import os
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint

import pytest

from tests.support.paths import ROOT
from weighbridge.__main__ import main


@pytest.mark.parametrize("module", ["typer", "grpc"])
def test_ctrl_c_during_an_import_is_no_traceback(tmp_path, module):
    (tmp_path / f"{module}.py").write_text("raise KeyboardInterrupt\n")
    ran = subprocess.run(
        [sys.executable, "-m", "weighbridge", "preview", "dev"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "\ninterrupted; nothing was changed\n")


def test_the_installed_command_is_this_one():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts == {"weighbridge": "weighbridge.__main__:main"}
    assert EntryPoint("weighbridge", scripts["weighbridge"], "console_scripts").load() is main
