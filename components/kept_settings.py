"""Settings of an adopted pool that stay as they are: the program leaves them off, and ignores what the state has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pulumi_gcp import container

from weighbridge.spec.node_pool import Kept

_NETWORK = (
    "additionalPodNetworkConfigs",
    "createPodRange",
    "networkPerformanceConfig",
    "podCidrOverprovisionConfig",
    "podIpv4CidrBlock",
    "podRange",
    "subnetwork",
)
"""What stays of `networkConfig`: all but whether nodes have external addresses, and further networks, which count."""

_LINUX = (
    "accurateTimeConfig",
    "cgroupMode",
    "customNodeInit",
    "hugepagesConfig",
    "nodeKernelModuleLoading",
    "sysctls",
    "transparentHugepageDefrag",
    "transparentHugepageEnabled",
)
"""What stays of `nodeConfig.linuxNodeConfig`: all but swap, which may be on local SSDs, and those count."""

_PARTS: Mapping[Kept, tuple[str, ...]] = {"networkConfig": _NETWORK, "nodeConfig.linuxNodeConfig": _LINUX}

_NESTED_IN_LISTS: frozenset[Kept] = frozenset({"nodeConfig.guestAccelerators.gpuDriverInstallationConfig"})
"""Of these the pool has none either, as any other value is in the spec: there is nothing to ignore."""


def ignored(paths: Iterable[Kept]) -> Iterator[str]:
    """As `ignoreChanges` names them."""
    for path in paths:
        if path in _PARTS:
            yield from (f"{path}.{name}" for name in _PARTS[path])
        elif path not in _NESTED_IN_LISTS:
            yield path


def leave_off(arguments: container.NodePoolArgs, paths: Iterable[Kept]) -> None:
    """Takes these settings out of a pool's arguments."""
    for path in paths:
        if path == "networkConfig":  # of what stays, the components set nothing
            continue
        *blocks, last = (_python_name(step) for step in path.split("."))
        held: list[object] = [arguments]
        for block in blocks:
            inner = [getattr(part, block, None) for part in held]
            held = [one for part in inner for one in (part if isinstance(part, list) else [part]) if one is not None]
        # The engine ignores parts of a block only where the program has the block.
        left = container.NodePoolNodeConfigLinuxNodeConfigArgs() if path in _PARTS else None
        for part in held:
            setattr(part, last, left)


def _python_name(step: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in step)
