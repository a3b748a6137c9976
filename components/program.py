"""The whole of a project's program: the selected stack's spec, made into resources, and what it exports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from weighbridge.catalog import load as load_catalog
from weighbridge.files.problem import FileError
from weighbridge.files.project import Project, read_project
from weighbridge.quota.request import requests_of
from weighbridge.stacks.load import read_stack

from .ml_platform import Platform


def deploy(folder: Path) -> Platform:
    """Makes what the stack's spec says. `folder` holds Pulumi.yaml; resources that a program adds come after this.

    A wrong spec or quota file ends the program with its problems, one a line, and nothing is made.
    """
    try:
        platform, outputs = make(read_project(folder), pulumi.get_stack())
    except FileError as wrong:
        raise pulumi.RunError(str(wrong)) from None
    for name, value in outputs.items():
        pulumi.export(name, value)
    return platform


def make(
    project: Project, stack: str, name: str | None = None, opts: pulumi.ResourceOptions | None = None
) -> tuple[Platform, Mapping[str, pulumi.Input[Any]]]:
    """The platform of a stack of a project, and what it gives to its user, by name.

    `name` is what Pulumi calls it, if not as the environment. Raises `FileError`, and has made nothing then.
    """
    catalog = load_catalog()
    spec, quota = read_stack(project.stacks, stack, catalog)
    requests = requests_of(spec.environment, quota)
    platform = Platform(name or spec.environment, spec, catalog, opts, requests=requests)
    outputs: dict[str, pulumi.Input[Any]] = {
        "cluster": platform.cluster.cluster_name,
        "location": spec.cloud.region,
        "kubeconfig": platform.cluster.kubeconfig,
        "nat_addresses": platform.network.nat_addresses,
        "node_pools": {name: pool.pool_name for name, pool in platform.node_pools.items()},
    }
    if platform.gateway is not None:
        outputs |= {"address": platform.gateway.address, "dns_records": platform.gateway.dns_records}
        if platform.gateway.name_servers:
            outputs["dns_name_servers"] = platform.gateway.name_servers
    return platform, outputs
