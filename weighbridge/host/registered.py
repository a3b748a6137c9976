"""A resource as the host holds it between its registration and the end of the preview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.struct_pb2 import Struct


@dataclass(slots=True)
class Registered:
    """One resource as registered; `request` holds its options after transforms."""

    urn: str
    type: str
    name: str
    custom: bool
    parent: str
    provider: str  # reference, urn::id
    inputs: Struct
    dependencies: tuple[str, ...]
    property_dependencies: Mapping[str, tuple[str, ...]]
    request: Any
    aliases: tuple[str, ...] = ()
    outputs: Struct = field(default_factory=Struct)
    configured: bool = True  # its provider knows all of its settings
    read: bool = False
    finished: bool = False  # a component that has said what it gives out
    written: Struct | None = None  # what the program gave, where ignoreChanges keeps something else of a state

    @property
    def provider_urn(self) -> str:
        """URN of its provider, empty if it has none."""
        return self.provider.rpartition("::")[0]
