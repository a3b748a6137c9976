"""What controllers beside Kubernetes' own a cluster has, as the spec writes it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from weighbridge.units import PART

Presence = Literal["installed", "present"]


class Operators(BaseModel):
    """`cluster.operators`: controllers that jobs of pipelines (`docs/training.md`) and sleeping endpoints need.

    `installed`: by this stack, with a pinned chart or GKE's add-on. `present`: something else installs it. Left out: it
    is not there.
    """

    model_config = PART

    jobset: Presence | None = None
    """JobSet: jobs that start and fail as one, such as the hosts of a TPU slice."""

    ray: Presence | None = None
    """KubeRay, for RayJobs, RayClusters and RayServices. `installed`: by GKE's Ray Operator add-on."""

    kubeflow_trainer: Presence | None = None
    """Kubeflow Trainer, for TrainJobs. Its chart brings JobSet along."""

    keda: Presence | None = None
    """KEDA, for endpoints that scale on a queue outside their replicas (`scale_on.queue`). Where it is `present`, the
    Google account that its operator runs as needs `roles/monitoring.viewer` in the project of each queue."""
