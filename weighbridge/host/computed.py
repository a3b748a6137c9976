"""Which outputs of a resource only its provider can tell, by the SDK's own types. Runs in the program's process."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

AUTONAMING = "gcp:"
"""Packages whose resources get a name from Pulumi where the program gives none. Observed for gcp."""


class Computed:
    """Collects, by URN, the names (camelCase) of outputs that a preview can't know, and who is named by Pulumi."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}
        self.autonamed: list[str] = []
        self._classes: dict[str, type] = {}

    def watch(self, stub: Any) -> None:
        """Looks at every registration that goes through a ResourceMonitor stub."""
        register = stub.RegisterResource

        def registered(request: Any, **arguments: Any) -> Any:
            answer = register(request, **arguments)
            if request.custom:
                self._look(request.type, request.object.fields, answer.urn)
            return answer

        stub.RegisterResource = registered

    def _look(self, token: str, given: Mapping[str, Any], urn: str) -> None:
        owner = self._class_of(token)
        if owner is None:
            return  # nobody can name its class, so nothing is claimed
        missing = [name for name in _computed(owner) if name not in given]
        if "name" in missing and token.startswith(AUTONAMING) and _takes_name(owner):
            missing.remove("name")
            self.autonamed.append(urn)
        self.found[urn] = missing

    def _class_of(self, token: str) -> type | None:
        if token not in self._classes:
            import pulumi

            # Classes come with the modules that the program imports, so new ones may have appeared.
            for owner in _subclasses(pulumi.CustomResource):
                name = _token(owner)
                if name is not None:
                    self._classes.setdefault(name, owner)
        return self._classes.get(token)


def _token(owner: type) -> str | None:
    token = owner.__dict__.get("pulumi_type")  # its own, not a parent's
    return token if isinstance(token, str) else None


def _subclasses(owner: type[Any]) -> Iterator[type[Any]]:
    for subclass in owner.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


@cache
def _computed(owner: type) -> tuple[str, ...]:
    """The outputs that are always there."""
    from pulumi import Output

    found = []
    for python_name, attribute in vars(owner).items():
        getter = getattr(attribute, "fget", None)
        name = getattr(getter, "_pulumi_name", None)
        if getter is None or name is None or python_name == "urn":
            continue
        hint = _hint(getter)
        if typing.get_origin(hint) is Output:
            hint = typing.get_args(hint)[0]
        if hint is not None and type(None) not in typing.get_args(hint):
            found.append(name)
    return tuple(found)


@cache
def _takes_name(owner: type) -> bool:
    return "name" in inspect.signature(owner._internal_init).parameters  # type: ignore[attr-defined] # noqa: SLF001


def _hint(getter: Any) -> Any:
    try:
        return typing.get_type_hints(getter).get("return")
    except (NameError, TypeError, AttributeError):
        return None  # a type that its own module can't name: nothing is claimed about it
