"""Which Kubernetes objects reach out of the cluster, onto quotas that nodes share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.graphs import ADDRESS, resource, urn
from tests.support.quota_demand import LITERAL, doubt, drawn
from weighbridge.quota.in_cluster import Where, at
from weighbridge.resources.values import Secret, Unknown

CLASS = "cloud.google.com/compute-class"
DEFAULT_CLASS = "cloud.google.com/default-compute-class"
ALLOW = "let the owners of the quota state under allow in stacks/quota.yaml what it holds"
NODES = f"selects a compute class, for which GKE creates nodes that no input bounds: leave it out, or {ALLOW}"
DISKS = (
    "makes GKE create a disk for each pod, which draws on the disk quota that nodes share: use a Cloud Storage FUSE "
    f"volume or the local SSD of the nodes, or {ALLOW}"
)
SERVICE, CLAIM = "kubernetes:core/v1:Service", "kubernetes:core/v1:PersistentVolumeClaim"
GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
NAMESPACE = "kubernetes:core/v1:Namespace"
REGIONAL = "gke-l7-regional-external-managed"
INTERNAL_FIRST = "networking.gke.io/load-balancer-type"
INTERNAL_OLD = "cloud.google.com/load-balancer-type"
OLD_CLASS = "volume.beta.kubernetes.io/storage-class"
ADDRESS_NOTE = "networking.gke.io/load-balancer-ip-addresses"
RESERVED = {"property_dependencies": {"spec": (urn(ADDRESS, "a"),), "metadata": (urn(ADDRESS, "a"),)}}


def pods(**settings: Any) -> dict[str, Any]:
    """A template of pods with these settings."""
    return {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": Unknown()}], **settings}}


def around(template: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Whatever becomes pods of this template: type and spec by kind."""
    job, solver = {"spec": {"template": template}}, {"podTemplate": template}
    return {
        "Pod": ("core/v1", template["spec"]),
        "ReplicationController": ("core/v1", {"template": template}),
        "Deployment": ("apps/v1", {"replicas": Unknown(), "template": template}),
        "DeploymentPatch": ("apps/v1", {"template": template}),
        "StatefulSet": ("apps/v1", {"template": template}),
        "DaemonSet": ("apps/v1", {"template": template}),
        "ReplicaSet": ("apps/v1", {"template": template}),
        "Job": ("batch/v1", {"template": template}),
        "CronJob": ("batch/v1", {"jobTemplate": job}),
        "JobSet": ("jobset.x-k8s.io/v1alpha2", {"replicatedJobs": [{"name": "a", "template": job}]}),
        "LeaderWorkerSet": ("leaderworkerset.x-k8s.io/v1", {"leaderWorkerTemplate": {"workerTemplate": template}}),
        "RayCluster": ("ray.io/v1", {"workerGroupSpecs": [{"template": template}]}),
        "RayJob": ("ray.io/v1", {"rayClusterSpec": {"headGroupSpec": {"template": template}}}),
        "RayService": ("ray.io/v1", {"rayClusterConfig": {"headGroupSpec": {"template": template}}}),
        "PyTorchJob": ("kubeflow.org/v1", {"pytorchReplicaSpecs": {"Worker": {"template": template}}}),
        "TrainingRuntime": ("trainer.kubeflow.org/v1alpha1", {"template": {"spec": {"replicatedJobs": [job]}}}),
        "TrainJob": ("trainer.kubeflow.org/v1alpha1", {"podTemplateOverrides": [template]}),
        "ScaledJob": ("keda.sh/v1alpha1", {"maxReplicaCount": 5.0, "jobTargetRef": {"template": template}}),
        "Service": ("serving.knative.dev/v1", {"template": template}),
        "Rollout": ("argoproj.io/v1alpha1", {"template": template}),
        "Workflow": ("argoproj.io/v1alpha1", {"templates": [template["spec"]]}),
        "AnalysisTemplate": ("argoproj.io/v1alpha1", {"metrics": [{"provider": {"job": job}}]}),
        "AnalysisRun": ("argoproj.io/v1alpha1", {"metrics": [{"provider": {"job": job}}]}),
        "ClusterAnalysisTemplate": ("argoproj.io/v1alpha1", {"metrics": [{"provider": {"job": job}}]}),
        "Issuer": ("cert-manager.io/v1", {"acme": {"solvers": [{"http01": {"gatewayHTTPRoute": solver}}]}}),
        "ClusterIssuer": ("cert-manager.io/v1", {"acme": {"solvers": [{"http01": {"ingress": solver}}]}}),
        "PipelineRun": ("tekton.dev/v1", {"taskRunTemplate": {"podTemplate": template["spec"]}}),
        "ResourceFlavor": ("kueue.x-k8s.io/v1beta1", {"nodeLabels": template["spec"].get("nodeSelector")}),
        "RuntimeClass": ("node.k8s.io/v1", {"scheduling": template["spec"]}),
        "MutatingAdmissionPolicy": ("admissionregistration.k8s.io/v1", {"mutations": [template["spec"]]}),
    }


