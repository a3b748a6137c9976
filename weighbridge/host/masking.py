"""Keeps secrets out of everything that the host says."""

from __future__ import annotations

from collections.abc import Iterable

SHORTEST = 4
"""Characters; shorter secrets would mask half of every text."""


class Mask:
    """Replaces the secrets it has seen by ``[secret]``."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Remembers more secrets; each line of one counts, as texts are shown line by line."""
        for secret in secrets:
            for part in (secret, *secret.splitlines()):
                if len(part.strip()) >= SHORTEST:
                    self._secrets.add(part)

    def __call__(self, text: str) -> str:
        """The text without them."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "[secret]")
        return text
