"""What is wrong with what is watched, in a spec and in a monitor's own config alike."""

from __future__ import annotations

from collections.abc import Iterator

from weighbridge.files.problem import KeyPath, Problem
from weighbridge.spec.pipeline import Watch

MOST_COLUMNS = 200
"""Of one role: each column costs the monitor memory, and the metrics store up to nine series."""

MOST_VALUES = 8
"""Slices of one column of `slices`: its most frequent values in the baseline."""

MOST_FAR_IN_SLICES = 500
"""Series of distances and missing values in slices, the farthest ones: if everything is far, more say no more."""


def watch_problems(watch: Watch, path: KeyPath) -> Iterator[Problem]:
    """Everything that is wrong with what is watched: each column has one role."""
    roles: dict[str, str] = {}
    for role in ("features", "labels", "predictions"):
        columns = getattr(watch, role)
        if len(columns) > MOST_COLUMNS:
            message = f"expected at most {MOST_COLUMNS} columns, got {len(columns)}: name those that matter most"
            yield Problem((*path, role), message)
        for index, column in enumerate(columns):
            if column in roles:
                message = f"{column[:60]} is among the {roles[column]} already: remove one"
                yield Problem((*path, role, index), message)
            roles.setdefault(column, role)
    for index, column in enumerate(watch.slices):
        if column in watch.slices[:index]:
            yield Problem((*path, "slices", index), f"{column[:60]} makes slices already: remove one")
    if not roles:
        message = "which columns? Add at least one of features, labels and predictions, such as `features: [country]`"
        yield Problem(path, message, on_key=True)
