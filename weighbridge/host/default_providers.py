"""The providers that the engine makes for resources that name none: one for each package and version."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from typing import Any

from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import resource_pb2

from weighbridge.host.registered import Registered
from weighbridge.host.urns import Urns
from weighbridge.resources.graph import PROVIDER_PREFIX


class DefaultProviders:
    """Default providers of one stack, set up with the stack's settings for their package (``gcp:project``)."""

    def __init__(self, urns: Urns, config: Mapping[str, str]) -> None:
        self._urns, self._config = urns, config
        self._lock = threading.Lock()
        self._packages: list[Any] = []

    def register_package(self, package: Any) -> str:
        """Remembers a parameterized provider; the answer is the reference by which requests name it."""
        with self._lock:
            self._packages.append(package)
            return f"package-{len(self._packages)}"

    def provider_for(self, request: Any) -> Registered:
        """The default provider that a request means; its URN says whether it is registered already."""
        package = request.type.partition(":")[0]
        version = request.version
        if request.packageRef:
            version = self._packages[int(request.packageRef.rpartition("-")[2]) - 1].version
        name = "default" + (f"_{re.sub(r'[^0-9A-Za-z]', '_', version)}" if version else "")
        source = request.pluginDownloadURL.removesuffix("/")
        name += f"_{_as_name(source)}" if source else ""
        type_ = PROVIDER_PREFIX + package
        return Registered(
            urn=self._urns.of("", type_, name),
            type=type_,
            name=name,
            custom=True,
            parent="",
            provider="",
            inputs=self._settings(package, version),
            dependencies=(),
            property_dependencies={},
            request=resource_pb2.RegisterResourceRequest(type=type_, name=name, custom=True),
        )

    def _settings(self, package: str, version: str) -> Struct:
        settings = Struct()
        if version:
            settings.fields["version"].string_value = version
        for key, text in self._config.items():
            namespace, _, setting = key.partition(":")
            if namespace == package:
                settings.fields[setting].string_value = text
        return settings


def _as_name(text: str) -> str:
    """A text as the engine makes it part of a name: between slashes, letters, digits, ``_``, ``-`` and ``.`` only."""
    parts = (part for part in text.split("/") if part)
    return "/".join(
        re.sub(r"[^A-Za-z0-9_.]", "_", part[0]) + re.sub(r"[^A-Za-z0-9_.-]", "_", part[1:]) for part in parts
    )
