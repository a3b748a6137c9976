"""What the components create is safe; one change to it, and the exact message."""

from __future__ import annotations

import copy

import pytest

from tests.support.graphs import components_of
from tests.support.paths import ROOT
from tests.support.specs import CATALOG
from weighbridge.conventions import SERVER_LABEL
from weighbridge.infrastructure.accelerator_networks import INSTALLER_NAMESPACE, installer_images
from weighbridge.infrastructure.gateway import CERTIFICATE_MAP_ANNOTATION
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.values import Secret, Unknown, Value
from weighbridge.rules import endpoint_security
from weighbridge.rules.endpoint_security import KEY_TYPE, judge
from weighbridge.rules.violation import Violation
from weighbridge.serving.server import servers
from weighbridge.stacks.load import read_spec

SPECS = (*sorted((ROOT / "tests" / "integration" / "stacks").glob("*.yaml")), ROOT / "stacks" / "prod.yaml")


@pytest.mark.parametrize("file", SPECS, ids=lambda file: file.stem)
def test_what_the_components_create_is_safe(file):
    assert judge(components_of(file)) == []


@pytest.fixture(scope="module")
def prod() -> tuple[HeldResource, ...]:
    return components_of(ROOT / "stacks" / "prod.yaml")


@pytest.fixture(scope="module")
def accelerated() -> tuple[HeldResource, ...]:
    return components_of(ROOT / "tests" / "integration" / "stacks" / "accelerated.yaml")


def messages(given, kind: str, name: str, change) -> list[str]:
    copies = copy.deepcopy(given)
    (one,) = (resource for resource in copies if resource.type.endswith(kind) and resource.name == name)
    change(one.inputs)
    return [finding.message for finding in judge(copies)]


def pod(**changes):
    return lambda inputs: inputs["spec"]["template"]["spec"].update(changes)


def container(**changes):
    return lambda inputs: inputs["spec"]["template"]["spec"]["containers"][0].update(changes)


def context(**changes):
    return lambda inputs: inputs["spec"]["template"]["spec"]["containers"][0]["securityContext"].update(changes)


REGISTRY = "us-docker.pkg.dev/example-ml/serving/triton"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            container(image=REGISTRY),
            (
                f"container 'server' runs '{REGISTRY}', which has no tag, so it changes without a review: name a tag "
                "or a digest"
            ),
        ),
        (container(image="localhost:5000/triton"), "container 'server' runs 'localhost:5000/triton', which has no tag"),
        (
            container(image=f"{REGISTRY}:latest"),
            f"container 'server' runs '{REGISTRY}:latest', which changes without a review: name a version or a digest",
        ),
        (
            container(env=[{"name": "GOOGLE_APPLICATION_CREDENTIALS", "value": "/key.json"}]),
            "container 'server' uses a key file (GOOGLE_APPLICATION_CREDENTIALS): use Workload Identity instead",
        ),
        (context(runAsNonRoot=False), "container 'server' may run as root: set runAsNonRoot: true"),
        (context(privileged=True), "container 'server' is privileged, so it owns the node: take it out"),
        (
            context(allowPrivilegeEscalation=True),
            "container 'server' may gain rights: set allowPrivilegeEscalation: false",
        ),
        (context(capabilities={}), "container 'server' keeps Linux capabilities: drop ALL"),
        (
            context(readOnlyRootFilesystem=False),
            (
                "container 'server' can rewrite its own files: set readOnlyRootFilesystem: true, with an emptyDir "
                "where it writes"
            ),
        ),
        (pod(hostNetwork=True), "hostNetwork lets its pods see those of others on the node: take it out"),
        (
            pod(volumes=[{"name": "disk", "hostPath": {"path": "/"}}]),
            "volume 'disk' is a folder of the node: use an emptyDir or Cloud Storage FUSE",
        ),
        (
            container(image=Unknown()),
            "what its pods run is not known before the deployment: write the pods' settings as literals",
        ),
    ],
)
def test_one_change_of_a_deployment(prod, change, expected):
    (found,) = messages(prod, ":Deployment", "ranker-v8", change)

    assert found.startswith(f"ranker-v8: {expected}")


@pytest.mark.parametrize("image", ["us-docker.pkg.dev/ml/serve/s3cr:latest", "us-docker.pkg.dev/ml/serve/s3cr"])
def test_an_image_that_is_secret_is_judged_and_not_shown(prod, image):
    (found,) = messages(prod, ":Deployment", "ranker-v8", container(image=Secret(image)))
    assert "runs [secret], which " in found
    pinned = container(image=Secret(f"us-docker.pkg.dev/ml/serve/s3cr@sha256:{'0' * 64}"))
    assert messages(prod, ":Deployment", "ranker-v8", pinned) == []


def test_a_pod_is_seen_through_the_mark_of_a_secret(prod):
    def hide(inputs) -> None:
        inputs["spec"]["template"]["spec"]["hostNetwork"] = True
        inputs["spec"] = Secret(inputs["spec"])

    assert messages(prod, ":Deployment", "ranker-v8", hide) == [
        "ranker-v8: hostNetwork lets its pods see those of others on the node: take it out"
    ]


