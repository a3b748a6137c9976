"""What a rule found: words for a person, and beside them where in the spec it is, who is meant, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from weighbridge.files.problem import KeyPath
from weighbridge.quota.arithmetic import QuotaKey

Level = Literal["mandatory", "advisory"]
"""Whether a violation blocks, or only advises. `enforcement` has the last word."""


@dataclass(frozen=True, slots=True)
class Excess:
    """What is asked for and what there is, in `unit`: a quota's own (GPU, vCPU, GB), pods or replicas."""

    demand: int  # of a quota: all stacks, outside uses and the part kept free; of a share: this stack alone
    limit: int
    unit: str
    quota: QuotaKey | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """One violation. `message` stands alone: what, how much, who else, what to do."""

    rule: str
    message: str
    urn: str | None = None  # of the resource; None: the stack as a whole
    level: Level = "mandatory"
    path: KeyPath | None = None
    """Where in the stack's spec. None: nowhere that is known, or not for the rule to say: see `spec_path`."""
    holder: str | None = None
    """The node pool, workload, endpoint or other object that is to change, as people call it."""
    excess: Excess | None = None
    exemptible: bool = True
    """Whether an exemption may lift it: not what exceeds a limit of Google's, or could uncounted."""

    @property
    def names(self) -> frozenset[str]:
        """What its message calls those whom it is about, each alone and as listed; empty where it is about none."""
        if self.holder is None:
            return frozenset()
        listed, colon, _ = self.message.partition(": ")
        parts = listed.split(", ")
        return frozenset({self.holder, *((listed, *parts) if colon and self.holder in parts else ())})

    def to_json(self) -> str:
        """For where the protocol between pack and engine has room for words only."""
        return _FORM.dump_json(self).decode()


_FORM = TypeAdapter(Violation)


def from_json(text: str) -> Violation | None:
    """What `Violation.to_json` wrote; None for any other text, which a pack of somebody else may send."""
    try:
        return _FORM.validate_json(text)
    except ValidationError:
        return None
