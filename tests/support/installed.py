"""The wheel, and virtual environments in which it is installed, as fixtures of those tests that need them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.processes import PATIENCE_SECONDS

SOURCES = ("weighbridge", "components", "policies")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    """Built from a copy: a build leaves files beside its sources."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        shutil.copytree(ROOT / name, folder / "source" / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / "source")
    pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder), str(folder / "source"))
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="session")
def wheel_environment(wheel, tmp_path_factory) -> Path:
    """A virtual environment of its own, that takes nothing but the dependencies from this one."""
    folder = tmp_path_factory.mktemp("somewhere") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=PATIENCE_SECONDS)
    (packages,) = folder.glob("lib/python3*/site-packages")
    # What is added so runs no .pth of this environment, so its editable Weighbridge stays out.
    (packages / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    pip("--python", str(folder / "bin" / "python"), "install", "--no-deps", "--no-index", "--no-compile", str(wheel))
    return folder


def command(environment: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the installed command as somebody would who has nothing else."""
    given = {"PATH": f"{environment / 'bin'}:/usr/bin:/bin", "HOME": str(folder), "PWD": str(folder), "COLUMNS": "80"}
    return subprocess.run(
        [str(environment / "bin" / "weighbridge"), *arguments], cwd=folder, env={**given, "PYTHONUTF8": "1"},
        capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def pip(*arguments: str) -> None:
    """Runs this environment's pip, which has to succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments],
        capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