def workload(kind: str, template: dict[str, Any]) -> Any:
    version, spec = around(template)[kind]
    return resource(f"kubernetes:{version}:{kind}", "w", {"metadata": {"name": Unknown()}, "spec": spec})


KINDS = sorted(around(pods()))


@pytest.mark.parametrize("kind", KINDS)
def test_pods_that_select_a_compute_class_get_nodes_that_nothing_bounds(kind: str):
    assert drawn(workload(kind, pods(nodeSelector={"cloud.google.com/gke-nodepool": "p"}))) == {}
    message = doubt(workload(kind, pods(nodeSelector={CLASS: "autopilot"})))
    assert message.startswith("spec.")
    assert message.endswith(NODES)
    assert CLASS in message


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "ResourceFlavor"])
@pytest.mark.parametrize(
    "settings",
    [
        {"affinity": {"nodeAffinity": {"preferred": [{"matchExpressions": [{"key": CLASS, "operator": "Exists"}]}]}}},
        {
            "affinity": {
                "nodeAffinity": {"x": [{"matchExpressions": [{"key": CLASS, "operator": "In", "values": ["a"]}]}]}
            }
        },
        {"affinity": {"nodeAffinity": {"x": [{"matchExpressions": [{"key": CLASS, "operator": Unknown()}]}]}}},
        {"tolerations": [{"key": CLASS, "operator": "Equal", "value": "autopilot"}]},
        {"nodeSelector": Secret({CLASS: "autopilot"})},
        {"nodeSelector": {CLASS: Unknown()}},
        {"nodeSelector": {CLASS: "autopilot-spot"}, "volumes": [{"emptyDir": {}}]},
    ],
)
def test_any_way_to_select_a_compute_class_is_found(kind: str, settings: dict[str, Any]):
    message = doubt(workload(kind, pods(**settings)))
    assert message.endswith((NODES, LITERAL))


@pytest.mark.parametrize(
    "settings",
    [
        {"affinity": {"nodeAffinity": {"x": [{"matchExpressions": [{"key": CLASS, "operator": "DoesNotExist"}]}]}}},
        {
            "affinity": {
                "nodeAffinity": {"x": [{"matchExpressions": [{"key": CLASS, "operator": "NotIn", "values": []}]}]}
            }
        },
        {"tolerations": [{"operator": "Exists"}]},
        {"volumes": [{"configMap": {"name": Unknown()}}, {"persistentVolumeClaim": {"claimName": Unknown()}}]},
        {"serviceAccountName": Unknown(), "terminationGracePeriodSeconds": Unknown()},
        {"nodeSelector": {}, "affinity": None, "volumes": []},
    ],
)
def test_settings_that_make_no_nodes(settings: dict[str, Any]):
    assert drawn(workload("Deployment", pods(**settings))) == {}


