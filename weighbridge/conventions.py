"""Every name and label that Weighbridge gives to something. Nothing else spells one.

Labels and taints that GKE gives nodes by itself are in `weighbridge/infrastructure/node_kinds.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256

from weighbridge.spec.monitoring import Monitoring

ENVIRONMENT_LABEL = "weighbridge.dev/environment"
NODE_POOL_LABEL = "weighbridge.dev/node-pool"

DOCUMENTATION = "https://weighbridge.dev"
"""Where the documentation is read; no stack depends on it."""

GKE_NODE_POOL_LABEL = "cloud.google.com/gke-nodepool"
"""GKE's own, on every node."""

ZONE_LABEL, HOSTNAME_LABEL = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
"""Kubernetes' own, on every node."""

PART_OF_LABEL = "app.kubernetes.io/part-of"
"""Kubernetes' own: the higher-level thing that an object belongs to."""

EXCLUSIVE_TOPOLOGY_ANNOTATION = "leaderworkerset.sigs.k8s.io/exclusive-topology"
"""LeaderWorkerSet's own: each group of hosts takes a value of the label that it names for itself."""


PACK_FOLDER = "policies"
"""The policy pack, in the project's folder."""


def deploy_command(stack: str) -> str:
    """What deploys a stack, as every output and message names it: never without the policy pack."""
    return f"pulumi up --stack {stack} --policy-pack {PACK_FOLDER}"


def slice_pool_name(key: str, ordinal: int) -> str:
    """GKE name of the pool of one TPU slice. Slices are alike, so the ordinal is the slice's identity."""
    return f"{key}-s{ordinal}"


def nat_address_name(environment: str, ordinal: int) -> str:
    """Name of one address of the NAT gateway. The addresses are alike, so the ordinal is their identity."""
    return f"{environment}-nat-{ordinal}"


POD_RANGE = "pods"
SERVICE_RANGE = "services"
"""Secondary ranges of a subnetwork; names are its own, so they need no environment."""


def network_name(environment: str) -> str:
    """Name of the VPC network."""
    return f"{environment}-network"


def subnetwork_name(environment: str) -> str:
    """Name of the nodes' subnetwork."""
    return f"{environment}-nodes"


def accelerator_network_name(environment: str, network: str) -> str:
    """Name of a further VPC network of accelerators, and of its subnetwork where it has one."""
    return f"{environment}-{network}"


def nccl_installer_name(node_pool: str) -> str:
    """Name of what lays NCCL's plugin on the nodes of a pool."""
    return f"nccl-{node_pool}"


def router_name(environment: str) -> str:
    """Name of the Cloud Router that carries NAT."""
    return f"{environment}-router"


def quota_preference_name(quota: str, region: str, dimensions: Iterable[str]) -> str:
    """Id of what is asked of Google for one limit: the same for all times, as Google deletes none; 63 characters."""
    name = "-".join([quota.partition("-per-project")[0], *dimensions, region])
    return _short(re.sub(r"[^a-z0-9-]", "-", f"weighbridge-{name}".lower()), 63)


def nat_name(environment: str) -> str:
    """Name of the Cloud NAT gateway."""
    return f"{environment}-nat"


def workload_policy_name(environment: str, node_pool: str) -> str:
    """Name of the resource policy that places the hosts of one TPU slice."""
    return f"{environment}-{node_pool}"


def node_service_account_id(environment: str) -> str:
    """Id of the nodes' service account; at most 30 characters, which is why environments have at most 20."""
    return f"wb-{environment}-nodes"


def service_account_email(account_id: str, project: str) -> str:
    """Address of a service account; a literal, so that a preview knows it."""
    return f"{account_id}@{project}.iam.gserviceaccount.com"


def workload_pool(project: str) -> str:
    """The project's Workload Identity pool."""
    return f"{project}.svc.id.goog"


def resource_labels(environment: str, owner: str) -> dict[str, str]:
    """Google Cloud labels of what can carry them. A label takes lower-case letters, digits, ``_`` and ``-`` only."""
    return {"environment": environment, "owner": label_value(owner), "managed-by": "weighbridge"}


def label_value(text: str) -> str:
    """A text as Google Cloud takes it for a label."""
    return re.sub(r"[^a-z0-9_-]", "_", text.lower())[:63]


SERVING_NAMESPACE = "serving"
METRICS_ADAPTER_NAMESPACE = "custom-metrics"
MONITORING_CONSOLE = "https://console.cloud.google.com/monitoring"
MONITORS_NAMESPACE = "monitors"
"""Of the drift monitors, one for each endpoint and pipeline that is measured."""

