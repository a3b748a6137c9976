"""The whole of a project's program: the selected stack's spec, made into resources, and what it exports."""

from __future__ import annotations

from pathlib import Path

import pulumi

from weighbridge.catalog import load as load_catalog
from weighbridge.files.problem import FileError
from weighbridge.files.project import read_project
from weighbridge.quota.request import requests_of
from weighbridge.stacks.load import read_stack

from .ml_platform import Platform


def deploy(folder: Path) -> Platform:
    """Makes what the stack's spec says. `folder` holds Pulumi.yaml; resources that a program adds come after this.

    A wrong spec or quota file ends the program with its problems, one a line, and nothing is made.
    """
    catalog = load_catalog()
    try:
        spec, quota = read_stack(read_project(folder).stacks, pulumi.get_stack(), catalog)
    except FileError as wrong:
        raise pulumi.RunError(str(wrong)) from None

    platform = Platform(spec.environment, spec, catalog, requests=requests_of(spec.environment, quota))
    pulumi.export("cluster", platform.cluster.cluster_name)
    pulumi.export("location", spec.cloud.region)
    pulumi.export("kubeconfig", platform.cluster.kubeconfig)
    pulumi.export("nat_addresses", platform.network.nat_addresses)
    pulumi.export("node_pools", {name: pool.pool_name for name, pool in platform.node_pools.items()})
    if platform.gateway is not None:
        pulumi.export("address", platform.gateway.address)
        pulumi.export("dns_records", platform.gateway.dns_records)
        if platform.gateway.name_servers:
            pulumi.export("dns_name_servers", platform.gateway.name_servers)
    return platform
