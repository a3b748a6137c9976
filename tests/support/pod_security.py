"""The `restricted` Pod Security Standard of Kubernetes, as far as pods of a platform can break it.

Source: Kubernetes, "Pod Security Standards".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

VOLUMES = frozenset(
    {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
)


def not_restricted(pod: Mapping[str, Any]) -> Iterator[str]:
    """What of a pod's spec the standard refuses."""
    yield from (name for name in ("hostNetwork", "hostPID", "hostIPC") if pod.get(name))
    for volume in pod.get("volumes") or ():
        kinds = set(volume) - {"name"}
        yield from (f"volume of kind {kind}" for kind in sorted(kinds - VOLUMES))
    own = pod.get("securityContext") or {}
    for container in (*(pod.get("initContainers") or ()), *pod["containers"]):
        context = {**own, **(container.get("securityContext") or {})}
        name = container["name"]
        if context.get("runAsNonRoot") is not True or context.get("runAsUser") == 0:
            yield f"{name} may run as root"
        if (context.get("seccompProfile") or {}).get("type") not in {"RuntimeDefault", "Localhost"}:
            yield f"{name} has no seccomp profile"
        if context.get("allowPrivilegeEscalation") is not False:
            yield f"{name} may escalate privileges"
        capabilities = context.get("capabilities") or {}
        if "ALL" not in (capabilities.get("drop") or ()):
            yield f"{name} keeps capabilities"
        yield from (f"{name} adds {added}" for added in capabilities.get("add") or () if added != "NET_BIND_SERVICE")
        if context.get("privileged"):
            yield f"{name} is privileged"
        yield from (f"{name} takes a port of its node" for port in container.get("ports") or () if port.get("hostPort"))
