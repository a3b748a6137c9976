"""Accelerators of pipelines' namespaces come through a queue: the policy of the API server that refuses other pods.

It holds whether or not Kueue runs. A pod passes if it asks for no accelerator, or if Kueue holds it back by its
scheduling gate, or if a controller made it from a template that Kueue has admitted, which it marks with a label. Who
writes that label into a template by hand still meets the ResourceQuota of the namespace.
"""

from __future__ import annotations

from weighbridge.infrastructure.allocatable import GPU, TPU

GATE = "kueue.x-k8s.io/admission"
"""Kueue's scheduling gate of pods that wait (pkg/controller/jobs/pod in v0.17.0)."""

POD_SET_LABEL = "kueue.x-k8s.io/podset"
"""Kueue's label of pods whose job it has admitted (pkg/constants in v0.17.0)."""

CONTAINERS = "object.spec.containers + (has(object.spec.initContainers) ? object.spec.initContainers : [])"
ACCELERATED = (
    "(has(object.spec.resourceClaims) && size(object.spec.resourceClaims) > 0) || variables.containers.exists(c, "
    f"has(c.resources) && has(c.resources.requests) && c.resources.requests.exists(r, r in ['{GPU}', '{TPU}']))"
)
GATED = f"has(object.spec.schedulingGates) && object.spec.schedulingGates.exists(g, g.name == '{GATE}')"
ADMITTED = (
    f"has(object.metadata.labels) && '{POD_SET_LABEL}' in object.metadata.labels && "
    "has(object.metadata.ownerReferences) && "
    "object.metadata.ownerReferences.exists(o, has(o.controller) && o.controller)"
)
VARIABLES: tuple[tuple[str, str], ...] = (
    ("containers", CONTAINERS),
    ("accelerated", ACCELERATED),
    ("gated", GATED),
    ("admitted", ADMITTED),
)
"""Names and CEL expressions; later ones use earlier ones."""

VALIDATION = "!variables.accelerated || variables.gated || variables.admitted"
MESSAGE = (
    "accelerators of this namespace come through its queue: give the job the label kueue.x-k8s.io/queue-name: default "
    "(and see that Kueue runs, and manages this kind of object)"
)
