"""What the components create is safe; one change to it, and the exact message."""

from __future__ import annotations

import copy

import pytest

from tests.support.graphs import components_of
from tests.support.paths import ROOT
from tests.support.specs import CATALOG
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.values import Secret, Unknown
from weighbridge.rules.endpoint_security import KEY_TYPE, judge
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
