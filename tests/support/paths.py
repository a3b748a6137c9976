"""Where tests find the repository, and the reference material beside it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STACKS = ROOT / "stacks"
GOLDEN = ROOT / "tests" / "golden"
SHARED = ROOT.parent / "shared"
"""Source tables and definitions that are no part of the project; tests ask the fixture `shared` for them."""
