"""Keeps secrets out of everything that the host says.

A secret is hidden in every form that a text may have it in: as it is, quoted, escaped, encoded, wrapped at the end of a
line, or line by line. Messages that our own rules write don't rely on it: they show no secret to begin with (see
`resources.values.SecretText`); what a program or somebody else's pack says has nothing else.
"""

from __future__ import annotations

import base64
import html
import json
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

from weighbridge.resources.values import MASKED, Secret

ANYWHERE = 4
"""Characters from which on a secret is hidden inside longer words too; a shorter one is hidden as a word of its own."""

SHORTEST = 2
"""Characters; what is shorter tells nothing, and hiding it would leave nothing to read."""

CUT = 12
"""Characters of a secret's beginning that are hidden at the end of a line, where a long line may have been cut."""

_NEEDS_ESCAPES = re.compile(r"[^A-Za-z0-9_.~-]")

_T = TypeVar("_T")


class Mask:
    """Replaces the secrets it has seen by ``[secret]``. Threads may use one at once."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: set[str] = set()
        self._anywhere: tuple[str, ...] = ()
        self._wrapped: re.Pattern[str] | None = None
        self._words: re.Pattern[str] | None = None
        self._beginnings: tuple[str, ...] = ()
        self._stale = False
        self._lock = threading.Lock()
        self.learn(secrets)

    def __bool__(self) -> bool:
        return bool(self._known)

    def learn(self, secrets: Iterable[str]) -> None:
        """Remembers more secrets; each line of one counts, as texts are shown line by line, and each text in JSON."""
        with self._lock:
            for secret in secrets:
                parts = (secret, *secret.splitlines(), *_texts_in_json(secret))
                new = {part for part in parts if len(part.strip()) >= SHORTEST} - self._known
                self._known |= new
                self._stale = self._stale or bool(new)

    def __call__(self, text: str) -> str:
        """The text without them."""
        if not self._known or not text:
            return text
        self._prepare()
        if self._wrapped is not None and "\n" in text:
            text = self._wrapped.sub(MASKED, text)
        for form in self._anywhere:
            text = text.replace(form, MASKED)
        if self._words is not None:
            text = self._words.sub(MASKED, text)
        return "\n".join(map(self._without_cut, text.split("\n"))) if self._beginnings else text

    def _prepare(self) -> None:
        with self._lock:
            if not self._stale:
                return
            forms = {form for secret in self._known for form in _forms(secret)}
            longest_first = sorted(forms, key=lambda form: (-len(form), form))
            self._anywhere = tuple(form for form in longest_first if len(form) >= ANYWHERE)
            words = [re.escape(form) for form in longest_first if len(form) < ANYWHERE]
            self._words = re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)") if words else None
            long = sorted((secret for secret in self._known if len(secret) >= CUT), key=len, reverse=True)
            wrapped = [r"(?:\n[ \t]*)?".join(_space_or(character) for character in secret) for secret in long]
            self._wrapped = re.compile("|".join(wrapped)) if wrapped else None
            self._beginnings = tuple(long)
            self._stale = False

    def _without_cut(self, line: str) -> str:
        """Without the beginning of a secret whose end was cut off."""
        for secret in self._beginnings:
            start = line.rfind(secret[:CUT])
            if start >= 0 and secret.startswith(line[start:]):
                line = line[:start] + MASKED
        return line

    def over(self, value: _T) -> _T:
        """The same value with every text in it masked: dataclasses, tuples and mappings are gone through."""
        return self._over(value) if self else value

    def _over(self, value: Any) -> Any:
        match value:
            case Enum() | Secret():
                return value
            case str():
                return self(value)
            case tuple():
                return tuple(map(self._over, value))
            case list():
                return list(map(self._over, value))
            case dict():
                return {self._over(name): self._over(item) for name, item in value.items()}
        if is_dataclass(value) and not isinstance(value, type):
            before = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
            after = {name: self._over(item) for name, item in before.items()}
            changed = {name: item for name, item in after.items() if item != before[name]}
            return replace(value, **changed) if changed else value
        return value


def _forms(secret: str) -> Iterator[str]:
    yield secret
    if _NEEDS_ESCAPES.search(secret) is not None:
        once = {*_escaped(secret), *_in_yaml(secret)}
        yield from once
        for text in once:
            yield from _escaped(text)  # as JSON inside JSON has it
        yield secret.replace("'", "'\"'\"'")  # a shell
        yield from (quote(secret), quote(secret, safe=""), quote_plus(secret))
    content = secret.encode("utf-8", "surrogatepass")
    yield from (content.hex(), content.hex().upper(), _unquoted(repr(content)[1:]))
    yield from _base64(content)


def _escaped(text: str) -> Iterator[str]:
    for python in ("'".join, "\\'".join):  # repr escapes the quote where the text around has both kinds
        yield python(_unquoted(repr(part)) for part in text.split("'"))
        yield python(_unquoted(ascii(part)) for part in text.split("'"))
    for ascii_only in (True, False):
        yield _unquoted(json.dumps(text, ensure_ascii=ascii_only))
    for escaped in (html.escape(text), html.escape(text, quote=False)):
        yield escaped
        yield escaped.replace("&#x27;", "&#39;")
        yield escaped.replace("&#x27;", "&apos;")
        yield escaped.replace("\t", "&#9;").replace("\n", "&#10;").replace("\r", "&#13;")  # in an attribute of XML


def _in_yaml(text: str) -> Iterator[str]:
    import yaml  # not for the program's process, which knows this module too

    yield text.replace("'", "''")
    for ascii_only in (True, False):
        written = yaml.safe_dump(text, default_style='"', width=10 * len(text) + 80, allow_unicode=not ascii_only)
        yield _unquoted(written.removesuffix("\n"))


def _base64(content: bytes) -> Iterator[str]:
    """Of the text alone, and inside a longer one: its letters depend on how many bytes come before, modulo three."""
    if len(content) < ANYWHERE:
        yield base64.b64encode(content).decode()
        return
    for before in range(3):
        encoded = base64.b64encode(b"-" * before + content).decode()
        whole = encoded.rstrip("=")
        core = whole[-(-before * 4 // 3) : len(whole) - (whole != encoded)]
        for form in (encoded, whole, core) if not before else (core,):
            yield form
            yield form.translate(_URL_SAFE)


_URL_SAFE = str.maketrans("+/", "-_")


def _unquoted(text: str) -> str:
    return text[1:-1]


def _space_or(character: str) -> str:
    return r"\s+" if character.isspace() else re.escape(character)


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