def test_texts_that_hide_a_selector_are_doubts():
    flow = "kubernetes:argoproj.io/v1alpha1:Workflow"
    patch = resource(flow, "w", {"spec": {"podSpecPatch": "nodeSelector: {}"}})
    assert doubt(patch) == (
        f"spec.podSpecPatch holds settings or objects that only its controller reads: leave it out, or {ALLOW}"
    )
    makes = resource(flow, "w", {"spec": {"templates": [{"resource": {"action": "create", "manifest": "kind: Pod"}}]}})
    assert doubt(makes) == (
        "spec.templates[0].resource.manifest holds settings or objects that only its controller reads: leave it out, "
        f"or {ALLOW}"
    )
    policy = resource(
        "kubernetes:admissionregistration.k8s.io/v1:MutatingAdmissionPolicy",
        "w",
        {
            "spec": {
                "mutations": [{"applyConfiguration": {"expression": f"Object{{nodeSelector: {{'{CLASS}': 'a'}}}}"}}]
            }
        },
    )
    assert doubt(policy) == f"spec.mutations[0].applyConfiguration.expression {NODES}"


def test_a_patch_escapes_the_slash_of_a_selector():
    patch = '[JSONPatch{op: "add", path: "/spec/nodeSelector/cloud.google.com~1compute-class", value: "autopilot"}]'
    policy = resource(
        "kubernetes:admissionregistration.k8s.io/v1:MutatingAdmissionPolicy",
        "w",
        {"spec": {"mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": patch}}]}},
    )
    assert doubt(policy) == f"spec.mutations[0].jsonPatch.expression {NODES}"


def test_what_kueue_adds_to_pods_is_read():
    def check(key: str) -> Any:
        added = {"nodeSelector": [{"key": key, "valueFromProvisioningClassDetail": "ResizeRequestName"}]}
        return resource(
            "kubernetes:kueue.x-k8s.io/v1beta1:ProvisioningRequestConfig", "p", {"spec": {"podSetUpdates": added}}
        )

    assert drawn(check("autoscaling.gke.io/provisioning-request")) == {}
    assert doubt(check(CLASS)) == f"spec.podSetUpdates.nodeSelector[0].key {NODES}"


def spark(**settings: str) -> Any:
    """A Spark application with a volume of a claim, and these settings of the volume."""
    volume = "spark.kubernetes.executor.volumes.persistentVolumeClaim.scratch"
    conf = {f"{volume}.{name.replace('_', '.')}": value for name, value in settings.items()}
    return resource("kubernetes:sparkoperator.k8s.io/v1beta2:SparkApplication", "s", {"spec": {"sparkConf": conf}})


def test_spark_claims_disks_where_it_is_given_a_size():
    assert drawn(spark(options_claimName="shared", mount_path="/data")) == {}
    assert doubt(spark(options_claimName="OnDemand", options_sizeLimit="500Gi")) == (
        "spec.sparkConf.spark.kubernetes.executor.volumes.persistentVolumeClaim.scratch.options.sizeLimit makes Spark "
        f"claim disks of its own, which draw on the disk quota that nodes share: leave it out, or {ALLOW}"
    )
    scratch = {"spark.kubernetes.executor.volumes.emptyDir.scratch.options.sizeLimit": "5Gi"}
    kind = "kubernetes:sparkoperator.k8s.io/v1beta2:SparkApplication"
    assert drawn(resource(kind, "s", {"spec": {"sparkConf": scratch}})) == {}


def test_a_workload_may_not_make_a_load_balancer():
    ray = "kubernetes:ray.io/v1:RayCluster"
    assert drawn(resource(ray, "r", {"spec": {"headGroupSpec": {"serviceType": "ClusterIP"}}})) == {}
    assert doubt(resource(ray, "r", {"spec": {"headGroupSpec": {"serviceType": "LoadBalancer"}}})) == (
        "spec.headGroupSpec.serviceType makes a load balancer, which takes an external address: leave it out, or "
        f"{ALLOW}"
    )


