"""Advice on production: what of `cluster.security` nobody has decided, pods that are open, an image that can change.

And anywhere: what a program keeps data in that is not encrypted by a key of one's own, where the boot disks are.
It never blocks, as a cluster that runs for years is not made wrong by a newer version of this package.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from weighbridge.files.model_problems import listed
from weighbridge.resources.held_resource import HeldResource, by_name
from weighbridge.resources.values import Value, bare, mapping
from weighbridge.rules.rule import Rule
from weighbridge.rules.violation import Violation
from weighbridge.serving.metrics_adapter import plan_metrics_adapter
from weighbridge.spec.root import Spec

RULE = Rule(
    name="cluster-security",
    description="Somebody has decided what `cluster.security` leaves open on production, and what a key doesn't cover.",
    stops="Nothing: it advises on production of what the spec doesn't say, of pods without network policies, and of a "
    "metrics adapter that no digest pins; anywhere of what is encrypted by Google's key beside a `boot_disk_key`.",
    remediation="Say each key of `cluster.security`: what is to be closed, or `false` or `none`.",
    judge=lambda given: judge(given.spec, given.resources),
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


@dataclass(frozen=True, slots=True)
class _KeptByGoogle:
    """Where a kind names its key, as a path of inputs; who has to be let at it (N: the project's number)."""

    path: tuple[str, ...]
    agent: str


_KEYED: Mapping[str, _KeptByGoogle] = {
    "kubernetes:storage.k8s.io/v1:StorageClass": _KeptByGoogle(
        ("parameters", "disk-encryption-kms-key"), "service-N@compute-system.iam.gserviceaccount.com"
    ),
    "gcp:storage/bucket:Bucket": _KeptByGoogle(
        ("encryption", "defaultKmsKeyName"), "service-N@gs-project-accounts.iam.gserviceaccount.com"
    ),
    "gcp:artifactregistry/repository:Repository": _KeptByGoogle(
        ("kmsKeyName",), "service-N@gcp-sa-artifactregistry.iam.gserviceaccount.com"
    ),
    "gcp:pubsub/topic:Topic": _KeptByGoogle(("kmsKeyName",), "service-N@gcp-sa-pubsub.iam.gserviceaccount.com"),
    "gcp:bigquery/dataset:Dataset": _KeptByGoogle(
        ("defaultEncryptionConfiguration", "kmsKeyName"), "bq-N@bigquery-encryption.iam.gserviceaccount.com"
    ),
}
"""What programs make beside a platform and keep data in. Source: each service's page on keys of one's own."""

_DISKS = "pd.csi.storage.gke.io"


def judge(spec: Spec | None, resources: Iterable[HeldResource] = ()) -> Iterator[Violation]:
    """What a stack's own spec leaves open on production, and what its boot disks' key doesn't cover."""
    if spec is None:
        return
    if spec.cluster.boot_disk_key is not None:
        yield from _uncovered(resources)
    if spec.production:
        yield from _open(spec)


def _uncovered(resources: Iterable[HeldResource]) -> Iterator[Violation]:
    for resource in by_name(resource for resource in resources if not resource.existing):
        keyed = _KEYED.get(resource.type)
        if keyed is None or (keyed.path[0] == "parameters" and resource.inputs.get("provisioner") != _DISKS):
            continue
        inside: Value = resource.inputs
        for name in keyed.path:
            inside = mapping(inside).get(name)
        if bare(inside) in (None, ""):
            message = (
                f"{resource.known_as}: encrypted by Google's key, and `cluster.boot_disk_key` covers the nodes' boot "
                f"disks alone. Set {'.'.join(keyed.path)} to a key of yours that its service agent may use: gcloud kms "
                f"keys add-iam-policy-binding KEY --keyring RING --location LOCATION --project PROJECT --role "
                f"roles/cloudkms.cryptoKeyEncrypterDecrypter --member serviceAccount:{keyed.agent}"
            )
            path = ("cluster", "boot_disk_key")
            yield Violation(RULE.name, message, resource.urn, "advisory", path, resource.known_as)


def _open(spec: Spec) -> Iterator[Violation]:
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
