"""Digests of what a verdict rests on: the code that judges, and the quota file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import weighbridge

_NOT_CODE = frozenset({"__pycache__", ".venv", "venv", "node_modules", ".git", ".mypy_cache", ".ruff_cache"})


def pack_digest(pack: Path) -> str:
    """Of the pack's folder and of the installed package, in which its rules are. Raises OSError.

    A pack that lies in the package is a part of that, by whichever of its folders it is named or run.
    """
    package, own = Path(weighbridge.__file__).resolve().parent, pack.resolve()
    parts = [("package", package), *([] if own.is_relative_to(package) else [("pack", own)])]
    found = sha256()
    for name, folder in parts:
        for file in _files(folder):
            content = file.read_bytes()
            found.update(f"{name} {file.relative_to(folder).as_posix()} {len(content)}\n".encode() + content)
    return found.hexdigest()


def limits_digest(quota_text: str) -> str:
    """Of the quota file's text."""
    return sha256(quota_text.encode()).hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _NOT_CODE)
        yield from (Path(parent, name) for name in sorted(files) if not name.endswith(".pyc"))
