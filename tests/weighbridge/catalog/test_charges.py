"""Which limits each thing draws on, for every way of provisioning."""

from contextlib import nullcontext

import pytest

from weighbridge.catalog import Provisioning, QuotaResource, UnknownQuota, load

VCPU, GPU, TPU = QuotaResource.VCPU, QuotaResource.GPU, QuotaResource.TPU
DISK, SSD = QuotaResource.DISK, QuotaResource.LOCAL_SSD
STANDARD, SPOT, FLEX, QUEUED, RESERVATION = (
    Provisioning.STANDARD,
    Provisioning.SPOT,
    Provisioning.FLEX_START,
    Provisioning.QUEUED,
    Provisioning.RESERVATION,
)
ALL_CPUS, ALL_GPUS = "CPUS-ALL-REGIONS-per-project", "GPUS-ALL-REGIONS-per-project"
FAMILY_CPUS, FAMILY_GPUS = "CPUS-PER-VM-FAMILY-per-project-region", "GPUS-PER-GPU-FAMILY-per-project-region"
SPOT_CPUS = "PREEMPTIBLE-CPUS-per-project-region"
FAMILY_TPUS = "TPUS-PER-TPU-FAMILY-per-project-region"

CASES = [
    (VCPU, "e2", STANDARD, "", ["CPUS-per-project-region", ALL_CPUS]),
    (VCPU, "n1", STANDARD, "", ["CPUS-per-project-region", ALL_CPUS]),
    (VCPU, "n2", STANDARD, "", ["N2-CPUS-per-project-region", ALL_CPUS]),
    (VCPU, "n2", SPOT, "", ["N2-CPUS-per-project-region", ALL_CPUS]),
    (VCPU, "n2", SPOT, "CPUS", [SPOT_CPUS, ALL_CPUS]),
    (VCPU, "n2d", FLEX, "CPUS", [SPOT_CPUS, ALL_CPUS]),
    (VCPU, "e2", SPOT, "NVIDIA_A100", ["CPUS-per-project-region", ALL_CPUS]),
    (VCPU, "n1", QUEUED, "", [SPOT_CPUS, ALL_CPUS]),
    (VCPU, "c3", STANDARD, "", ["C3-CPUS-per-project-region", ALL_CPUS]),
    (VCPU, "t2d", STANDARD, "", ["T2D-CPUS-per-project-region", ALL_CPUS]),
    (VCPU, "c4", STANDARD, "", [FAMILY_CPUS + " vm_family=C4", ALL_CPUS]),
    (VCPU, "c3d", STANDARD, "", [FAMILY_CPUS + " vm_family=C3D", ALL_CPUS]),
    (VCPU, "n4", STANDARD, "", [FAMILY_CPUS + " vm_family=N4", ALL_CPUS]),
    (VCPU, "c4a", SPOT, "CPUS", [SPOT_CPUS, ALL_CPUS]),
    (VCPU, "n2", RESERVATION, "", []),
    *((VCPU, family, way, "CPUS", []) for family in ("a2", "a3", "a4", "a4x", "g2", "g4") for way in Provisioning),
    *((VCPU, family, STANDARD, "", []) for family in ("ct5lp", "ct5p", "ct6e", "tpu7x")),
    (GPU, "nvidia-l4", STANDARD, "", ["NVIDIA-L4-GPUS-per-project-region", ALL_GPUS]),
    (GPU, "nvidia-l4", SPOT, "", ["NVIDIA-L4-GPUS-per-project-region", ALL_GPUS]),
    (GPU, "nvidia-l4", SPOT, "NVIDIA_L4", ["PREEMPTIBLE-NVIDIA-L4-GPUS-per-project-region", ALL_GPUS]),
    (GPU, "nvidia-l4", FLEX, "NVIDIA_L4", ["PREEMPTIBLE-NVIDIA-L4-GPUS-per-project-region", ALL_GPUS]),
    (GPU, "nvidia-l4", FLEX, "", ["NVIDIA-L4-GPUS-per-project-region", ALL_GPUS]),
    (GPU, "nvidia-l4", QUEUED, "", ["PREEMPTIBLE-NVIDIA-L4-GPUS-per-project-region", ALL_GPUS]),
    (GPU, "nvidia-l4", RESERVATION, "NVIDIA_L4", []),
    (GPU, "nvidia-tesla-a100", SPOT, "NVIDIA_A100", ["PREEMPTIBLE-NVIDIA-A100-GPUS-per-project-region", ALL_GPUS]),
    (GPU, "nvidia-a100-80gb", SPOT, "NVIDIA_A100", ["NVIDIA-A100-80GB-GPUS-per-project-region", ALL_GPUS]),
    (GPU, "nvidia-tesla-t4", STANDARD, "", ["NVIDIA-T4-GPUS-per-project-region", ALL_GPUS]),
    (GPU, "nvidia-h100-80gb", STANDARD, "", [FAMILY_GPUS + " gpu_family=NVIDIA_H100", ALL_GPUS]),
    (GPU, "nvidia-h100-80gb", SPOT, "", [FAMILY_GPUS + " gpu_family=NVIDIA_H100", ALL_GPUS]),
    (GPU, "nvidia-h100-80gb", SPOT, "NVIDIA_H100", ["PREEMPTIBLE-NVIDIA-H100-GPUS-per-project-region", ALL_GPUS]),
    (GPU, "nvidia-h100-mega-80gb", STANDARD, "", [FAMILY_GPUS + " gpu_family=NVIDIA_H100_MEGA", ALL_GPUS]),
    (GPU, "nvidia-b200", QUEUED, "", ["PREEMPTIBLE-NVIDIA-B200-GPUS-per-project-region", ALL_GPUS]),
    (GPU, "nvidia-rtx-pro-6000", STANDARD, "", [FAMILY_GPUS + " gpu_family=NVIDIA_RTX_PRO_6000", ALL_GPUS]),
    (TPU, "ct5lp", STANDARD, "", ["TPU-LITE-PODSLICE-V5-per-project-region"]),
    (TPU, "ct5lp", SPOT, "TPU_V5E", ["PREEMPTIBLE-TPU-LITE-PODSLICE-V5-per-project-region"]),
    (TPU, "ct5p", STANDARD, "", ["TPU-V5P-per-project-region"]),
    (TPU, "ct6e", STANDARD, "", [FAMILY_TPUS + " tpu_family=CT6E"]),
    (TPU, "ct6e", FLEX, "TPU_V6E", ["PREEMPTIBLE-TPU-V6E-per-project-region"]),
    (TPU, "tpu7x", STANDARD, "", [FAMILY_TPUS + " tpu_family=tpu7x"]),
    (TPU, "tpu7x", SPOT, "TPU7X", ["PREEMPTIBLE-TPU7X-per-project-region"]),
    (TPU, "ct5lp", RESERVATION, "", []),
    (DISK, "pd-balanced", STANDARD, "", ["SSD-TOTAL-GB-per-project-region"]),
    (DISK, "pd-ssd", SPOT, "CPUS", ["SSD-TOTAL-GB-per-project-region"]),
    (DISK, "pd-standard", QUEUED, "", ["DISKS-TOTAL-GB-per-project-region"]),
    (DISK, "hyperdisk-balanced", RESERVATION, "", ["HDB-TOTAL-GB-per-project-region"]),
    (SSD, "n2", STANDARD, "", ["LOCAL-SSD-TOTAL-GB-per-project-region"]),
    (SSD, "a3", SPOT, "NVIDIA_H100", ["LOCAL-SSD-TOTAL-GB-per-project-region"]),
    (SSD, "a3", SPOT, "LOCAL_SSD", ["PREEMPTIBLE-LOCAL-SSD-GB-per-project-region"]),
    (SSD, "a4", SPOT, "LOCAL_SSD", ["PREEMPTIBLE-LOCAL-SSD-GB-per-project-region"]),
    (SSD, "a4", RESERVATION, "", []),
    (QuotaResource.INSTANCE, "*", RESERVATION, "", ["INSTANCES-per-project-region"]),
    (QuotaResource.INSTANCE, "*", SPOT, "CPUS", ["INSTANCES-per-project-region"]),
    (QuotaResource.ADDRESS, "*", STANDARD, "", ["IN-USE-ADDRESSES-per-project-region"]),
]


