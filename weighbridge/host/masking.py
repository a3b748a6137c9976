"""Keeps secrets out of everything that the host says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

SHORTEST = 4
"""Characters; shorter secrets would mask half of every text."""


class Mask:
    """Replaces the secrets it has seen by ``[secret]``."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Remembers more secrets; each line of one counts, as texts are shown line by line, and each text in JSON."""
        for secret in secrets:
            for part in (secret, *secret.splitlines(), *_texts_in_json(secret)):
                if len(part.strip()) >= SHORTEST:
                    self._secrets.add(part)

    def __call__(self, text: str) -> str:
        """The text without them."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "[secret]")
        return text


def _texts_in_json(text: str) -> Iterator[str]:
    # A secret setting may be an object: the program shows its parts, never the whole.
    if text[:1] in ("{", "["):
        with suppress(json.JSONDecodeError, RecursionError):
            yield from _leaves(json.loads(text))


def _leaves(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _leaves(item)
        case dict():
            for item in value.values():
                yield from _leaves(item)
