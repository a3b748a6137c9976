"""Which pool and endpoint a workload is about."""

from tests.support.hardware import L4, SYSTEM, option, plan, stack
from weighbridge.planner.choice.targets import Target, targets_of
from weighbridge.spec.workloads import Workloads

L4_ID = "NVIDIA-L4-GPUS-per-project-region"
POOL = {"machine_type": "g2-standard-4", "nodes": {"min": 0, "max": 6}}
ENDPOINT = {
    "node_pool": "serve", "hostname": "chat.example.com", "server": "vllm", "stable": "v1",
    "versions": {"v1": {"image": "us-docker.pkg.dev/p/s/vllm:0.9", "model": "gs://example-ml-models/chat/v1",
                        "replicas": {"min": 0, "max": 4}, "gpu": 1}},
}  # fmt: skip
PIPELINE = {"kind": "experiment", "node_pool": "serve", "guaranteed": {}, "at_most": {"cpu": 1}}


def at_hand(quota=None, **keys):
    return stack(quota, pools={"system": SYSTEM, "serve": POOL}, endpoints={"chat": ENDPOINT}, **keys)


def target(spec, **hardware):
    one = plan("chat", option(L4, 1), hardware=hardware).workload
    return targets_of(Workloads.model_construct(version=1, workloads={"chat": one}), spec)["chat"]


def test_the_endpoint_of_its_name_and_its_pool_are_meant():
    assert target(at_hand().spec) == Target("serve", "chat")
    assert target(stack().spec) == Target("chat", None)
    assert target(at_hand().spec, pool="other") == Target("other", "chat")


def test_a_pool_that_others_run_on_is_left_alone():
    shared = at_hand(pipelines={"prototypes": PIPELINE}).spec
    assert target(shared) == Target("chat", "chat", ("prototypes",))
