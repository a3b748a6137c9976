"""The pull request that tests review and the documents show: a pool raised, a rollout advanced, an alert's threshold
changed, a pool renamed."""

from __future__ import annotations

from pathlib import Path

CHANGES = (
    ("nodes: {min: 2, max: 6}", "nodes: {min: 2, max: 8}"),
    ("      at: 10%\n", "      at: 50%\n"),
    ("latency_p99: 400ms", "latency_p99: 300ms"),
)
RENAMED = ("train-a100", "train-a100-spot")


def change_prod(project: Path) -> None:
    """Makes the change in a copy of the example stacks."""
    spec = project / "stacks" / "prod.yaml"
    text = spec.read_text(encoding="utf-8")
    for old, new in CHANGES:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    spec.write_text(text.replace(*RENAMED), encoding="utf-8")