def test_a_digest_needs_no_tag(prod):
    assert messages(prod, ":Deployment", "ranker-v8", container(image=f"{REGISTRY}@sha256:{'0' * 64}")) == []


def test_a_group_of_hosts_is_judged_by_both_its_templates(accelerated):
    def open_worker(inputs) -> None:
        inputs["spec"]["leaderWorkerTemplate"]["workerTemplate"]["spec"]["hostPID"] = True

    assert messages(accelerated, ":LeaderWorkerSet", "writer-v1", open_worker) == [
        "writer-v1: hostPID lets its pods see those of others on the node: take it out"
    ]


def test_a_gateway_without_tls(prod):
    def plain(inputs) -> None:
        inputs["spec"]["listeners"][0].update(protocol="HTTP", port=80)

    def bare(inputs) -> None:
        del inputs["spec"]["listeners"][0]["tls"]

    assert messages(prod, "kubernetes:gateway.networking.k8s.io/v1:Gateway", "prod-gateway", plain) == [
        "prod-gateway: listener 'https' on port 80 speaks HTTP, so requests can be read on their way: make it HTTPS"
    ]
    assert messages(prod, "kubernetes:gateway.networking.k8s.io/v1:Gateway", "prod-gateway", bare) == [
        (
            "prod-gateway: listener 'https' on port 443 has no certificate: name one in tls.options or "
            "tls.certificateRefs, or a certificate map"
        )
    ]


PROD = read_spec(ROOT / "stacks" / "prod.yaml", CATALOG)


def test_an_image_without_digest_is_advice_on_production(prod):
    found = judge(prod, PROD)
    assert {violation.level for violation in found} == {"advisory"}
    of_server = next(violation.message for violation in found if REGISTRY in violation.message)
    names, _, message = of_server.partition(": ")
    assert names == "ranker-v7, ranker-v8"
    assert message == (
        f"run '{REGISTRY}:25.09', whose tag can be moved to another image unseen. Pin what was reviewed: "
        f"`{REGISTRY}:25.09@sha256:...`"
    )
    assert judge(prod, PROD.model_copy(update={"production": False})) == []


def test_an_image_that_is_refused_is_not_advised_on_as_well(prod):
    copies = copy.deepcopy(prod)
    for resource in copies:
        if resource.type.endswith(":Deployment") and resource.name.startswith("ranker"):
            container(image=f"{REGISTRY}:latest")(resource.inputs)
    found = [violation for violation in judge(copies, PROD) if REGISTRY in violation.message]
    assert [violation.level for violation in found] == ["mandatory", "mandatory"]


def test_a_key_of_a_service_account():
    key = HeldResource("urn:pulumi:prod::weighbridge::gcp:serviceaccount/key:Key::laptop", KEY_TYPE, "laptop")

    assert [violation.message for violation in judge([key])] == [
        "laptop: keys of service accounts leave the cloud and never expire: use Workload Identity instead"
    ]


POD = "kubernetes:core/v1:Pod"
SAFE = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}
DIGEST = f"{REGISTRY}@sha256:{'0' * 64}"


PLUGINS = sorted(installer_images(None))


def bare_pod(spec, labels=None) -> HeldResource:
    metadata = {"name": "p", "labels": labels or {}}
    return HeldResource(f"urn:pulumi:prod::weighbridge::{POD}::p", POD, "p", {"metadata": metadata, "spec": spec})


def safe(**changes):
    return {"name": "c", "image": DIGEST, "securityContext": SAFE, **changes}


def test_a_pod_of_its_own_is_judged_and_named():
    assert judge([bare_pod({"containers": [safe()]})]) == []
    assert judge([bare_pod({"containers": [safe()], "hostIPC": True})]) == [
        Violation(
            "endpoint-security",
            "p: hostIPC lets its pods see those of others on the node: take it out",
            f"urn:pulumi:prod::weighbridge::{POD}::p",
            holder="p",
        )
    ]


def test_init_containers_are_judged_as_the_others(prod):
    (found,) = judge([bare_pod({"containers": [safe()], "initContainers": [safe(name="i", image="x:latest")]})])
    assert found.message == (
        "p: container 'i' runs 'x:latest', which changes without a review: name a version or a digest"
    )
    (advice,) = judge([bare_pod({"containers": [safe()], "initContainers": [safe(image="r/x:1")]})], PROD)
    assert (advice.level, advice.holder, advice.urn) == ("advisory", "p", f"urn:pulumi:prod::weighbridge::{POD}::p")


