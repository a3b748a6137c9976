"""What the node pools alone don't explain is said: nodes of the creation, and spot nodes on standard limits."""

import pytest

from tests.support.specs import CATALOG, limit, quota_file
from tests.support.specs import spec as spec_of
from weighbridge.infrastructure.node_pool import plan_node_pools
from weighbridge.quota.demand import node_group, spec_demand
from weighbridge.quota.explained import explanations

A100 = "NVIDIA-A100-GPUS-per-project-region"


def explained(*spot_pools, **pool):
    pools = {"train": {"machine_type": "a2-highgpu-1g", "nodes": {"min": 0, "max": 2}, **pool}}
    spec = spec_of(pools)
    quota = quota_file(limit(A100, 4), spot_pools=spot_pools)
    groups = [node_group(plan) for plan in plan_node_pools(spec, CATALOG)]
    return explanations(spec_demand(spec, quota, CATALOG).claims, groups, quota.spot_pools, CATALOG)


def test_the_default_pool_is_named_with_all_that_it_draws():
    first, *others = explained()
    assert first.endswith(
        " default pool: GKE makes it with the cluster and it is taken away at once; until then it draws "
        "2 CPUs (E2, N1), 100 SSD GB and 1 VM"
    )
    assert others == []


@pytest.mark.parametrize("provisioning", ["spot", "flex-start"])
def test_spot_nodes_without_a_preemptible_limit_say_which_one_would_take_its_place(provisioning):
    more = {"max_run_duration": "7d"} if provisioning == "flex-start" else {}
    _, found = explained(provisioning=provisioning, **more)
    assert found == (
        f"train: {provisioning} nodes draw on the standard limit NVIDIA A100, as spot_pools in stacks/quota.yaml "
        "doesn't name NVIDIA_A100: name it once Google has granted PREEMPTIBLE-NVIDIA-A100-GPUS-per-project-region"
    )


def test_so_do_spot_nodes_without_accelerators():
    _, found = explained(machine_type="n2-standard-8", provisioning="spot")
    assert found.startswith("train: spot nodes draw on the standard limit N2 vCPU, as spot_pools in stacks/quota.yaml ")
    assert found.endswith(" doesn't name CPUS: name it once Google has granted PREEMPTIBLE-CPUS-per-project-region")


def test_what_is_granted_or_no_spot_needs_no_words():
    assert len(explained("NVIDIA_A100", provisioning="spot")) == 1
    assert len(explained(provisioning="standard")) == 1
