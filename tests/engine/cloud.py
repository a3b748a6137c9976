"""The cloud behind the emulated providers: what exists, and everything that was ever done to it, in order.

It lives as long as the process that serves the providers, so across all runs of the CLI, crashed ones too.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

HOLD_SECONDS = 60.0

Verb = Literal["create", "update", "delete"]


class RequestRefused(Exception):
    """What the cloud's API answers to a request that it doesn't carry out."""


@dataclass(frozen=True, slots=True)
class Existing:
    """One resource that exists. `inputs` are what was asked for, `outputs` all that is known of it."""

    id: str
    type: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CloudRequest:
    """One request that was carried out; `resource` is as it was afterwards, of a delete as it was before."""

    verb: Verb
    resource: Existing
    urn: str


def names(urns: Iterable[str]) -> set[str]:
    """The logical names of resources."""
    return {urn.rpartition("::")[2] for urn in urns}


class Hold:
    """A request that the cloud has taken and doesn't answer until somebody lets it go; it is never carried out."""

    def __init__(self) -> None:
        self.reached, self.released = threading.Event(), threading.Event()

    def wait(self) -> None:
        """Raises `RequestRefused` once the request may go."""
        self.reached.set()
        self.released.wait(HOLD_SECONDS)
        raise RequestRefused("the connection was lost")


class FakeCloud:
    """What exists. Two resources of one id can't: a name is taken until it is given back."""

    def __init__(self) -> None:
        self.operations: list[CloudRequest] = []
        self.holds: dict[str, Hold] = {}  # by type: the creations and updates that hang
        self._existing: dict[str, Existing] = {}
        self._lock = threading.Lock()

    def add(self, resource: Existing) -> None:
        """Something that exists without any stack having made it, such as what a program looks up or imports."""
        with self._lock:
            self._existing[resource.id] = resource

    def forget(self, id_: str) -> None:
        """Removes something behind every stack's back."""
        with self._lock:
            del self._existing[id_]

    def find(self, id_: str) -> Existing | None:
        """What exists under an id."""
        with self._lock:
            return self._existing.get(id_)

    def create(self, resource: Existing, urn: str) -> None:
        """Raises `RequestRefused` if the id is taken."""
        if resource.type in self.holds:
            self.holds[resource.type].wait()
        with self._lock:
            if resource.id in self._existing:
                raise RequestRefused(f"Error 409: {resource.id} already exists")
            self._done("create", resource, urn)

    def update(self, resource: Existing, urn: str) -> None:
        """Raises `RequestRefused` if there is no such resource."""
        if resource.type in self.holds:
            self.holds[resource.type].wait()
        with self._lock:
            if resource.id not in self._existing:
                raise RequestRefused(f"Error 404: {resource.id} was not found")
            self._done("update", resource, urn)

    def delete(self, id_: str, urn: str) -> None:
        """Deletes a thing; one that has gone already is none of its business."""
        with self._lock:
            if id_ in self._existing:
                self._done("delete", self._existing[id_], urn)

    def of_type(self, type_: str) -> tuple[Existing, ...]:
        """All that exist of one type, by id."""
        with self._lock:
            return tuple(
                sorted(
                    (resource for resource in self._existing.values() if resource.type == type_),
                    key=lambda resource: resource.id,
                )
            )

    def urns(self, verb: Verb, since: int = 0) -> tuple[str, ...]:
        """URNs of what was created, updated or deleted, in order, from one operation on."""
        return tuple(operation.urn for operation in self.operations[since:] if operation.verb == verb)

    def moments(self) -> Iterator[Mapping[str, Existing]]:
        """What existed, by id, after each operation since the beginning; things that were added are left out."""
        existing: dict[str, Existing] = {}
        for operation in tuple(self.operations):
            if operation.verb == "delete":
                existing.pop(operation.resource.id, None)
            else:
                existing[operation.resource.id] = operation.resource
            yield dict(existing)

    def _done(self, verb: Verb, resource: Existing, urn: str) -> None:
        self.operations.append(CloudRequest(verb, resource, urn))
        if verb == "delete":
            del self._existing[resource.id]
        else:
            self._existing[resource.id] = resource