def test_a_server_that_writes_to_its_root_may(monkeypatch):
    writable = container_of(readOnlyRootFilesystem=False)
    known = servers()
    writing = {**known, "vllm": known["vllm"].model_copy(update={"read_only_root": False})}
    monkeypatch.setattr(endpoint_security, "servers", lambda: writing)
    assert judge([bare_pod({"containers": [writable]}, {SERVER_LABEL: "vllm"})]) == []
    for labels in ({SERVER_LABEL: "triton"}, {SERVER_LABEL: "else"}, {}):
        (found,) = judge([bare_pod({"containers": [writable]}, labels)])
        assert "can rewrite its own files" in found.message


def container_of(**changes):
    return safe(securityContext={**SAFE, **changes})


def test_settings_of_the_pod_hold_for_its_containers():
    context = {name: value for name, value in SAFE.items() if name != "runAsNonRoot"}
    one = safe(securityContext=context)
    assert judge([bare_pod({"containers": [one], "securityContext": {"runAsNonRoot": True}})]) == []
    assert len(judge([bare_pod({"containers": [one]})])) == 1


def test_no_advice_on_images_of_a_pod_that_nobody_can_judge():
    (found,) = judge([bare_pod({"containers": [safe(image="r/x:1")], "nodeName": Unknown()})], PROD)
    assert (found.level, found.message) == (
        "mandatory",
        "p: what its pods run is not known before the deployment: write the pods' settings as literals",
    )


@pytest.mark.parametrize(
    ("tls", "annotations"),
    [
        ({"certificateRefs": [{"name": "cert"}]}, {}),
        ({"options": {"networking.gke.io/pre-shared-certs": "cert"}}, {}),
        ({}, {CERTIFICATE_MAP_ANNOTATION: "map"}),
    ],
)
def test_any_way_to_name_a_certificate_will_do(prod, tls, annotations):
    def change(inputs) -> None:
        inputs["spec"]["listeners"][0]["tls"] = tls
        inputs["metadata"]["annotations"] = annotations

    gateway = "kubernetes:gateway.networking.k8s.io/v1:Gateway"
    assert messages(prod, gateway, "prod-gateway", change) == []


def test_listeners_that_are_not_known_are_refused(prod):
    def change(inputs) -> None:
        inputs["spec"]["listeners"] = Unknown()

    assert messages(prod, "kubernetes:gateway.networking.k8s.io/v1:Gateway", "prod-gateway", change) == [
        "prod-gateway: what it listens to is not known before the deployment: write its listeners as literals"
    ]


def test_pods_are_found_however_deep_their_template_is():
    def job_set(**settings: Value) -> HeldResource:
        pods: dict[str, Value] = {"metadata": {"labels": {}}, "spec": {"containers": [safe()], **settings}}
        job: Value = {"spec": {"parallelism": 1.0, "template": pods}}
        kind = "kubernetes:jobset.x-k8s.io/v1alpha2:JobSet"
        inputs: dict[str, Value] = {"spec": {"replicatedJobs": [{"name": "a", "template": job}]}}
        return HeldResource(f"urn:pulumi:prod::weighbridge::{kind}::j", kind, "j", inputs)

    assert judge([job_set()]) == []
    (found,) = judge([job_set(hostPID=True)])
    assert found.message == "j: hostPID lets its pods see those of others on the node: take it out"


def test_a_container_without_an_image_has_none_that_is_reviewed():
    (found,) = judge(
        [bare_pod({"containers": [{key: value for key, value in safe().items() if key != "image"}]})], PROD
    )
    assert found.message == (
        "p: container 'c' runs '', which has no tag, so it changes without a review: name a tag or a digest"
    )


@pytest.mark.parametrize("type_", ["gcp:cloudrunv2/job:Job", "kubernetes:core/v1:ConfigMap"])
@pytest.mark.parametrize("inputs", [{"spec": Unknown()}, {"spec": {"template": {"spec": {"containers": [{}]}}}}])
def test_only_kubernetes_workloads_have_pods(type_, inputs):
    assert judge([HeldResource(f"urn:pulumi:prod::weighbridge::{type_}::x", type_, "x", inputs)], PROD) == []


@pytest.mark.parametrize(
    ("kind", "namespace", "images", "free"),
    [
        ("DaemonSet", INSTALLER_NAMESPACE, PLUGINS, True),
        ("DaemonSet", INSTALLER_NAMESPACE, [*PLUGINS, DIGEST], False),
        ("DaemonSet", INSTALLER_NAMESPACE, [DIGEST], False),
        ("DaemonSet", INSTALLER_NAMESPACE, [], True),
        ("DaemonSet", "default", PLUGINS, False),
        ("Deployment", INSTALLER_NAMESPACE, PLUGINS, False),
    ],
)
def test_what_lays_plugins_on_nodes_may_take_their_folders(kind, namespace, images, free):
    type_ = f"kubernetes:apps/v1:{kind}"
    containers = [{**safe(image=image), "securityContext": {"privileged": True}} for image in images]
    inputs = {"metadata": {"namespace": namespace}, "spec": {"template": {"spec": {"containers": containers}}}}
    held = HeldResource(f"urn:pulumi:dev::weighbridge::{type_}::x", type_, "x", inputs)
    assert (judge([held]) == []) == free
