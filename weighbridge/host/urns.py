"""The URNs that the engine gives to the resources of a stack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from weighbridge.resources.graph import STACK_TYPE


@dataclass(frozen=True, slots=True)
class Urns:
    """URNs within one stack of one project."""

    project: str
    stack: str

    def of(self, parent: str, type_: str, name: str, stack: str = "", project: str = "") -> str:
        """A URN: the types of the parents (the stack's left out), joined by ``$``, then the type and the name.

        `parent` is a URN, or empty. `stack` and `project` are those of the resource where it had others.
        """
        chain = parent.split("::")[2] if parent else ""
        qualified = f"{chain}${type_}" if chain and chain != STACK_TYPE else type_
        return f"urn:pulumi:{stack or self.stack}::{project or self.project}::{qualified}::{name}"

    def of_aliases(self, request: Any) -> Iterator[str]:
        """What a resource may have been called before: whole URNs, or its own with the parts that an alias names."""
        yield from request.aliasURNs
        for alias in request.aliases:
            if alias.urn:
                yield alias.urn
                continue
            spec = alias.spec
            parent = "" if spec.noParent else spec.parentUrn or request.parent
            yield self.of(parent, spec.type or request.type, spec.name or request.name, spec.stack, spec.project)

    def inherited(
        self, request: Any, aliases: Iterable[str], parent_name: str, parent_aliases: Iterable[str]
    ) -> Iterator[str]:
        """What a resource was called under its parent's former URNs; a name that begins with the parent's goes along.

        `aliases` are the resource's own.
        """
        own = [(request.type, request.name)]
        own += [(alias.split("::")[2].rpartition("$")[2], alias.split("::", 3)[3]) for alias in aliases]
        for former in parent_aliases:
            for type_, name in own:
                renamed = name
                if name.startswith(parent_name):
                    renamed = former.split("::", 3)[3] + name.removeprefix(parent_name)
                yield self.of(former, type_, renamed)