@pytest.mark.parametrize(("resource", "match", "way", "pools", "expected"), CASES)
def test_each_thing_draws_on_exactly_these_limits(resource, match, way, pools, expected):
    drawn = load().quota_ids(resource, match, way, frozenset(pools.split()))
    shown = [quota.quota_id + "".join(f" {name}={value}" for name, value in quota.dimensions) for quota in drawn]
    assert shown == expected


BY_WILDCARD = frozenset(
    {QuotaResource.INSTANCE, QuotaResource.ADDRESS, QuotaResource.NETWORK, QuotaResource.SUBNETWORK}
)
UNLISTED = "the catalog has no quota id for nvidia-tesla-k80"
PER_FAMILY = (
    "Google counts the family's local SSD by a limit of its own (metric local_ssd_total_storage_per_vm_family) whose "
    "quota id is not known; use a reservation, or list LOCAL_SSD in spot_pools if preemptible local SSD quota was "
    "granted and the pool is spot or flex-start"
)


@pytest.mark.parametrize(
    ("resource", "match", "way", "what", "why"),
    [
        (
            DISK,
            "hyperdisk-ml",
            STANDARD,
            "disk of hyperdisk-ml (standard)",
            "id prefix HDML- seen, full id unverified",
        ),
        (GPU, "nvidia-tesla-k80", SPOT, "gpu of nvidia-tesla-k80 (spot)", UNLISTED),
        (GPU, "nvidia-tesla-k80", RESERVATION, "gpu of nvidia-tesla-k80 (reservation)", UNLISTED),
        (SSD, "c4", STANDARD, "local_ssd of c4 (standard)", PER_FAMILY),
        (SSD, "a4", SPOT, "local_ssd of a4 (spot)", PER_FAMILY),
    ],
)
def test_a_limit_that_nobody_knows_is_refused_with_the_reason(resource, match, way, what, why):
    with pytest.raises(UnknownQuota) as unknown:
        load().quota_ids(resource, match, way, frozenset())
    assert str(unknown.value) == (
        f"the quota that Google charges for {what} is not known: {why}. "
        "Choose something else, or add its quota id to the catalog"
    )
    assert (unknown.value.resource, unknown.value.match, unknown.value.provisioning) == (resource, match, way)