def test_the_ingress_that_a_workloads_controller_makes_may_take_an_address():
    note = {"kubernetes.io/ingress.class": "gce-regional-external"}
    takes = f"makes an Ingress, which takes an external address of the region: leave it out, or {ALLOW}"

    def ray(given: Any) -> Any:
        annotated = {"metadata": {"annotations": given}, "spec": {"headGroupSpec": {"enableIngress": True}}}
        return resource("kubernetes:ray.io/v1:RayCluster", "r", annotated)

    assert drawn(ray({"kubernetes.io/ingress.class": "gce", "team": Unknown()})) == {}
    assert drawn(ray(Unknown())) == {}
    assert doubt(ray(note)) == f"metadata.annotations.kubernetes.io/ingress.class {takes}"
    assert doubt(ray({"kubernetes.io/ingress.class": Secret("gce-regional-external")})).endswith(takes)
    assert doubt(ray({"kubernetes.io/ingress.class": Unknown()})).endswith(LITERAL)
    flink = resource(
        "kubernetes:flink.apache.org/v1beta1:FlinkDeployment", "f", {"spec": {"ingress": {"annotations": note}}}
    )
    assert doubt(flink) == f"spec.ingress.annotations.kubernetes.io/ingress.class {takes}"
    solver = {"spec": {"acme": {"solvers": [{"http01": {"ingress": {"class": "gce-regional-external"}}}]}}}
    assert doubt(resource("kubernetes:cert-manager.io/v1:Issuer", "i", solver)).endswith(takes)


def test_what_asks_and_makes_no_pods_may_be_unknown():
    asks = {"spec": {"metrics": [{"provider": {"prometheus": {"address": Unknown(), "query": "up"}}}]}}
    assert drawn(resource("kubernetes:argoproj.io/v1alpha1:AnalysisTemplate", "a", asks)) == {}
    zone = {"spec": {"acme": {"email": "a@b.example", "solvers": [{"dns01": {"cloudDNS": {"project": Unknown()}}}]}}}
    assert drawn(resource("kubernetes:cert-manager.io/v1:ClusterIssuer", "i", zone)) == {}


def test_a_custom_resource_of_the_core_group_is_read_as_the_sdks_own_type():
    assert drawn(resource("kubernetes:v1:ConfigMap", "c", {"apiVersion": "v1", "kind": "ConfigMap"})) == {}
    assert doubt(resource("kubernetes:v1:Service", "s", {"spec": {"type": "LoadBalancer"}})) == (
        doubt(resource(SERVICE, "s", {"spec": {"type": "LoadBalancer"}}))
    )
    assert doubt(resource("kubernetes:v1:Pod", "p", pods(nodeSelector={CLASS: "autopilot"}))).endswith(NODES)


@pytest.mark.parametrize("name", [DEFAULT_CLASS, f"{DEFAULT_CLASS}-non-daemonset"])
@pytest.mark.parametrize("value", ["autopilot", "", Unknown(), Secret("autopilot")])
@pytest.mark.parametrize("type_", [NAMESPACE, f"{NAMESPACE}Patch"])
def test_a_namespace_may_not_have_a_default_class(type_: str, name: str, value: Any):
    assert doubt(resource(type_, "n", {"metadata": {"labels": {"team": "a", name: value}}})) == (
        f"metadata.labels has {name}, which puts the pods of the namespace on a compute class, for which GKE creates "
        f"nodes that no input bounds: leave it out, or {ALLOW}"
    )


