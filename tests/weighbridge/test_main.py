"""What ends before there is a command line ends like a command."""

import os
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint

import pytest

from tests.support.paths import ROOT
from weighbridge.__main__ import main

LOST = "import signal\ntry:\n    signal.raise_signal(signal.SIGINT)\nexcept KeyboardInterrupt:\n"


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("typer", "raise KeyboardInterrupt\n"),
        ("grpc", "raise KeyboardInterrupt\n"),
        ("typer", f"{LOST}    raise RuntimeError('Error calling __set_name__')\n"),  # as Python 3.11 does
        ("yaml", f"{LOST}    raise ImportError('Error building \"model\" validator')\n"),
    ],
)
def test_ctrl_c_during_an_import_is_no_traceback(tmp_path, takes_ctrl_c, module, text):
    (tmp_path / f"{module}.py").write_text(text)
    ran = subprocess.run(
        [sys.executable, "-m", "weighbridge", "preview", "dev"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "\ninterrupted; nothing was changed\n")


def test_the_installed_command_is_this_one():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts == {"weighbridge": "weighbridge.__main__:main"}
    assert EntryPoint("weighbridge", scripts["weighbridge"], "console_scripts").load() is main
