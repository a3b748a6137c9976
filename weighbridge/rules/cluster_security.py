"""Advice on production: what of `cluster.security` nobody has decided, pods that are open, an image that can change.

It never blocks, as a cluster that runs for years is not made wrong by a newer version of this package.
"""

from __future__ import annotations

from collections.abc import Iterator

from weighbridge.files.model_problems import listed
from weighbridge.rules.rule import Rule
from weighbridge.rules.violation import Violation
from weighbridge.serving.metrics_adapter import plan_metrics_adapter
from weighbridge.spec.root import Spec

RULE = Rule(
    name="cluster-security",
    description="On production somebody has decided what `cluster.security` leaves open.",
    stops="Nothing: it advises on production of what the spec doesn't say, of pods without network policies, and of a "
    "metrics adapter that no digest pins.",
    remediation="Say each key of `cluster.security`: what is to be closed, or `false` or `none`.",
    judge=lambda given: judge(given.spec),
    only_advises=True,
)
PATH = ("cluster", "security")
ADAPTER_IMAGE = "metrics_adapter_image"
DECIDED = (
    "binary_authorization",
    "secrets_key",
    "flow_logs",
    "intranode_visibility",
    "rbac_group",
    "dns_endpoint_from_outside",
)
"""Keys that GKE has a default for, which is the open one."""


def judge(spec: Spec | None) -> Iterator[Violation]:
    """What a stack's own spec leaves open on production."""
    if spec is None or not spec.production:
        return
    security = spec.cluster.security
    holder = spec.environment
    undecided = [key for key in DECIDED if getattr(security, key) is None]
    if undecided and spec.cluster.existing is None:  # else it is set where the cluster is made
        message = (
            f"{holder}: `cluster.security` doesn't say {listed(undecided)}, so GKE's open defaults hold. "
            "Say each, if need be `false` or `none`"
        )
        yield Violation(RULE.name, message, level="advisory", path=PATH, holder=holder)
    if not security.network_policies:
        message = (
            f"{holder}: without network policies any pod of the cluster reaches every model server, past gateway, IAP "
            "and Cloud Armor. Take `network_policies: false` out, and name callers in `called_from`"
        )
        yield Violation(RULE.name, message, level="advisory", path=(*PATH, "network_policies"), holder=holder)
    adapter = plan_metrics_adapter(spec)
    if adapter is not None and "@sha256:" not in adapter.image:
        message = (
            f"{holder}: the metrics adapter runs {adapter.image} by its tag, which somebody can point at another "
            f"image, and it reads every metric of {spec.cloud.project}. Name the image by digest in "
            "`cluster.metrics_adapter_image` (`crane digest IMAGE` says it)"
        )
        yield Violation(RULE.name, message, level="advisory", path=("cluster", ADAPTER_IMAGE), holder=holder)
