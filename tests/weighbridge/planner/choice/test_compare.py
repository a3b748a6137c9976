"""What serves now against what would: whether it is too large, what is freed, what moving takes."""

import pytest

from tests.support.hardware import A100, L4, SYSTEM, chosen_in, machines, option, plan, quota_file, stack

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


def test_a_pool_that_is_too_large_is_said():
    (compared,) = chosen_in(at_hand(), plan("chat", option(L4, 2))).comparisons
    assert compared.spare_nodes == 4


def test_old_against_new_says_what_is_freed_and_whether_both_fit():
    found = chosen_in(at_hand(), plan("chat", option(L4, 24), option(A100, 2)))
    (compared,) = found.comparisons
    assert machines(found) == {"chat": [("a2-highgpu-1g", "standard", 2)]}
    freed = {key.quota_id: amount for key, amount in compared.freed.items()}
    assert freed[L4_ID] == 6
    assert freed["NVIDIA-A100-GPUS-per-project-region"] == -2
    assert compared.lacking_meanwhile == ()
    assert compared.moves == ("the image tried on nvidia-tesla-a100",)
    assert compared.old is not None


def test_both_at_once_may_lack_quota():
    (compared,) = chosen_in(at_hand(quota_file({L4_ID: 8})), plan("chat", option(L4, 4))).comparisons
    assert [(allowance.key.quota_id, amount) for allowance, amount in compared.lacking_meanwhile] == [(L4_ID, 2)]


@pytest.mark.parametrize(("accelerators", "moves"), [(("tpu-v5-lite-podslice",), "another image: `vllm` runs on TPUs")])
def test_what_moving_takes(accelerators, moves):
    now = {"machine_type": "g2-standard-48", "nodes": 2}
    quota = quota_file({"TPU-LITE-PODSLICE-V5-per-project-region": 32})
    planned = plan("chat", option(accelerators[0], 1), hardware={"now": now}, scale_up_delay="6m")
    (compared,) = chosen_in(stack(quota), planned).comparisons
    assert compared.moves == (
        moves, "a new version: 1 devices a replica, 4 now", "6 min until the first replica serves there",
    )  # fmt: skip
    assert compared.old is not None
