"""Which machine types a person asks for, and the message where there is none."""

from __future__ import annotations

import pytest

from weighbridge.catalog import load
from weighbridge.catalog.selection import NothingFound, entries


def test_everything_is_listed_by_family_and_size():
    listed = entries(None, None)
    assert {entry.machine_type for entry in listed} == set(load().machine_types)
    g2 = [entry.machine_type for entry in entries("g2", None)]
    assert g2[:2] == ["g2-standard-4", "g2-standard-8"]


@pytest.mark.parametrize("gpu", ["nvidia-l4", "l4"])
def test_a_gpu_by_its_name_or_the_short_one(gpu):
    listed = entries(None, gpu)
    assert {entry.machine_type.partition("-")[0] for entry in listed} == {"g2"}
    first = listed[0]
    assert (first.machine_type, first.vcpus, first.accelerators) == ("g2-standard-4", 4, "1 x NVIDIA L4")
    assert "1 NVIDIA-L4-GPUS-per-project-region" in first.draws
    assert "1 PREEMPTIBLE-NVIDIA-L4-GPUS-per-project-region" in first.draws_spot


def test_a_gpu_that_is_attached_lists_the_machines_that_take_it():
    assert {entry.machine_type.partition("-")[0] for entry in entries(None, "t4")} == {"n1"}


@pytest.mark.parametrize(
    ("family", "gpu", "words"),
    [
        ("g3", None, "there is no machine family 'g3'; there are a2, "),
        (None, "l5", "there is no GPU 'l5'; there are "),
        ("e2", "l4", "no machine type matches both the family and the GPU"),
    ],
)
def test_what_is_not_there(family, gpu, words):
    with pytest.raises(NothingFound) as error:
        entries(family, gpu)
    assert str(error.value).startswith(words)
