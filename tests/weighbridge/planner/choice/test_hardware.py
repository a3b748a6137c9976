"""Hardware in a stack: which pool and endpoint, what serves now, whether it is too large, what moving takes."""

import pytest

from tests.support.hardware import L4, SYSTEM, chosen_in, machines, option, plan, quota_file, stack

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


def test_what_serves_now_gives_its_quota_back():
    found = chosen_in(at_hand(quota_file({L4_ID: 7})), plan("chat", option(L4, 7)))
    assert machines(found) == {"chat": [("g2-standard-4", "standard", 7)]}
    (compared,) = found.comparisons
    assert compared.stays
    assert (compared.now.nodes, compared.needed.most, compared.spare_nodes) == (6, 7, 0)


def test_nothing_is_chosen_without_a_stack_and_a_region(tmp_path):
    with pytest.raises(AssertionError):
        chosen_in(None, plan("chat", option(L4, 1)))
