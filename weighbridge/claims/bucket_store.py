"""Books in a Cloud Storage bucket, one object a project, over its JSON API.

A change is written on condition that the object is of the generation that was read, so nobody comes between. An object
takes one write a second: Google answers 429 to more, and whoever gets that waits and looks again. The time is the
`Date` of the service's answer.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import quote

import requests

from weighbridge.claims.book import Book
from weighbridge.claims.book_text import book_text
from weighbridge.claims.store import Outcome, StoreUnreadable, book_in
from weighbridge.cloud_api.identity import Identity, NoCredentials, TokenOf, own_identity
from weighbridge.errors import NoVerdict

ENDPOINT = "https://storage.googleapis.com"
"""Never taken from the environment, which the caller of a pack could set."""

SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
PATIENCE_SECONDS = 180.0
"""After how long a change is given up: one write a second goes through, and many may wait."""

READ_PATIENCE_SECONDS = 30.0
_CONNECT_SECONDS, _ANSWER_SECONDS = 5.0, 20.0
_FIRST_SLEEP, _LONGEST_SLEEP = 0.2, 5.0
_PASSING = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT)
_MOST_WORDS = 200


class TryAgain(NoVerdict):
    """What may be otherwise in a moment; the text is why."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the bucket has: the book, the generation of its object (0: there is none yet), and the service's time."""

    book: Book
    generation: str
    now: int


@dataclass(frozen=True, slots=True)
class BucketStore:
    """The book of one project in a bucket. `identity` gives who asks, for a scope."""

    bucket: str
    folder: str  # of the object's name, without slashes around it; may be empty
    project: str
    identity: Callable[[str], Identity] = own_identity
    endpoint: str = ENDPOINT
    patience_seconds: float = PATIENCE_SECONDS
    _session: requests.Session = field(default_factory=requests.Session, compare=False, repr=False)

    @property
    def name(self) -> str:
        return f"gs://{self.bucket}/{self._object}"

    @property
    def _object(self) -> str:
        return "/".join(part for part in (self.folder, f"{self.project}.claims") if part)

    def read(self) -> Book:
        kept = self._persistently(self._read, min(self.patience_seconds, READ_PATIENCE_SECONDS))
        return kept.book.current(kept.now)

    def change(self, decide: Callable[[Book, int], tuple[Book, Outcome]]) -> Outcome:
        def once() -> Outcome:
            kept = self._read()
            now = max(kept.now, kept.book.at)
            after, outcome = decide(kept.book.current(now), now)
            if after != kept.book:
                self._write(replace(after, at=now), kept.generation)
            return outcome

        return self._persistently(once, self.patience_seconds)

    def _persistently(self, attempt: Callable[[], Outcome], seconds: float) -> Outcome:
        end, sleep = time.monotonic() + seconds, _FIRST_SLEEP
        while True:
            try:
                return attempt()
            except TryAgain as again:
                pause = random.uniform(sleep / 2, sleep)  # noqa: S311 - so that those who wait don't come together
                if time.monotonic() + pause > end:
                    message = f"{self.name}: {again}, for {seconds:g} s. Try again in a while."
                    raise StoreUnreadable(message) from None
                time.sleep(pause)
                sleep = min(2 * sleep, _LONGEST_SLEEP)

    def _read(self) -> _Kept:
        path = f"/storage/v1/b/{self.bucket}/o/{quote(self._object, safe='')}"
        answer = self._ask("GET", path, {"alt": "media"})
        now = self._time(answer)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            if "bucket" in _words(answer).lower():
                message = f"{self.name}: there is no such bucket. Make it, or mend `claims` in stacks/quota.yaml."
                raise StoreUnreadable(message)
            return _Kept(Book(self.project), "0", now)
        self._refuse(answer, "read", "roles/storage.objectViewer")
        generation = answer.headers.get("x-goog-generation", "")
        if not generation.isdecimal():
            raise StoreUnreadable(f"{self.name}: what answers is not Cloud Storage, as it names no generation.")
        return _Kept(book_in(answer.content, self.project, self.name), generation, now)

    def _write(self, book: Book, generation: str) -> None:
        """Raises `TryAgain` where somebody else was faster, or nobody knows: then what is there is looked at anew."""
        path = f"/upload/storage/v1/b/{self.bucket}/o"
        given = {"uploadType": "media", "name": self._object, "ifGenerationMatch": generation}
        answer = self._ask("POST", path, given, book_text(book))
        if answer.status_code == HTTPStatus.PRECONDITION_FAILED:
            raise TryAgain("others change it all the time")
        self._refuse(answer, "written", "roles/storage.objectUser")

    def _ask(self, method: str, path: str, given: dict[str, str], body: bytes | None = None) -> requests.Response:
        headers = {"Content-Type": "application/octet-stream"}
        try:
            answer = self._session.request(
                method, f"{self.endpoint}{path}", params=given, data=body, headers=headers,
                auth=TokenOf(self.identity(SCOPE)), timeout=(_CONNECT_SECONDS, _ANSWER_SECONDS), allow_redirects=False,
            )  # fmt: skip
        except NoCredentials as error:
            raise StoreUnreadable(f"{self.name} can't be reached: {error}") from None
        except requests.RequestException as error:
            raise TryAgain(f"it can't be reached ({type(error).__name__})") from None
        if answer.status_code in _PASSING or answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise TryAgain(f"it answers {answer.status_code} {answer.reason}")
        return answer

    def _refuse(self, answer: requests.Response, done: str, role: str) -> None:
        if answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            message = f"{self.name} may not be {done} by this identity ({answer.status_code}). Grant it {role} there."
            raise StoreUnreadable(message)
        if answer.status_code != HTTPStatus.OK:
            words = _words(answer)[:_MOST_WORDS]
            raise StoreUnreadable(f"{self.name} can't be {done}: {answer.status_code} {answer.reason}, {words}")

    def _time(self, answer: requests.Response) -> int:
        try:
            return int(parsedate_to_datetime(answer.headers["Date"]).timestamp())
        except (KeyError, ValueError, TypeError):
            raise StoreUnreadable(f"{self.name}: what answers is not Cloud Storage, as it tells no time.") from None


def _words(answer: requests.Response) -> str:
    return answer.content.decode("utf-8", "replace").strip()
