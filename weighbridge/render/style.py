"""How a terminal wants text: how wide, in colour or not, and which characters it knows."""

from __future__ import annotations

from dataclasses import dataclass

RED, GREEN, YELLOW, BOLD, DIM = "31;1", "32;1", "33;1", "1", "2"
_PLAIN = (("→", "->"), ("–", "-"), ("█", "#"), ("░", "."), ("·", "-"), ("…", "..."))


@dataclass(frozen=True, slots=True)
class Style:
    """What the terminal can do. Left out: 80 columns without colour."""

    width: int = 80
    colour: bool = False
    unicode: bool = True
    whole: bool = False  # names in tables are never cut: a program may read them, or a file keeps them

    def paint(self, text: str, code: str) -> str:
        """The text in a colour, where there are any."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def spell(self, text: str) -> str:
        """The text in characters that the terminal knows."""
        if self.unicode:
            return text
        for character, plain in _PLAIN:
            text = text.replace(character, plain)
        return text.encode("ascii", "replace").decode()
