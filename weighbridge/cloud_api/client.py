"""One conversation with Google Cloud's APIs: addresses, token, pages, and asking again.

`WEIGHBRIDGE_GOOGLE_APIS` is the address of a server that stands in for all of Google's:
``<address>/<API's host>/<path>``.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Self, TypeVar
from urllib.parse import urlsplit

import requests
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from weighbridge.cloud_api.identity import Identity, TokenOf, identity_of
from weighbridge.cloud_api.refusal import Lack, lack_of, words_of
from weighbridge.errors import NoVerdict
from weighbridge.prometheus import BadAnswer, NoAnswer, UnsafeAddress, on_this_machine

CONNECT_SECONDS, READ_SECONDS = 5.0, 60.0
TRIES = 5
BACKOFF_SECONDS = 1.0  # then 2, 4 and 8, each up to as much again, so that many who ask together don't ask again so
LONGEST_WAIT_SECONDS = 30.0  # of a server's own Retry-After too: a command ends within bounded time
PASSING = frozenset({408, 429, 500, 502, 503, 504})
"""Answers after which it is asked again."""

MOST_PAGES = 1_000
SERVER = "WEIGHBRIDGE_GOOGLE_APIS"
"""The variable of the environment that names a server instead of Google's."""


class Api(StrEnum):
    """An API, by its host."""

    QUOTAS = "cloudquotas.googleapis.com"
    MONITORING = "monitoring.googleapis.com"
    COMPUTE = "compute.googleapis.com"
    CONTAINER = "container.googleapis.com"
    BILLING = "cloudbilling.googleapis.com"
    PROJECTS = "cloudresourcemanager.googleapis.com"
    SERVICES = "serviceusage.googleapis.com"
    STORAGE = "storage.googleapis.com"
    BIGQUERY = "bigquery.googleapis.com"
    SECRETS = "secretmanager.googleapis.com"


@dataclass(frozen=True, slots=True)
class ApiCall:
    """What is asked of an API. `permission` is what IAM wants for it; a test holds the path to Google's documents."""

    api: Api
    path: str
    permission: str
    query: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    body: Mapping[str, object] | None = None  # None: GET, else POST as JSON


class RefusedCall(NoVerdict):
    """Google refuses a call; `lack` says what is missing, where it can be told."""

    def __init__(self, lack: Lack) -> None:
        super().__init__(lack.message)
        self.lack = lack


class NotFound(NoVerdict):
    """There is no such thing: a zone of another project, an API's method that this project doesn't have."""