def test_a_namespace_with_other_labels_is_fine_and_one_with_unknown_labels_is_a_doubt():
    assert drawn(resource(NAMESPACE, "n", {"metadata": {"name": Unknown(), "labels": {"team": Unknown()}}})) == {}
    for metadata in (Unknown(), Secret(Unknown())):
        assert doubt(resource(NAMESPACE, "n", {"metadata": metadata})).startswith("metadata is not known")
    assert doubt(resource(NAMESPACE, "n", {"metadata": {"labels": Unknown()}})).startswith("metadata.labels is not")


def places(value: Any, path: str = "") -> list[str]:
    """Every place in a value that isn't inside something that makes nothing."""
    found = [path] if path else []
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in at(Where.UNREAD):
                found += places(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += places(inner, f"{path}[{index}]")
    return found


def unknown_at(value: Any, place: str, instead: Any, path: str = "") -> Any:
    if path == place:
        return instead
    if isinstance(value, dict):
        return {
            name: unknown_at(inner, place, instead, f"{path}.{name}" if path else name) for name, inner in value.items()
        }
    if isinstance(value, list):
        return [unknown_at(inner, place, instead, f"{path}[{index}]") for index, inner in enumerate(value)]
    return value


FULL = pods(
    nodeSelector={"cloud.google.com/gke-nodepool": "p"},
    tolerations=[{"key": "team", "operator": "Equal", "value": "a"}],
    affinity={
        "nodeAffinity": {"required": [{"matchExpressions": [{"key": "team", "operator": "In", "values": ["a"]}]}]}
    },
    volumes=[{"name": "v", "emptyDir": {}}, {"name": "w", "secret": {"secretName": "s"}}],
)


@given(st.sampled_from(KINDS), st.data(), st.sampled_from([Unknown(), Secret(Unknown()), Secret(Secret(Unknown()))]))
def test_what_is_not_known_is_a_doubt_wherever_it_is_read(kind: str, data: st.DataObject, instead: Any):
    version, spec = around(FULL)[kind]
    inputs = {"spec": spec}
    known = {"replicas", "maxReplicaCount"}
    place = data.draw(st.sampled_from([place for place in places(inputs) if place.rpartition(".")[2] not in known]))
    spec_with = unknown_at({"spec": {key: value for key, value in spec.items() if key not in known}}, place, instead)
    message = doubt(resource(f"kubernetes:{version}:{kind}", "w", spec_with))
    assert message == f"{place} is not known before the deployment: {LITERAL}"


# -- disks


@pytest.mark.parametrize(
    ("claim", "makes"),
    [
        ({"spec": {}}, True),
        ({"spec": {"storageClassName": "standard-rwo"}}, True),
        ({"spec": {"storageClassName": None}}, True),
        ({"spec": {"volumeName": ""}}, True),
        ({"spec": {"storageClassName": ""}}, False),
        ({"spec": {"storageClassName": "standard-rwo", "volumeName": "v"}}, False),
        ({"spec": {"storageClassName": ""}, "metadata": {"annotations": {"team": "a"}}}, False),
        ({"spec": {"storageClassName": ""}, "metadata": {"annotations": {OLD_CLASS: "a"}}},
         True),
        ({"spec": {"storageClassName": "a"}, "metadata": {"annotations": {OLD_CLASS: ""}}},
         False),
    ],
)  # fmt: skip
def test_a_claim_makes_a_disk_unless_it_has_no_class_or_names_its_volume(claim: dict[str, Any], makes: bool):
    whole = {"kind": "PersistentVolumeClaim", **claim}
    in_set = resource("kubernetes:apps/v1:StatefulSet", "s", {"spec": {"volumeClaimTemplates": [claim]}})
    in_pod = workload("Deployment", pods(volumes=[{"ephemeral": {"volumeClaimTemplate": claim}}]))
    if not makes:
        assert drawn(resource(CLAIM, "c", whole), in_set, in_pod) == {}
        return
    assert doubt(resource(CLAIM, "c", whole)) == (
        "GKE creates a disk for this claim, which draws on the disk quota that nodes share: use a Cloud Storage FUSE "
        "volume or the local SSD of the nodes, name a volume that exists in spec.volumeName, or set "
        f'spec.storageClassName: "", or {ALLOW}'
    )
    assert doubt(in_set) == f"spec.volumeClaimTemplates {DISKS}"
    assert doubt(in_pod) == f"spec.template.spec.volumes[0].ephemeral.volumeClaimTemplate {DISKS}"


@pytest.mark.parametrize("name", ["storageClassName", "volumeName"])
def test_a_claim_that_is_not_known_is_a_doubt(name: str):
    assert doubt(resource(CLAIM, "c", {"spec": {name: Unknown()}})) == (
        f"spec.{name} is not known before the deployment: {LITERAL}"
    )


@pytest.mark.parametrize(
    ("type_", "spec", "place"),
    [
        ("batch.volcano.sh/v1alpha1:Job", {"volumes": [{"volumeClaim": {"accessModes": ["a"]}}]},
         "spec.volumes[0].volumeClaim"),
        ("jobset.x-k8s.io/v1alpha2:JobSet", {"volumeClaimPolicies": [{"templates": []}]}, "spec.volumeClaimPolicies"),
        ("argoproj.io/v1alpha1:Workflow", {"volumeClaimTemplates": [{"spec": {}}]}, "spec.volumeClaimTemplates"),
        ("tekton.dev/v1:TaskRun", {"workspaces": [{"volumeClaimTemplate": {"spec": {}}}]},
         "spec.workspaces[0].volumeClaimTemplate"),
    ],
)  # fmt: skip
def test_claims_in_forms_of_other_workloads(type_: str, spec: dict[str, Any], place: str):
    assert doubt(resource(f"kubernetes:{type_}", "w", {"spec": spec})) == f"{place} {DISKS}"


# -- addresses


def service(notes: dict[str, Any] | None = None, **spec: Any) -> Any:
    return resource(SERVICE, "s", {"metadata": {"annotations": notes or {}}, "spec": {"type": "LoadBalancer", **spec}})


@pytest.mark.parametrize(
    ("notes", "spec", "takes"),
    [
        ({}, {}, True),
        ({INTERNAL_FIRST: "Internal"}, {}, False),
        ({INTERNAL_FIRST: "internal"}, {}, False),
        ({INTERNAL_OLD: "Internal"}, {}, False),
        ({INTERNAL_FIRST: "INTERNAL"}, {}, True),
        ({INTERNAL_FIRST: "Internal "}, {}, True),
        # the first that is present decides, even an empty one
        ({INTERNAL_FIRST: "External", INTERNAL_OLD: "Internal"}, {}, True),
        ({INTERNAL_FIRST: "", INTERNAL_OLD: "Internal"}, {}, True),
        ({INTERNAL_FIRST: "Internal", INTERNAL_OLD: "External"}, {}, False),
        # a class comes before annotations
        ({INTERNAL_FIRST: "Internal"}, {"loadBalancerClass": "networking.gke.io/l4-regional-external"}, True),
        ({}, {"loadBalancerClass": "networking.gke.io/l4-regional-internal"}, False),
        ({}, {"type": ""}, False),
        ({}, {"type": "NodePort"}, False),
        ({}, {"loadBalancerIP": "203.0.113.7"}, False),
        ({}, {"loadBalancerIP": ""}, True),
        ({ADDRESS_NOTE: "a"}, {}, False),
        ({ADDRESS_NOTE: ""}, {}, True),
    ],
)
def test_a_service_takes_an_address_unless_it_is_internal_or_names_one(
    notes: dict[str, Any], spec: dict[str, Any], takes: bool
):
    given_service = service(notes, **spec)
    if takes:
        assert doubt(given_service) == (
            "spec.type LoadBalancer takes an external address in a region that the object does not say: reserve a "
            f"gcp:compute/address:Address and name it in the annotation {ADDRESS_NOTE}"
        )
    else:
        assert drawn(given_service) == {}


def test_a_class_of_load_balancer_that_nobody_knows_is_a_doubt():
    known = ", ".join(f"networking.gke.io/l4-regional-{kind}" for kind in (
        "internal", "internal-legacy", "external", "external-legacy",
    ))  # fmt: skip
    assert doubt(service(loadBalancerClass="example.com/lb")) == (
        "spec.loadBalancerClass 'example.com/lb' is unknown, so are the addresses it takes: use one of "
        f"{known}, or {ALLOW}"
    )


def ingress(name: Any = None, spec: dict[str, Any] | None = None, notes: Mapping[str, str] | None = None) -> Any:
    given_class = {} if name is None else {"kubernetes.io/ingress.class": name}
    return resource(INGRESS, "i", {"metadata": {"annotations": {**given_class, **(notes or {})}}, "spec": spec or {}})


@pytest.mark.parametrize("name", [None, "", "gce", "gce-internal", "gce-multi-cluster"])
def test_an_ingress_of_these_classes_takes_no_address_of_a_region(name: str | None):
    assert drawn(ingress(name)) == {}


def test_an_ingress_of_other_classes():
    named = {"kubernetes.io/ingress.regional-static-ip-name": "a"}
    assert drawn(ingress("gce-regional-external", notes=named)) == {}
    for notes in (None, {"kubernetes.io/ingress.regional-static-ip-name": ""}):
        assert doubt(ingress("gce-regional-external", notes=notes)) == (
            "an Ingress of class gce-regional-external takes an external address in a region that the object does not "
            "say: reserve a gcp:compute/address:Address and name it in the annotation "
            "kubernetes.io/ingress.regional-static-ip-name"
        )
    assert doubt(ingress("nginx")).startswith("the annotation kubernetes.io/ingress.class 'nginx' is unknown, so are")
    assert doubt(ingress(Unknown())).startswith("metadata.annotations.kubernetes.io/ingress.class is not known")
    # GKE's controller leaves an Ingress that names a class in its spec to others.
    assert doubt(ingress(None, {"ingressClassName": "gce-internal"})).startswith(
        "spec.ingressClassName picks a controller that is not GKE's, so what it takes is not known"
    )
    assert drawn(ingress("gce", {"ingressClassName": "gce-internal"})) == {}


@pytest.mark.parametrize(
    "addresses",
    [None, [], [{}], [{"type": "IPAddress"}], [{"value": ""}], [{"value": "203.0.113.7"}, {"type": "NamedAddress"}]],
)
def test_a_regional_gateway_without_addresses_takes_one(addresses: Any):
    spec = {"gatewayClassName": REGIONAL, "addresses": addresses}
    assert doubt(resource(GATEWAY, "g", {"spec": spec})) == (
        f"spec.gatewayClassName {REGIONAL} takes an external address in a region that the object does not say: reserve "
        "a gcp:compute/address:Address and name it in spec.addresses"
    )


@pytest.mark.parametrize(
    ("type_", "inputs", "place"),
    [
        (SERVICE, {"spec": {"type": "LoadBalancer", "loadBalancerIP": Unknown()}}, "spec.loadBalancerIP"),
        (SERVICE, {"spec": {"type": "LoadBalancer"}, "metadata": {"annotations": {ADDRESS_NOTE: Unknown()}}},
         f"metadata.annotations.{ADDRESS_NOTE}"),
        (GATEWAY, {"spec": {"gatewayClassName": REGIONAL, "addresses": [{"value": Unknown()}]}},
         "spec.addresses[0].value"),
        (INGRESS, {"spec": {}, "metadata": {"annotations": {"kubernetes.io/ingress.class": "gce-regional-external",
         "kubernetes.io/ingress.regional-static-ip-name": Secret(Unknown())}}},
         "metadata.annotations.kubernetes.io/ingress.regional-static-ip-name"),
    ],
)  # fmt: skip
def test_an_address_that_is_not_known_yet_must_come_from_a_reserved_one(type_: str, inputs: dict[str, Any], place: str):
    assert drawn(resource(type_, "x", inputs, **RESERVED)) == {}
    assert doubt(resource(type_, "x", inputs)) == f"{place} is not known before the deployment: {LITERAL}"


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        (SERVICE, {"spec": {"type": "ClusterIP"}}),
        ("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", {"spec": {"rules": [{"backendRefs": Unknown()}]}}),
        (GATEWAY, {"spec": {"gatewayClassName": "gke-l7-rilb"}}),
        (GATEWAY, {"spec": {"gatewayClassName": REGIONAL, "addresses": [{"type": "NamedAddress", "value": "a"}]}}),
        ("kubernetes:kueue.x-k8s.io/v1beta1:ClusterQueue", {"spec": {}}),
        ("kubernetes:inference.networking.k8s.io/v1:InferencePool", {"spec": {}}),
        ("kubernetes:apps/v1:Deployment", {"metadata": {"namespace": Unknown()}, "spec": {"replicas": Unknown()}}),
        ("kubernetes:apps/v1:StatefulSet", {"spec": {"volumeClaimTemplates": []}}),
    ],
)
def test_kubernetes_objects_that_take_nothing(type_: str, inputs: dict[str, Any]):
    assert drawn(resource(type_, "x", inputs)) == {}


