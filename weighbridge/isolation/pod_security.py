"""What pods of each namespace may do on their nodes: Kubernetes' Pod Security Standards, as labels of the namespace.

What Weighbridge writes itself passes `restricted`. Pods of pipelines are their owners', so the spec says their level;
what isn't `restricted` there is warned of and audited.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Level = Literal["restricted", "baseline", "privileged"]
STRICTEST: Level = "restricted"
_PREFIX = "pod-security.kubernetes.io"


def pod_security_labels(level: Level = STRICTEST) -> Mapping[str, str]:
    """Labels of a namespace whose pods are held to a level; they are told of what `restricted` would refuse."""
    return {f"{_PREFIX}/enforce": level, f"{_PREFIX}/warn": STRICTEST, f"{_PREFIX}/audit": STRICTEST}
