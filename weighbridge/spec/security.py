"""What closes a cluster further than its defaults do, as the spec writes it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, StrictBool, StringConstraints

from weighbridge.units import PART, Expected

CryptoKey = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?:none|projects/[a-z0-9:.-]+/locations/[a-z0-9-]+/keyRings/[A-Za-z0-9_-]{1,63}"
        r"/cryptoKeys/[A-Za-z0-9_-]{1,63})$",
        max_length=256,
    ),
    Expected("a Cloud KMS key: projects/<project>/locations/<location>/keyRings/<ring>/cryptoKeys/<key>, or none"),
]
SecurityGroup = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?:none|gke-security-groups@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\.[a-z]{2,})$", max_length=253
    ),
    Expected("the group gke-security-groups@<your domain>, the one that GKE reads, or none"),
]


NONE = "none"
"""Somebody has decided that there is none."""


class Security(BaseModel):
    """`cluster.security`: what is closed beyond the defaults. Production is advised to say all of it."""

    model_config = PART

    network_policies: StrictBool = True
    """Pods are reached, and reach others, only by the flows that the platform needs; `called_from` and `reaches` add to
    them. `false`: by everybody in the network."""

    binary_authorization: StrictBool | None = None
    """Images run only as the project's Binary Authorization policy allows. Left out: GKE doesn't ask it."""

    secrets_key: CryptoKey | None = None
    """Cloud KMS key in the cluster's region that encrypts Secrets in the control plane's database; GKE's service agent
    has to be allowed to use it. Left out, or `none`: Google's own encryption of its disks alone."""

    flow_logs: StrictBool | None = None
    """Logs who talks to whom in the nodes' subnetwork; charged by volume. Left out: no logs."""

    intranode_visibility: StrictBool | None = None
    """Traffic between pods of one node passes the network, so that flow logs and firewalls see it. Turned on in a
    running cluster, GKE restarts what networks its nodes. Left out: it stays on the node."""

    rbac_group: SecurityGroup | None = None
    """Google group of the groups that Kubernetes roles may name. Left out, or `none`: roles name single accounts."""

    dns_endpoint_from_outside: StrictBool | None = None
    """Whether the control plane's DNS endpoint answers from outside Google Cloud's networks, to whom IAM allows.
    `false`: deployments have to run inside. Left out: it answers."""
