"""What is wrong with how a release came about: words, and the place in the spec that they are about."""

from __future__ import annotations

from dataclasses import dataclass

from weighbridge.files.problem import KeyPath, Problem


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence for people: what, and what to do."""

    message: str
    path: KeyPath
    blocks: bool = True


def place(path: KeyPath) -> str:
    """A path as people write it."""
    return Problem(path, "").location
