"""What is wrong with `cluster.operators`: two that would install the same controller."""

from __future__ import annotations

from collections.abc import Iterator

from weighbridge.catalog import Catalog
from weighbridge.files.problem import Problem
from weighbridge.spec.root import Spec


def check_operators(spec: Spec, _: Catalog) -> Iterator[Problem]:
    """JobSet beside Kubeflow Trainer's chart, which installs it."""
    operators = spec.cluster.operators
    if operators.kubeflow_trainer == "installed" and operators.jobset is not None:
        do = "remove it" if operators.jobset == "installed" else (
            "install Kubeflow Trainer yourself with `jobset.install: false`, and say `kubeflow_trainer: present`"
        )  # fmt: skip
        message = f"Kubeflow Trainer's chart installs JobSet, and there can be one only: {do}"
        yield Problem(("cluster", "operators", "jobset"), message)