@pytest.mark.parametrize(
    ("type_", "inputs", "start"),
    [
        (SERVICE, {"spec": {"type": Unknown()}}, "spec.type is not known"),
        (SERVICE, {"spec": {"type": "LoadBalancer"}, "metadata": {"annotations": Unknown()}}, "metadata.annot"),
        (GATEWAY, {"spec": {"gatewayClassName": "istio"}},
         f"spec.gatewayClassName 'istio' is unknown, so are the addresses it takes: use one of {REGIONAL}, "),
        (GATEWAY, {"spec": {"gatewayClassName": "gke-l7-cross-regional-internal-managed"}}, "spec.gatewayClassName '"),
        (GATEWAY, {"spec": {"gatewayClassName": ""}}, "spec.gatewayClassName is not set"),
        (GATEWAY, {"spec": {"gatewayClassName": REGIONAL, "addresses": [Unknown()]}}, "spec.addresses[0] is not known"),
        # The provider goes by the object, not by the type that the program registered it with.
        ("kubernetes:core/v1:ConfigMap", {"apiVersion": "cloud.google.com/v1", "kind": "ComputeClass"},
         "apiVersion is 'cloud.google.com/v1', but the resource's type says 'v1': use the matching type"),
        ("kubernetes:core/v1:ConfigMap", {"apiVersion": "v1", "kind": "PersistentVolumeClaim"},
         "kind is 'PersistentVolumeClaim', but the resource's type says 'ConfigMap': use the matching type"),
    ],
)  # fmt: skip
def test_kubernetes_objects_that_reach_out_of_the_cluster(type_: str, inputs: dict[str, Any], start: str):
    assert doubt(resource(type_, "x", inputs)).startswith(start)


def test_a_word_that_makes_an_address_is_one_only_by_itself():
    assert drawn(workload("Deployment", pods(schedulerName="LoadBalancerPolicy"))) == {}
    assert doubt(workload("Deployment", pods(schedulerName="LoadBalancer"))).startswith(
        "spec.template.spec.schedulerName "
    )


def test_a_template_of_a_claim_says_where_it_is_not_known():
    volume = {"ephemeral": {"volumeClaimTemplate": {"spec": {"volumeName": Unknown()}}}}
    assert doubt(workload("Deployment", pods(volumes=[volume]))) == (
        "spec.template.spec.volumes[0].ephemeral.volumeClaimTemplate.spec.volumeName is not known before the "
        f"deployment: {LITERAL}"
    )