@pytest.mark.parametrize("resource", list(QuotaResource))
def test_every_resource_answers_or_refuses(resource):
    with pytest.raises(UnknownQuota) if resource not in BY_WILDCARD else nullcontext():
        load().quota_ids(resource, "no-such-thing", STANDARD, frozenset())


@pytest.mark.parametrize("resource", [VCPU, GPU, TPU])
def test_a_wildcard_is_no_family(resource):
    with pytest.raises(UnknownQuota):
        load().quota_ids(resource, "*", STANDARD, frozenset())


def test_every_machine_type_has_a_known_answer_for_what_it_computes_with():
    catalog = load()
    for machine in catalog.machine_types.values():
        for way in Provisioning:
            for pools in (frozenset(), catalog.spot_pools):
                catalog.quota_ids(VCPU, machine.family, way, pools)
                if machine.gpu:
                    catalog.quota_ids(GPU, machine.gpu, way, pools)
                if machine.tpu:
                    catalog.quota_ids(TPU, machine.family, way, pools)
                for disk in catalog.boot_disk_types(machine):
                    assert len(catalog.quota_ids(DISK, disk, way, pools)) == 1


def test_limits_are_shown_as_people_know_them():
    catalog = load()

    def shown(resource, match, way, pools=frozenset()):
        return [(quota.display, quota.unit) for quota in catalog.quota_ids(resource, match, way, pools)]

    assert shown(VCPU, "e2", STANDARD) == [("CPUs (E2, N1)", "vCPU"), ("CPUs (all regions)", "vCPU")]
    assert shown(VCPU, "n2", STANDARD)[0] == ("N2 vCPU", "vCPU")
    assert shown(VCPU, "n2", SPOT, frozenset({"CPUS"}))[0] == ("CPUs (spot)", "vCPU")
    assert shown(GPU, "nvidia-tesla-a100", SPOT, frozenset({"NVIDIA_A100"})) == [
        ("NVIDIA A100 (spot)", "GPU"),
        ("GPUs (all regions)", "GPU"),
    ]
    assert shown(GPU, "nvidia-rtx-pro-6000", STANDARD)[0] == ("NVIDIA RTX PRO 6000", "GPU")
    assert shown(TPU, "ct5lp", STANDARD) == [("TPU v5e chips", "chip")]
    assert shown(DISK, "pd-balanced", STANDARD) == [("SSD GB", "GB")]
    assert shown(QuotaResource.INSTANCE, "*", STANDARD) == [("VMs", "VM")]


def test_only_the_limit_on_all_cpus_may_be_absent():
    catalog = load()
    optional = {
        quota_id
        for quota_id in catalog.quota_id_names
        for quota in [catalog.units_of(quota_id, ())]
        if quota is not None and quota.on_some_projects_only
    }
    assert optional == {ALL_CPUS}


def test_scopes():
    catalog = load()
    assert catalog.units_of(ALL_GPUS, ()).scope == "global"
    assert catalog.units_of("SSD-TOTAL-GB-per-project-region", ()).scope == "region"
    assert catalog.units_of("HDB-TOTAL-IOPS-per-project-zone", ()).scope == "zone"


def test_a_limit_is_found_by_name_and_dimensions():
    catalog = load()
    assert catalog.units_of(FAMILY_GPUS, (("gpu_family", "NVIDIA_H100"),)).display == "NVIDIA H100"
    assert catalog.units_of(FAMILY_GPUS, ()) is None
    assert catalog.units_of("NVIDIA-H100-GPUS-per-project-region", ()) is None
    assert "NVIDIA-L4-GPUS-per-project-region" in catalog.quota_id_names
    assert "A2-CPUS-per-project-region" not in catalog.quota_id_names


def test_spot_pools_are_named_after_gpu_families_tpus_cpus_and_local_ssd():
    catalog = load()
    gpus = {gpu.family for gpu in catalog.gpus.values()}
    assert catalog.spot_pools == gpus | {"CPUS", "LOCAL_SSD", "TPU_V5E", "TPU_V5P", "TPU_V6E", "TPU7X"}


def test_every_vcpu_limit_is_listed_once():
    quotas = load().vcpu_quota_ids()
    keys = [(quota.quota_id, quota.dimensions) for quota in quotas]
    assert len(keys) == len(set(keys))
    assert {quota.unit for quota in quotas} == {"vCPU"}
    assert {SPOT_CPUS, ALL_CPUS, "CPUS-per-project-region", "N2-CPUS-per-project-region"} <= {key[0] for key in keys}
    assert (FAMILY_CPUS, (("vm_family", "C4"),)) in keys
