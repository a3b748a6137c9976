"""Text that comes from a spec or a program, made harmless in Markdown."""

from __future__ import annotations

import re

MOST_CELL = 300  # characters of one value
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|@~$!]|://|www\.")


def escape(text: str) -> str:
    """One line of plain text, whatever it holds."""
    flat = " ".join(text.split())[: MOST_CELL * 4]
    return _SPECIAL.sub(lambda match: "".join(f"&#{ord(character)};" for character in match[0]), flat)
