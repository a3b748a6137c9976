"""What a runbook is made of. In every text, what stands between backticks is code; the rest is plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """One paragraph of Markdown."""

    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A list; `numbered`: steps, in this order."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """Lines to copy. `language`: what they are written in, for colours."""

    lines: tuple[str, ...]
    language: str = "sh"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below a header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block: TypeAlias = Text | Listing | Code | Table


@dataclass(frozen=True, slots=True)
class Section:
    """One chapter: blocks below a heading, left out of the runbook where there are none."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class AlertNote:
    """One alert of the subject: its title, severity, what it means and what to do first."""

    title: str
    severity: str
    means: str
    do: str


@dataclass(frozen=True, slots=True)
class Runbook:
    """The runbook of one endpoint or pipeline; a renderer writes it as Markdown."""

    title: str
    lead: tuple[Block, ...]
    sections: tuple[Section, ...]


def quoted(text: str) -> str:
    """Somebody's own words as code: on one line, without the mark that would end it."""
    return f"`{' '.join(text.replace('`', chr(39)).split())}`"
