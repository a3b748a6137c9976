"""Text that comes from a spec or a program, made harmless in Markdown."""

from __future__ import annotations

import re

MOST_CELL = 300  # characters of one value
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|@~$!]|://|www\.")
_QUOTED = re.compile(r"`([^`]*)`")
_CODE = re.compile(r"[\w./:=,\[\]{}()*@\"' +%-]{1,200}", re.ASCII)
"""What may stand in a code span: nothing in it can end the span, a cell or a fold."""


def escape(text: str) -> str:
    """One line of plain text, whatever it holds."""
    return _escape(" ".join(text.split())[: MOST_CELL * 4])


def with_code(text: str) -> str:
    """One line, where what stands in backticks is code; all else is plain text. For lists, not for cells of tables."""
    flat = " ".join(text.split())[: MOST_CELL * 4]
    parts, end = [], 0
    for found in _QUOTED.finditer(flat):
        parts += [_escape(flat[end : found.start()]), code(found[1], found[0])]
        end = found.end()
    return "".join([*parts, _escape(flat[end:])])


def code(text: str, otherwise: str | None = None) -> str:
    """A name as code; one that could break out of it, or whatever else is given, as plain text."""
    return f"`{text}`" if _CODE.fullmatch(text) else _escape(text if otherwise is None else otherwise)


def _escape(text: str) -> str:
    return _SPECIAL.sub(lambda match: "".join(f"&#{ord(character)};" for character in match[0]), text)
