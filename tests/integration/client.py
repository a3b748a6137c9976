"""The few requests to a Kubernetes API server that a proof needs: definitions, namespaces, server-side apply."""

from __future__ import annotations

import http.client
import json
import re
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias
from urllib.parse import quote

import yaml

Manifest: TypeAlias = Mapping[str, Any]
"""A Kubernetes object as JSON: apiVersion, kind, metadata and the rest."""

REQUEST_SECONDS = 60.0
ESTABLISHED_SECONDS = 60.0
POLL_SECONDS = 0.05
FIELD_MANAGER = "weighbridge"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
CANNOT_JUDGE = {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
"""Answers that say something of the server, not of the object: but for a webhook's, which may answer so of one."""
_DENIED = re.compile('admission webhook "[^"]+" denied the request')
_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


class ServerError(Exception):
    """The server did not do what was asked for a reason that is not the object's; the message has its answer."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server would take the object; `warnings` are its own (deprecated versions and the like)."""

    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """The server refuses the object. `fields` are the paths that it named, with its reason for each, without values."""

    reason: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotChecked:
    """The server does not know the kind: its definition is not installed."""

    reason: str


Verdict: TypeAlias = Accepted | Rejected | NotChecked


@dataclass(frozen=True, slots=True)
class _Kind:
    plural: str
    namespaced: bool


class Client:
    """One connection to one server. Use as a context manager; not for several threads."""

    def __init__(self, host: str, port: int, token: str, trust: ssl.SSLContext) -> None:
        self._connection = http.client.HTTPSConnection(host, port, timeout=REQUEST_SECONDS, context=trust)
        self._token = token
        self._kinds: dict[str, dict[str, _Kind]] = {}  # by apiVersion, then kind
        self._namespaces: set[str] = set()
        self._installed: set[tuple[str, str]] = set()  # (group, kind) of definitions

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def is_ready(self) -> bool:
        """Whether the server says that it is ready for requests."""
        try:
            status, _, _ = self._request("GET", "/readyz")
        except ServerError:
            return False
        return status == HTTPStatus.OK

    def kubeconfig(self) -> str:
        """For another program that talks to the same server; over loopback, so it takes any certificate."""
        server = f"https://{self._connection.host}:{self._connection.port}"
        cluster = {"name": "it", "cluster": {"server": server, "insecure-skip-tls-verify": True}}
        user = {"name": "it", "user": {"token": self._token}}
        context = {"name": "it", "context": {"cluster": "it", "user": "it"}}
        parts = {"clusters": [cluster], "users": [user], "contexts": [context], "current-context": "it"}
        return json.dumps({"apiVersion": "v1", "kind": "Config", **parts})

    def listed(self, path: str) -> list[Manifest]:
        """The objects of a collection. Raises `ServerError`."""
        status, _, answer = self._request("GET", path)
        if status != HTTPStatus.OK:
            raise ServerError(f"{path}: {status} {_message(answer)}")
        return list(answer["items"])

    def created(self, path: str, manifest: Manifest) -> None:
        """Really create one object in a collection. Raises `ServerError`."""
        status, _, answer = self._request("POST", path, manifest, "application/json")
        if status != HTTPStatus.CREATED:
            raise ServerError(f"{path}: {status} {_message(answer)}")

    def patched(self, path: str, change: Manifest) -> bool:
        """Really change one object; whether nobody else has changed it since. Raises `ServerError`."""
        status, _, answer = self._request("PATCH", path, change, "application/merge-patch+json")
        if status not in {HTTPStatus.OK, HTTPStatus.CONFLICT}:
            raise ServerError(f"{path}: {status} {_message(answer)}")
        return status == HTTPStatus.OK

    def install_definitions(self, files: Iterable[Path]) -> tuple[str, ...]:
        """Really create the CustomResourceDefinitions in the YAML files; their names, once the server serves them all.

        Other objects in the files are passed over. Raises `ServerError` naming the file that the server refuses.
        """
        definitions = {}
        for file in files:
            with file.open(encoding="utf-8") as stream:
                for document in yaml.load_all(stream, Loader=yaml.CSafeLoader):
                    if document and document.get("kind") == "CustomResourceDefinition":
                        status, _, answer = self._request("POST", DEFINITIONS, document, "application/json")
                        if status != HTTPStatus.CREATED:
                            raise ServerError(f"{file.name}: {status} {_message(answer)}")
                        definitions[document["metadata"]["name"]] = document["spec"]
        deadline = time.monotonic() + ESTABLISHED_SECONDS
        for name, spec in definitions.items():
            while not self._serves(name, spec):
                if time.monotonic() > deadline:
                    raise ServerError(f"{name} was created, but not served within {ESTABLISHED_SECONDS:.0f} s")
                time.sleep(POLL_SECONDS)
            self._installed.add((spec["group"], spec["names"]["kind"]))
        return tuple(sorted(definitions))

    def apply(self, manifest: Manifest, *, dry_run: bool = True) -> Verdict:
        """Server-side apply of one object, unknown fields refused; by default the server keeps nothing.

        A namespace that the object names is really created where it is missing: a dry run would leave none to be in.
        Raises `ServerError` if the server could not judge the object.
        """
        metadata = manifest.get("metadata") or {}
        version, kind_name, name = manifest.get("apiVersion"), manifest.get("kind"), metadata.get("name")
        if not (version and kind_name and name):
            return Rejected("apiVersion, kind and metadata.name must be set")
        kind = self._kinds_of(version).get(kind_name)
        if kind is None:
            return self._unknown(version, kind_name)
        path = _base(version)
        if kind.namespaced:
            namespace = metadata.get("namespace") or "default"
            self._ensure_namespace(namespace)
            path += f"/namespaces/{quote(namespace, safe='')}"
        path += f"/{kind.plural}/{quote(name, safe='')}"
        query = f"fieldManager={FIELD_MANAGER}&fieldValidation=Strict&force=true" + ("&dryRun=All" if dry_run else "")
        status, warnings, answer = self._request("PATCH", f"{path}?{query}", manifest, "application/apply-patch+yaml")
        if status in CANNOT_JUDGE and not _DENIED.match(_message(answer)):
            raise ServerError(f"{kind_name} {name}: {status} {_message(answer)}")
        if status >= HTTPStatus.BAD_REQUEST:
            causes = (answer.get("details") or {}).get("causes") or ()
            fields = tuple(f"{cause.get('field', '?')}: {cause.get('reason', '?')}" for cause in causes)
            return Rejected(_message(answer), fields)
        return Accepted(warnings)

    def _unknown(self, version: str, kind: str) -> Rejected | NotChecked:
        group = version.rpartition("/")[0]
        if (group, kind) in self._installed:
            return Rejected(f"{kind} of {group} has no version {version.rpartition('/')[2]}")
        if self._is_built_in(group):
            return Rejected(f"Kubernetes has no {kind} in {version}")
        return NotChecked(f"no definition of {kind} in {group} is installed")

    def _is_built_in(self, group: str) -> bool:
        """Whether the group is Kubernetes' own: served, though no installed definition is in it."""
        if not group:
            return True
        if any(group == installed for installed, _ in self._installed):
            return False
        status, _, _ = self._request("GET", f"/apis/{quote(group, safe='')}")
        return status == HTTPStatus.OK

    def _kinds_of(self, version: str) -> Mapping[str, _Kind]:
        if version not in self._kinds:
            status, _, answer = self._request("GET", _base(version))
            if status not in {HTTPStatus.OK, HTTPStatus.NOT_FOUND}:
                raise ServerError(f"{version}: {status} {_message(answer)}")
            self._kinds[version] = {
                resource["kind"]: _Kind(resource["name"], resource["namespaced"])
                for resource in answer.get("resources") or ()
                if "/" not in resource["name"]  # not a subresource
            }
        return self._kinds[version]

    def _serves(self, name: str, spec: Mapping[str, Any]) -> bool:
        status, _, answer = self._request("GET", f"{DEFINITIONS}/{name}")
        if status != HTTPStatus.OK:
            return False
        conditions = (answer.get("status") or {}).get("conditions") or ()
        if not any(condition["type"] == "Established" and condition["status"] == "True" for condition in conditions):
            return False
        versions = [f"{spec['group']}/{served['name']}" for served in spec["versions"] if served["served"]]
        for version in versions:
            self._kinds.pop(version, None)
        return all(spec["names"]["kind"] in self._kinds_of(version) for version in versions)

    def _ensure_namespace(self, name: str) -> None:
        if name not in self._namespaces:
            namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            status, _, answer = self._request("POST", "/api/v1/namespaces", namespace, "application/json")
            if status not in {HTTPStatus.CREATED, HTTPStatus.CONFLICT}:  # in conflict: it is there already
                raise ServerError(f"namespace {name}: {status} {_message(answer)}")
            self._namespaces.add(name)

    def _asked(
        self, method: str, path: str, text: bytes | str | None, headers: Mapping[str, str]
    ) -> http.client.HTTPResponse:
        self._connection.request(method, path, text, headers)
        return self._connection.getresponse()

    def _request(
        self, method: str, path: str, body: Manifest | None = None, content_type: str | None = None
    ) -> tuple[int, tuple[str, ...], Any]:
        """Status, the server's warnings, and the JSON answer (`{}` where it is none)."""
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        if content_type:
            headers["Content-Type"] = content_type
        text = None if body is None else _encoded(body)
        try:
            try:
                response = self._asked(method, path, text, headers)
            except http.client.RemoteDisconnected:  # the server closes a connection that was idle for minutes
                self._connection.close()
                response = self._asked(method, path, text, headers)
            content = response.read()
        except (OSError, http.client.HTTPException) as failure:
            self._connection.close()  # the next request opens it anew
            raise ServerError(f"{method} {path.partition('?')[0]}: no answer ({failure})") from failure
        warnings = tuple(_warning(value) for name, value in response.getheaders() if name.lower() == "warning")
        is_json = response.getheader("Content-Type", "").startswith("application/json")
        return response.status, warnings, json.loads(content) if is_json else {}


def _base(version: str) -> str:
    return f"/apis/{quote(version)}" if "/" in version else f"/api/{quote(version)}"


def _encoded(body: Manifest) -> bytes:
    """JSON that is YAML too, for server-side apply reads YAML: no surrogate pairs, some characters only escaped."""
    text = json.dumps(body, ensure_ascii=False)
    return _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode()


def _message(answer: Mapping[str, Any]) -> str:
    return str(answer.get("message", "no reason given"))


def _warning(header: str) -> str:
    """The text of `299 - "text"`."""
    return header.partition('"')[2].removesuffix('"').replace('\\"', '"') or header
