"""What `make up` says to the Pulumi CLI; `tests/engine/test_make_up.py` has a real one."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.processes import PATIENCE_SECONDS

MAKE = shutil.which("make") or "make"
DEPLOY = "up --stack dev --policy-pack policies"
CLI = """#!/bin/sh
echo "$@" >> "$(dirname "$0")/calls"
case "$*" in {refused}) exit 5;; esac
"""


@pytest.fixture
def project(tmp_path):
    """The Makefile, with programs of an environment that answer yes."""
    shutil.copy(ROOT / "Makefile", tmp_path / "Makefile")
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("python", "weighbridge"):
        (programs / name).write_text("#!/bin/sh\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    for name in ("requirements.lock", "pyproject.toml", ".venv/.runtime"):
        (tmp_path / name).touch()
    return tmp_path


def up(project, *settings: str, refused: str = "", terminal: bool = False) -> tuple[int, list[str]]:
    """The exit code, and how the CLI was called, which ends with 5 where its arguments match `refused`."""
    programs = project / "cli"
    programs.mkdir(exist_ok=True)
    (programs / "pulumi").write_text(CLI.format(refused=refused or "none"), encoding="utf-8")
    (programs / "pulumi").chmod(0o755)
    (programs / "calls").unlink(missing_ok=True)
    ours, theirs = pty.openpty()
    stream = theirs if terminal else subprocess.DEVNULL
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(project)}
    done = subprocess.run(
        [MAKE, "up", *settings], cwd=project, env=environment, stdin=stream, stdout=stream, stderr=stream,
        check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    os.close(ours)
    os.close(theirs)
    return done.returncode, (programs / "calls").read_text(encoding="utf-8").splitlines()


def test_without_a_terminal_nobody_is_asked(project):
    assert up(project) == (0, ["stack export --stack dev --non-interactive", f"{DEPLOY} --yes --non-interactive"])


def test_at_a_terminal_pulumi_asks(project):
    assert up(project, terminal=True) == (0, ["stack export --stack dev --non-interactive", DEPLOY])


@pytest.mark.parametrize(
    ("settings", "flags"),
    [([], ""), (["SECRETS_PROVIDER=gcpkms://projects/p/k"], "--secrets-provider gcpkms://projects/p/k ")],
)
def test_a_missing_stack_is_made_and_not_selected(project, settings, flags):
    code, calls = up(project, *settings, refused="*export*")
    assert code == 0
    assert calls[1:] == [f"stack init dev --no-select {flags}--non-interactive", f"{DEPLOY} --yes --non-interactive"]


@pytest.mark.parametrize("refused", ["up*", "*export*|*init*"])
def test_what_pulumi_refuses_is_a_failure(project, refused):
    code, calls = up(project, refused=refused)
    assert code != 0
    assert calls[-1].split()[0] == ("up" if refused == "up*" else "stack")


def test_without_the_cli_it_says_where_to_get_it(project):
    links = project / "tools"
    links.mkdir()
    for name in ("make", "bash", "sh", "env"):
        (links / name).symlink_to(Path(shutil.which(name) or sys.executable))
    done = subprocess.run(
        [MAKE, "up"], cwd=project, env={"PATH": str(links)}, capture_output=True, text=True, check=False,
        timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert done.returncode != 0
    assert "make up needs the Pulumi CLI: https://www.pulumi.com/docs/install/" in done.stderr
