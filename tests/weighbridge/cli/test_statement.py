"""Who says something: by an option, else by git."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import typer

from weighbridge.cli.statement import statement
from weighbridge.spec.rollout import Approval, Binding

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def git(tmp_path, monkeypatch):
    """A folder in which git knows nobody, but for what the test sets."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, "/dev/null")
    return monkeypatch


def test_by_an_option():
    made = statement(Approval, "lead@example.com", NOW, "as good as v7", step="1%")
    assert (made.by, made.at, made.reason, str(made.step)) == ("lead@example.com", NOW, "as good as v7", "1")


def test_else_by_git(git):
    git.setenv("GIT_CONFIG_COUNT", "1")
    git.setenv("GIT_CONFIG_KEY_0", "user.email")
    git.setenv("GIT_CONFIG_VALUE_0", "sre@example.com")
    assert statement(Binding, None, NOW, "unchanged").by == "sre@example.com"


@pytest.mark.parametrize(
    ("by", "reason", "message"),
    [
        ("me", "good", '--by: expected an e-mail address such as ml-platform@example.com, got "me"'),
        ("lead@example.com", " ", "--reason: expected a reason, in words"),
    ],
)
def test_what_is_wrong_with_it_is_wrong_usage(capsys, by, reason, message):
    with pytest.raises(typer.Exit) as ended:
        statement(Binding, by, NOW, reason)
    assert ended.value.exit_code == 2
    assert message in capsys.readouterr().err


def test_nobody_whom_git_knows(git, capsys):
    with pytest.raises(typer.Exit):
        statement(Binding, None, NOW, "good")
    assert "git has no user.email here: say who it is with --by" in capsys.readouterr().err
