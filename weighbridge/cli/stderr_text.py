"""What commands tell a person on standard error, beside their output.

Imports the standard library only, as a broken installation has something to tell too.
"""

from __future__ import annotations

import os
import sys
import textwrap
from typing import TextIO

NARROWEST = 40
"""Columns; on a narrower terminal the lines are as long as for this one."""


def tell(text: str) -> None:
    """Writes lines, each with its end, at once. Whoever reads a file or a pipe gets them whole; a terminal, fitted."""
    sys.stderr.write(fitted(text))
    sys.stderr.flush()


def fitted(text: str) -> str:
    """The text with lines no longer than the terminal that standard error is; the same where it is none."""
    return fitted_to(text, columns_of(sys.stderr))


def fitted_to(text: str, width: int | None) -> str:
    """The text with lines no longer than `width`, where there is one."""
    if width is None:
        return text
    return "".join(_fitted(line, width) for line in text.splitlines(keepends=True))


def _fitted(line: str, width: int) -> str:
    content = line.rstrip("\n")
    if len(content) <= width:
        return line
    indent = " " * (len(content) - len(content.lstrip()) + 2)
    parts = textwrap.wrap(
        content, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False, expand_tabs=False
    )
    return "\n".join(parts) + line[len(content) :]


def columns_of(stream: TextIO) -> int | None:
    """Of the terminal that a stream is, by `COLUMNS` first as elsewhere; None where it is none."""
    if not stream.isatty():
        return None
    given = os.environ.get("COLUMNS", "")
    try:
        columns = int(given) if given.isdecimal() else os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return None
    return max(NARROWEST, columns) if columns else None
