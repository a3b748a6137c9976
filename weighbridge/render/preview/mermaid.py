"""What changes as a picture in Mermaid, which GitHub and GitLab draw: components, and below each what changes in it.

From top to bottom, as wide graphs become unreadable strips; at most `MOST_NODES`. The operation is a word in each box,
so that nobody needs its colour.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from weighbridge.preview.result import Change, Operation
from weighbridge.render.preview.wording import DESTRUCTIVE, short_type

MOST_NODES = 30
_OPEN = re.compile(r"[^A-Za-z0-9 ._:/,()-]")
_MOST_LABEL = 60
_CLASSES = (
    "classDef gone fill:#fff,stroke:#b3261e,stroke-width:3px,stroke-dasharray:6 4,color:#1b1f24",
    "classDef new fill:#fff,stroke:#00734f,stroke-width:3px,color:#1b1f24",
    "classDef changed fill:#fff,stroke:#0072b2,stroke-width:2px,color:#1b1f24",
    "classDef around fill:#f0f1f3,stroke:#57606a,color:#1b1f24",
)


@dataclass(frozen=True, slots=True)
class _Box:
    label: str
    look: str
    parent: str  # URN
    urgent: bool


def picture(changes: Sequence[Change]) -> list[str]:
    """Lines of a fenced block; none where nothing changes."""
    differing = [change for change in changes if change.operation not in (Operation.SAME, Operation.READ)]
    around = {change.parent for change in differing}
    listed = [change for change in differing if change.urn not in around]  # a component is drawn around what is in it
    if not listed:
        return []
    boxes = [_one(change) for change in listed]
    if _count(boxes) > MOST_NODES:
        boxes = list(_several(listed))
    left_out = 0
    while _count(boxes) > MOST_NODES - bool(left_out):
        last = next((box for box in reversed(boxes) if not box.urgent), boxes[-1])
        boxes.remove(last)
        left_out += 1
    return ["```mermaid", "flowchart TB", *_drawn(boxes, left_out), "```"]


def _count(boxes: Sequence[_Box]) -> int:
    return len(boxes) + len({box.parent for box in boxes})


def _one(change: Change) -> _Box:
    urgent = change.operation in DESTRUCTIVE
    name = f"{change.operation.value}: {change.name}"
    return _Box(
        f"{_plain(name)}<br/>{_plain(short_type(change.type))}", _look(change.operation), change.parent or "", urgent
    )


def _several(changes: Sequence[Change]) -> Iterator[_Box]:
    """One box for each operation on resources of one type in one component; what destroys stays single."""
    groups: dict[tuple[str, str, Operation], list[Change]] = {}
    for change in changes:
        if change.operation in DESTRUCTIVE:
            yield _one(change)
        else:
            groups.setdefault((change.parent or "", change.type, change.operation), []).append(change)
    counts: Counter[tuple[str, str, Operation]] = Counter({key: len(of) for key, of in groups.items()})
    for (parent, type_, operation), count in counts.most_common():
        if count == 1:
            yield _one(groups[parent, type_, operation][0])
        else:
            label = f"{operation.value}: {count} of<br/>{_plain(short_type(type_))}"
            yield _Box(label, _look(operation), parent, urgent=False)


def _look(operation: Operation) -> str:
    if operation in DESTRUCTIVE:
        return "gone"
    return "new" if operation is Operation.CREATE else "changed"


def _drawn(boxes: Sequence[_Box], left_out: int) -> Iterator[str]:
    parents = list(dict.fromkeys(box.parent for box in boxes))
    for index, parent in enumerate(parents):
        yield f'  p{index}["{_parent(parent)}"]:::around'
    for index, box in enumerate(boxes):
        yield f'  p{parents.index(box.parent)} --> n{index}["{box.label}"]:::{box.look}'
    if left_out:
        yield f'  more["{left_out} more: see the list"]:::around'
    yield from (f"  {line}" for line in _CLASSES)


def _parent(urn: str) -> str:
    _, _, of = urn.partition("::")
    types, _, name = of.partition("::")[2].rpartition("::")
    type_ = types.rpartition("$")[2]
    return f"{_plain(name)}<br/>{_plain(short_type(type_))}" if name else "the stack"


def _plain(text: str) -> str:
    """Characters that mean nothing to Mermaid or to Markdown; `end` alone would close a graph."""
    shown = _OPEN.sub("_", " ".join(text.split()))
    return shown if len(shown) <= _MOST_LABEL else f"{shown[: _MOST_LABEL - 3]}..."
