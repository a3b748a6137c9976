"""What a runbook is about, and how one gets there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from weighbridge.runbook.sections import Code
from weighbridge.spec.root import Spec


@dataclass(frozen=True, slots=True)
class RunbookSubject:
    """What a runbook is about. `file`: the spec as people would type it; `others`: the other stacks of the folder."""

    name: str
    stack: str
    file: str
    spec: Spec
    others: Mapping[str, Spec]


def connect(spec: Spec) -> Code:
    """How kubectl comes to talk to the environment's cluster."""
    cloud = spec.cloud
    return Code(
        (
            (
                f"gcloud container clusters get-credentials {spec.cluster_name} "
                f"--region {cloud.region} --project {cloud.project}"
            ),
        )
    )