SERVING_PRIORITY = "weighbridge-serving"
TRAINING_PRIORITY = "weighbridge-training"
EXPERIMENTS_PRIORITY = "weighbridge-experiments"
"""PriorityClasses, highest first. Pods of pipelines name theirs themselves."""

GATEWAY_NAME = "models"
"""One Gateway per environment, in the namespace of the endpoints."""

GATEWAY_LISTENER = "https"

APP_LABEL, VERSION_LABEL, ROLE_LABEL = "app", "version", "role"
LEADER, WORKER = "leader", "worker"
"""Roles of the pods of a group of hosts; the leader answers."""

SERVER_LABEL = "weighbridge.dev/server"
METRIC_VERSION_LABEL = "model_version"
"""Label of metrics; not `version`, which Triton's own metrics carry."""

PAGING_LABEL = "paging_service"
"""Label of a notification channel: which service calls somebody, where its type doesn't say."""

LONGEST_SERVICE_NAME = 63  # a DNS label


def version_name(endpoint: str, version: str) -> str:
    """Name of everything that one version has of its own: Deployment, Service, budget, autoscaler."""
    return f"{endpoint}-{version}"


def volume_name(endpoint: str, volume: str) -> str:
    """Name of the claim and of the PersistentVolume that a volume of an endpoint's versions becomes."""
    return f"{endpoint}-{volume}"


def pipeline_namespace(pipeline: str) -> str:
    """Namespace of a pipeline's pods; what they ask for is added up by it."""
    return f"pipeline-{pipeline}"


QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
"""Kueue's own: the LocalQueue that a job is sent to."""

DEFAULT_QUEUE = "default"
"""Kueue's own name of the LocalQueue that jobs of a namespace go to where they name none."""

PIPELINE_SHARE = "pipeline-share"
"""Name of the ResourceQuota and the LimitRange of a pipeline's namespace."""

QUEUED_ACCELERATORS = "weighbridge-queued-accelerators"
"""Name of the admission policy that keeps accelerators of pipelines' namespaces behind their queues."""


def workload_priority_name(kind: str) -> str:
    """Name of the class by which Kueue orders the jobs of pipelines of one kind."""
    return f"weighbridge-{kind}"


def picker_name(version: str) -> str:
    """Name of the endpoint picker of one version, by the version's own."""
    return f"{version}-epp"


def proxy_subnetwork_name(environment: str) -> str:
    """Name of the subnetwork of the load balancer's proxies."""
    return f"{environment}-proxies"


def gateway_address_name(environment: str) -> str:
    """Name of the address that host names point to."""
    return f"{environment}-models"


def certificate_name(environment: str, endpoint: str) -> str:
    """Name of an endpoint's certificate, of its DNS authorization and of its map entry; 63 characters at most."""
    return _short(f"{environment}-{endpoint}", 63)


def certificate_map_name(environment: str) -> str:
    """Name of the certificate map of a global gateway."""
    return f"{environment}-models"


def ssl_policy_name(environment: str) -> str:
    """Name of the SSL policy of the gateway's load balancer."""
    return f"{environment}-models"


_LONGEST_ACCOUNT_ID = 30


def serving_account_id(environment: str, endpoint: str) -> str:
    """Id of an endpoint's service account; where it would be too long, its end is a digest of the whole."""
    return _short(f"wb-{environment}-{endpoint}", _LONGEST_ACCOUNT_ID)


def monitor_name(subject: str) -> str:
    """Name of everything that the drift monitor of an endpoint or pipeline has of its own."""
    return f"monitor-{subject}"


def monitor_account_id(environment: str, subject: str) -> str:
    """Id of a drift monitor's service account."""
    return _short(f"wb-{environment}-mon-{subject}", _LONGEST_ACCOUNT_ID)


def metrics_adapter_account_id(environment: str) -> str:
    """Id of the service account that reads metrics for the autoscaler."""
    return _short(f"wb-{environment}-metrics", _LONGEST_ACCOUNT_ID)


def keda_account_id(environment: str) -> str:
    """Id of the service account that KEDA reads queues outside of replicas as."""
    return _short(f"wb-{environment}-keda", _LONGEST_ACCOUNT_ID)


def workload_member(project: str, namespace: str, service_account: str) -> str:
    """A Kubernetes service account as IAM names it."""
    return f"serviceAccount:{workload_pool(project)}[{namespace}/{service_account}]"


def _short(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    digest = sha256(text.encode()).hexdigest()[:6]
    return f"{text[: longest - 7].rstrip('-')}-{digest}"


def runbook_link(monitoring: Monitoring | None, name: str) -> str | None:
    """Address of the published runbook of an endpoint or pipeline; None where the spec names no place for them."""
    if monitoring is None or monitoring.runbooks is None:
        return None
    return f"{monitoring.runbooks.rstrip('/')}/{name}.md"
