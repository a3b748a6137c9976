"""Who says something, when and why, as options and git have it."""

from __future__ import annotations

import subprocess
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Optional, TypeVar

import typer

from weighbridge.cli import terminal

if TYPE_CHECKING:
    from pydantic import BaseModel

By = Annotated[
    Optional[str],  # noqa: UP045 - typer evaluates it
    typer.Option(help="Who says so. Left out: git's user.email.", metavar="EMAIL"),
]

_Statement = TypeVar("_Statement", bound="BaseModel")


def statement(model: type[_Statement], by: str | None, at: datetime, reason: str, **more: object) -> _Statement:
    """A record of a model that has `by`, `at` and `reason`; what is wrong with it ends the command as wrong usage."""
    from pydantic import ValidationError

    from weighbridge.files.model_problems import problems_of

    values = {**more, "by": by or git_email("--by"), "at": at, "reason": reason}
    try:
        return model.model_validate(values)
    except ValidationError as error:
        wrong = problems_of(error, model, values)[0]
        terminal.wrong(f"--{wrong.path[0]}: {wrong.message}")


def git_email(flag: str, *, needed: bool = True) -> str:
    """Git's own, which stands in for a flag; where there is none and it is needed, the command ends as wrong usage."""
    try:
        asked = subprocess.run(["git", "config", "user.email"], capture_output=True, text=True, check=False, timeout=10)  # noqa: S607
    except (OSError, subprocess.TimeoutExpired):
        asked = None
    email = asked.stdout.strip() if asked else ""
    if not email and needed:
        terminal.wrong(f"git has no user.email here: say who it is with {flag}")
    return email
