"""Who may accept a version and approve a step.

The quota file says so, which has other owners than the spec: `approvers`, by stack. Where it names nobody for a stack,
anybody may but the spec's `owner`; on production the owner never does, listed or not. A name in a file is a claim: what
binds it to a person is the review of the change, which docs/rollouts.md explains.
"""

from __future__ import annotations

from dataclasses import dataclass

from weighbridge.files.model_problems import listed
from weighbridge.spec.quota_file import QUOTA_FILE, QuotaFile
from weighbridge.spec.root import Spec


@dataclass(frozen=True, slots=True)
class Authority:
    """Who decides about the releases of a stack."""

    stack: str
    owner: str
    production: bool
    approvers: tuple[str, ...] | None = None
    """Of the quota file; None: it names nobody for this stack."""

    @classmethod
    def of(cls, spec: Spec, quota: QuotaFile | None) -> Authority:
        """Of a stack's own spec. Without the quota file, as if it named nobody."""
        approvers = quota.approvers.get(spec.environment) if quota is not None else None
        return cls(spec.environment, spec.owner, spec.production, approvers)

    @property
    def binds(self) -> bool:
        """Whether who decides is more than advice: on production, and wherever the quota file names who may."""
        return self.production or self.approvers is not None

    def objection(self, person: str) -> str | None:
        """Why this person may not decide, as it continues "it is by …,"; None: they may."""
        if self.production and person.lower() == self.owner.lower():
            return "who owns this spec"
        if self.approvers is None or person.lower() in {approver.lower() for approver in self.approvers}:
            return None
        who = f"is {listed(self.approvers, 'or')}" if self.approvers else "is nobody"
        return f"and who may for {self.stack} {who} (approvers in {QUOTA_FILE})"

    @property
    def others(self) -> str:
        """Whom to ask, in words."""
        if self.approvers:
            able = [approver for approver in self.approvers if self.objection(approver) is None]
            return listed(able, "or") if able else f"somebody whom {QUOTA_FILE} is to name under approvers"
        return f"somebody other than {self.owner}" if self.production else "somebody"
