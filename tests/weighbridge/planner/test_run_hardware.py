"""What a run occupies, in devices, whatever it is called by."""

import pytest

from weighbridge.catalog import load
from weighbridge.planner.run_hardware import WrongHardware, occupied
from weighbridge.spec.planned_runs import RunHardware


def of(**given):
    return occupied(RunHardware.model_validate(given), load())


@pytest.mark.parametrize(
    ("name", "chips", "counted"),
    [
        ("v5p-128", 64, "v5p-128 counts cores, two a chip: 64 chips, 16 x ct5p-hightpu-4t"),
        ("v5p-8", 4, "v5p-8 counts cores, two a chip: 4 chips, 1 x ct5p-hightpu-4t"),
        ("v6e-256", 256, "v6e-256 counts chips: 256 chips, 64 x ct6e-standard-4t"),
        ("v5e-1", 1, "v5e-1 counts chips: 1 chip, 1 x ct5lp-hightpu-1t"),
        ("v5litepod-16", 16, "v5litepod-16 counts chips: 16 chips, 4 x ct5lp-hightpu-4t"),
        ("tpu7x-128", 64, "tpu7x-128 counts cores, two a chip: 64 chips, 16 x tpu7x-standard-4t"),
        ("v5p-4x4x4", 64, "v5p-4x4x4 is a shape of 64 chips, 16 x ct5p-hightpu-4t"),
    ],
)
def test_names_of_slices_count_cores_or_chips_and_that_is_said(name, chips, counted):
    found = of(tpu=name)
    assert (found.units, found.counted, found.words) == (chips, counted, name)


def test_machines_are_counted_in_their_accelerators_or_else_in_vcpus():
    gpus = of(machine_type="a3-highgpu-8g", nodes=4, region="us-central1", provisioning="spot")
    assert (gpus.units, gpus.pool.words) == (32, "nvidia-h100-80gb in us-central1, preemptible")
    assert gpus.usd_per_hour == pytest.approx(4 * float(gpus.price.usd_per_hour))
    cpus = of(machine_type="n2-standard-16", nodes=3)
    assert (cpus.units, cpus.pool.words, cpus.unpriced) == (48, "vcpu", "no price: state `region`")


@pytest.mark.parametrize(
    ("given", "key", "message"),
    [
        ({}, "", "expected one of `machine_type`, `tpu` and `accelerator`, got none of them"),
        ({"tpu": "v5p-60"}, "tpu", "no slice has 30 chips, as v5p-60 would; the nearest are v5p-32 and v5p-64"),
        ({"tpu": "v5p-7"}, "tpu", "no slice has 3.5 chips, as v5p-7 would; the nearest are v5p-8 and v5p-16"),
        (
            {"tpu": "v9-8"}, "tpu",
            "no TPU slice is named 'v9-8'; known: v5e-N, v5litepod-N, v5p-N, v6e-N, tpu7x-N, v7x-N",
        ),
        (
            {"accelerator": "B200"}, "accelerator",
            "the catalog knows no accelerator 'B200'. Did you mean `nvidia-b200`?",
        ),
        (
            {"machine_type": "a3-highgpu-9g"}, "machine_type",
            "the catalog has no 'a3-highgpu-9g'. Did you mean `a3-highgpu-8g`?",
        ),
        ({"tpu": "v5p-8", "nodes": 2}, "nodes", "it belongs to `machine_type`: leave it out"),
        (
            {"tpu": "v5p-8", "region": "us-cental1"}, "region",
            "the catalog has no region 'us-cental1'. Did you mean `us-central1`?",
        ),
    ],
)  # fmt: skip
def test_what_there_is_not_is_refused_at_its_key(given, key, message):
    with pytest.raises(WrongHardware) as wrong:
        of(**given)
    assert (wrong.value.key, str(wrong.value)) == (key, message)


def test_a_region_without_the_machine_names_those_that_have_it():
    with pytest.raises(WrongHardware, match="ct5p-hightpu-4t isn't sold in africa-south1; it is in "):
        of(tpu="v5p-8", region="africa-south1")
