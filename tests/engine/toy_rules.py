"""A package for small programs: its things do what their inputs say.

``fixed…`` replaces when it changes, ``name`` is taken (so a replacement deletes first), ``refused`` fails the
provider's check, ``breaks`` the creation, ``held`` the deletion; ``computed`` is known only once the thing exists. As
bridged providers do, it gives the id among the outputs, and takes a list with an unknown item as unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.engine.cloud import Existing, RequestRefused
from tests.engine.properties import UNKNOWN, Properties, collapsed
from tests.engine.provider import Asked, Rules

LOOKUP = "toy:index:lookup"


class Toy(Rules):
    """Things."""

    package: ClassVar[str] = "toy"
    version: ClassVar[str] = "1.0.0"

    def __init__(self) -> None:
        self._created = 0

    def check(self, asked: Asked, inputs: Properties, old: Properties, seed: bytes) -> Properties:
        del asked, old, seed
        if "refused" in inputs:
            raise RequestRefused(str(inputs["refused"]))
        return inputs

    def replaces(self, asked: Asked, path: tuple[str, ...]) -> bool:
        del asked
        return path[0].startswith("fixed") or path == ("name",)

    def deletes_first(self, asked: Asked, old: Properties, new: Properties) -> bool:
        del asked, old
        return "name" in new

    def id_of(self, asked: Asked, inputs: Properties) -> str:
        if "breaks" in inputs:
            raise RequestRefused(str(inputs["breaks"]))
        self._created += 1
        return f"{asked.type}/{inputs['name']}" if "name" in inputs else f"{asked.type}/{self._created}"

    def outputs(self, asked: Asked, inputs: Properties, id_: str | None) -> Properties:
        del asked
        if id_ is None:
            return {**collapsed(inputs), "id": UNKNOWN, "computed": UNKNOWN}
        return {**inputs, "id": id_, "computed": f"made for {id_}"}

    def may_delete(self, resource: Existing) -> None:
        if "held" in resource.inputs:
            raise RequestRefused(str(resource.inputs["held"]))

    def answer(self, token: str, arguments: Properties, settings: Mapping[str, Any]) -> Properties:
        del settings
        if token == LOOKUP:
            return {"answer": f"what {arguments.get('question')} is"}
        raise RequestRefused(f"there is no function {token}")