class ApiAnswer(BaseModel):
    """Base of what APIs answer: keys as Google spells them; what isn't asked about is passed over."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)


class ListPage(ApiAnswer):
    """One page of a list."""

    next_page_token: str = ""


_Page = TypeVar("_Page", bound=ListPage)
_Answer = TypeVar("_Answer", bound=ApiAnswer)


class GoogleCloud:
    """The APIs, asked as one identity. Use it as a context manager.

    Calls raise `RefusedCall`, `NotFound`, `NoAnswer` or `BadAnswer`.
    """

    def __init__(
        self,
        identity: Identity,
        server: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
        tries: int = TRIES,
    ) -> None:
        self._server = _checked(server) if server else None
        self._identity = identity
        self._sleep = sleep
        self._tries = tries
        self._silent: dict[Api, str] = {}  # APIs that did not answer once are not waited for again
        self._session = requests.Session()
        self._session.auth = TokenOf(identity)

    def __enter__(self) -> Self:
        """The client, whose connections end with the `with` block."""
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def ask(self, call: ApiCall, model: type[_Answer]) -> _Answer:
        """The whole answer to a call that has no pages."""
        return self._parsed(call, self._asked(call, {}), model)

    def pages(self, call: ApiCall, model: type[_Page]) -> Iterator[_Page]:
        """Every page of a list, in order. A list that never ends is a `BadAnswer`."""
        token, seen = "", set[str]()
        while True:
            page = self._parsed(call, self._asked(call, {"pageToken": token} if token else {}), model)
            yield page
            token = page.next_page_token
            if not token:
                return
            if token in seen or len(seen) >= MOST_PAGES:
                raise BadAnswer(f"{call.api} answers a list that doesn't end ({call.path})")
            seen.add(token)

    def _asked(self, call: ApiCall, more: Mapping[str, str]) -> requests.Response:
        """The first answer that isn't passing; asks again with growing pauses."""
        if call.api in self._silent:
            raise NoAnswer(self._silent[call.api])
        reason, wait = "", 0.0
        for attempt in range(self._tries):
            if attempt:
                self._sleep(max(wait, BACKOFF_SECONDS * 2 ** (attempt - 1) * (1 + random.random())))  # noqa: S311
            try:
                answer = self._sent(call, more)
            except requests.Timeout:
                reason, wait = f"no answer within {READ_SECONDS:g} s", 0.0
                continue
            except requests.RequestException as error:
                reason, wait = _reason(error), 0.0
                continue
            if answer.status_code not in PASSING and not _is_rate_limit(answer):
                return answer
            reason, wait = f"{answer.status_code} {answer.reason}", _retry_after(answer)
        message = f"{call.api} doesn't answer: {reason}, {self._tries} times in a row ({call.path})"
        if not reason.startswith("5"):  # of one method it says nothing of the others
            self._silent[call.api] = message
        raise NoAnswer(message)

    def _sent(self, call: ApiCall, more: Mapping[str, str]) -> requests.Response:
        base = f"{self._server}/{call.api}" if self._server else f"https://{call.api}"
        return self._session.request(
            "GET" if call.body is None else "POST",
            f"{base}/{call.path}",
            params={**call.query, **more},
            json=call.body,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,  # the token is for this host only
        )

    def _parsed(self, call: ApiCall, answer: requests.Response, model: type[_Answer]) -> _Answer:
        lack = lack_of(answer.status_code, answer.content, call.api, call.permission)
        if lack is not None:
            raise RefusedCall(lack)
        if answer.status_code == requests.codes.not_found:
            raise NotFound(f"{call.api} knows no {call.path}")
        if answer.status_code != requests.codes.ok:
            words = words_of(answer.content) or answer.reason
            raise BadAnswer(f"{call.api} answers {answer.status_code}: {words} ({call.path})")
        try:
            return model.model_validate_json(answer.content)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "the whole"
            raise BadAnswer(f"{call.api} answers what this version can't read: {where}: {first['msg']}") from None


def google_cloud(environment: Mapping[str, str]) -> GoogleCloud:
    """The APIs, asked as whom the environment says. Raises `NoCredentials` and `UnsafeAddress`."""
    return GoogleCloud(identity_of(environment), environment.get(SERVER, "").strip() or None)


def _checked(server: str) -> str:
    """The address, without a slash at its end. Raises `UnsafeAddress`."""
    try:
        parts = urlsplit(server)
        host = parts.hostname
    except ValueError:
        host = None
    if host is None or parts.scheme not in {"http", "https"} or parts.query or parts.fragment or "@" in parts.netloc:
        raise UnsafeAddress(f"{SERVER} has to be an http or https address, such as http://127.0.0.1:8080")
    if parts.scheme == "http" and not on_this_machine(host):
        raise UnsafeAddress(f"a token isn't sent over plain http to {host}: {SERVER} has to be https")
    return server.rstrip("/")


def _is_rate_limit(answer: requests.Response) -> bool:
    """Whether a 403 says that too much was asked, as Compute's older interfaces do."""
    return answer.status_code == requests.codes.forbidden and any(
        word in answer.text for word in ("rateLimitExceeded", "RATE_LIMIT_EXCEEDED", "userRateLimitExceeded")
    )


def _retry_after(answer: requests.Response) -> float:
    """What the server asks to wait, bounded."""
    given = answer.headers.get("Retry-After", "")
    try:
        seconds = float(given)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(given).timestamp() - time.time()
        except (ValueError, TypeError):
            return 0.0
    return min(max(seconds, 0.0), LONGEST_WAIT_SECONDS) if seconds == seconds else 0.0  # noqa: PLR0124 - not a number


def _reason(error: requests.RequestException) -> str:
    """The cause in a few words, without the library's chain of names."""
    words = str(error)
    for known in ("Connection refused", "Name or service not known", "Network is unreachable"):
        if known in words:
            return known.lower()
    return "its certificate can't be verified" if "certificate verify failed" in words else "the connection broke"
