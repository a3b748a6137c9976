"""Creates what a queues plan says: Kueue's objects, the second fence of each pipeline, an admission policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pulumi
from pulumi_kubernetes import admissionregistration, core, meta
from pulumi_kubernetes.apiextensions import CustomResource

from weighbridge.conventions import DEFAULT_QUEUE, PIPELINE_SHARE, QUEUED_ACCELERATORS
from weighbridge.queues.admission_policy import MESSAGE, VALIDATION, VARIABLES
from weighbridge.queues.plan import (
    DEFAULT_REQUEST,
    LONGEST_RETRY_SECONDS,
    NODE_REQUESTER,
    ORDER,
    PUSH_OUT,
    QUEUED_CLASS,
    RECLAIM,
    RETRIES,
    RETRY_SECONDS,
    WITHIN_QUEUE,
    FlavorPlan,
    NodeRequestPlan,
    QueuePlan,
    QueuesPlan,
    QuotaPlan,
)

_GROUP = "kueue.x-k8s.io"
_VERSION = f"{_GROUP}/v1beta2"
_NAMESPACE_NAME = "kubernetes.io/metadata.name"


class Queues(pulumi.ComponentResource):
    """The shares of all pipelines. What names another object is created after it, and deleted before it.

    So is everything of the `controllers` whose kinds these are, where this stack installs them.
    """

    def __init__(
        self,
        name: str,
        plan: QueuesPlan,
        *,
        namespaces: Mapping[str, pulumi.Resource],
        controllers: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("weighbridge:index:Queues", name, None, opts)
        self._name, self._controllers = name, tuple(controllers)
        for priority, value in plan.priorities.items():
            self._priority(priority, value)
        topologies = {
            topology.name: self._object(
                "Topology", topology.name, {"levels": [{"nodeLabel": label} for label in topology.levels]}
            )
            for topology in plan.topologies
        }
        flavors = {
            flavor.name: self._object(
                "ResourceFlavor",
                flavor.name,
                _flavor(flavor),
                after=[topologies[flavor.topology]] if flavor.topology is not None else (),
            )
            for flavor in plan.flavors
        }
        cohorts = {
            cohort.name: self._object(
                "Cohort",
                cohort.name,
                {"resourceGroups": _groups(cohort.flavor, cohort.quotas)},
                after=[flavors[cohort.flavor]],
            )
            for cohort in plan.cohorts
        }
        checks = {request.name: self._node_request(request) for request in plan.node_requests}
        for queue in plan.queues:
            after = [flavors[queue.flavor], cohorts[queue.cohort], *([checks[queue.check]] if queue.check else [])]
            made = self._object("ClusterQueue", queue.name, _queue(queue), after=after)
            namespace = namespaces[queue.namespace]
            self._object(
                "LocalQueue",
                DEFAULT_QUEUE,
                {"clusterQueue": queue.name},
                after=[made, namespace],
                namespace=queue.namespace,
            )
            self._fence(queue, namespace)
        self._guard(plan)
        self.register_outputs({})

    def _object(
        self,
        kind: str,
        name: str,
        spec: dict[str, Any],
        *,
        after: Iterable[pulumi.Resource] = (),
        namespace: str | None = None,
    ) -> CustomResource:
        logical = "-".join(part for part in (self._name, namespace, name) if part)
        return CustomResource(
            logical,
            api_version=_VERSION,
            kind=kind,
            metadata=meta.v1.ObjectMetaArgs(name=name, namespace=namespace),
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*self._controllers, *after]),
        )

    def _priority(self, name: str, value: int) -> None:
        """A class has its value beside `metadata`, where the SDK's class of custom resources has only `spec`."""
        kind = "WorkloadPriorityClass"
        fields = {"apiVersion": _VERSION, "kind": kind, "metadata": {"name": name}, "value": value}
        first = pulumi.ResourceOptions(parent=self, depends_on=[*self._controllers])
        pulumi.CustomResource(f"kubernetes:{_VERSION}:{kind}", f"{self._name}-{name}", fields, first)

    def _node_request(self, plan: NodeRequestPlan) -> CustomResource:
        settings = self._object(
            "ProvisioningRequestConfig",
            plan.name,
            {
                "provisioningClassName": QUEUED_CLASS,
                "managedResources": list(plan.resources),
                "retryStrategy": {
                    "backoffLimitCount": RETRIES,
                    "backoffBaseSeconds": RETRY_SECONDS,
                    "backoffMaxSeconds": LONGEST_RETRY_SECONDS,
                },
            },
        )
        parameters = {"apiGroup": _GROUP, "kind": "ProvisioningRequestConfig", "name": plan.name}
        return self._object(
            "AdmissionCheck",
            plan.name,
            {"controllerName": NODE_REQUESTER, "parameters": parameters},
            after=[settings],
        )

    def _fence(self, plan: QueuePlan, namespace: pulumi.Resource) -> None:
        name = f"{self._name}-{plan.namespace}"
        metadata = meta.v1.ObjectMetaArgs(name=PIPELINE_SHARE, namespace=plan.namespace)
        after = pulumi.ResourceOptions(parent=self, depends_on=[namespace])
        requests = core.v1.LimitRange(
            name,
            metadata=metadata,
            spec=core.v1.LimitRangeSpecArgs(
                limits=[core.v1.LimitRangeItemArgs(type="Container", default_request=DEFAULT_REQUEST)]
            ),
            opts=after,
        )
        core.v1.ResourceQuota(
            name,
            metadata=metadata,
            spec=core.v1.ResourceQuotaSpecArgs(hard=plan.fence),
            # The quota refuses pods without requests, which only the range gives them.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace, requests]),
        )

    def _guard(self, plan: QueuesPlan) -> None:
        policy = admissionregistration.v1
        made = policy.ValidatingAdmissionPolicy(
            self._name,
            metadata=meta.v1.ObjectMetaArgs(name=QUEUED_ACCELERATORS),
            spec=policy.ValidatingAdmissionPolicySpecArgs(
                failure_policy="Fail",
                match_constraints=policy.MatchResourcesArgs(
                    resource_rules=[
                        policy.NamedRuleWithOperationsArgs(
                            api_groups=[""], api_versions=["v1"], operations=["CREATE"], resources=["pods"]
                        )
                    ],
                    namespace_selector=_named(plan.namespaces),
                ),
                variables=[policy.VariableArgs(name=name, expression=text) for name, text in VARIABLES],
                validations=[policy.ValidationArgs(expression=VALIDATION, message=MESSAGE)],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        policy.ValidatingAdmissionPolicyBinding(
            self._name,
            metadata=meta.v1.ObjectMetaArgs(name=QUEUED_ACCELERATORS),
            spec=policy.ValidatingAdmissionPolicyBindingSpecArgs(
                policy_name=QUEUED_ACCELERATORS, validation_actions=["Deny"]
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[made]),
        )


def _named(namespaces: Iterable[str]) -> meta.v1.LabelSelectorArgs:
    return meta.v1.LabelSelectorArgs(
        match_expressions=[
            meta.v1.LabelSelectorRequirementArgs(key=_NAMESPACE_NAME, operator="In", values=[*namespaces])
        ]
    )


def _flavor(plan: FlavorPlan) -> dict[str, Any]:
    tolerations = [
        {"key": taint.key, "operator": "Equal", "value": taint.value, "effect": taint.effect}
        for taint in plan.tolerations
    ]
    return {
        "nodeLabels": dict(plan.node_labels),
        **({"tolerations": tolerations} if tolerations else {}),
        **({"topologyName": plan.topology} if plan.topology is not None else {}),
    }


def _groups(flavor: str, quotas: Iterable[QuotaPlan]) -> list[dict[str, Any]]:
    resources = [
        {
            "name": quota.resource,
            "nominalQuota": quota.nominal,
            **({"borrowingLimit": quota.borrowing} if quota.borrowing is not None else {}),
        }
        for quota in quotas
    ]
    covered = [quota.resource for quota in quotas]
    return [{"coveredResources": covered, "flavors": [{"name": flavor, "resources": resources}]}]


def _queue(plan: QueuePlan) -> dict[str, Any]:
    preemption: dict[str, Any] = {"reclaimWithinCohort": RECLAIM, "withinClusterQueue": WITHIN_QUEUE}
    if plan.pushes_out_below is not None:
        preemption["borrowWithinCohort"] = {"policy": PUSH_OUT, "maxPriorityThreshold": plan.pushes_out_below}
    checks = [{"name": plan.check, "onFlavors": [plan.flavor]}] if plan.check is not None else []
    return {
        "cohortName": plan.cohort,
        "namespaceSelector": {"matchLabels": {_NAMESPACE_NAME: plan.namespace}},
        "queueingStrategy": ORDER,
        "preemption": preemption,
        "resourceGroups": _groups(plan.flavor, plan.quotas),
        **({"admissionChecksStrategy": {"admissionChecks": checks}} if checks else {}),
    }
