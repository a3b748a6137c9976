"""Taking a production stack down, on purpose: `retire` in its spec lifts protection for the deployments of a day.

Its resources can then be destroyed. Nothing else about the stack changes, so that its releases stay judged as before.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from weighbridge.rollouts.authority import Authority
from weighbridge.rollouts.finding import Finding
from weighbridge.spec.root import Spec
from weighbridge.units import format_timestamp

HOLDS = timedelta(days=1)
"""From `retire.at` on; after it, a spec that still says so is blocked, as its stack is unprotected."""


def protects(spec: Spec) -> bool:
    """Whether what the stack has can't be destroyed."""
    return spec.production and spec.retire is None


def retire_command(stack: str) -> str:
    """The command that retires a stack."""
    return f"weighbridge retire {stack} --reason TEXT"


def judge_retirement(spec: Spec, authority: Authority, now: datetime) -> Iterator[Finding]:
    """What is wrong with a retirement; a stack that is not production has nothing to lift, so there it is advice."""
    given, stack = spec.retire, authority.stack
    if given is None:
        return
    if not spec.production:
        yield Finding(
            f"{stack} is not production, so nothing protects it: take `retire` out", ("retire",), blocks=False
        )
        return
    objection = authority.objection(given.by)
    if objection is not None:
        problem = f"the retirement of {stack} is by {given.by}, {objection}"
        message = f"{problem}: let {authority.others} run `{retire_command(stack)}`"
        yield Finding(message, ("retire", "by"))
    when = format_timestamp(given.at)
    if given.at > now:
        yield Finding(f"the retirement of {stack} is from {when}, which is in the future: correct it", ("retire", "at"))
    elif now - given.at > HOLDS:
        message = (
            f"{stack} was to be taken down within a day of {when}, and is unprotected as long as the spec says so: "
            f"take `retire` out and deploy, or `{retire_command(stack)}` again"
        )
        yield Finding(message, ("retire", "at"))
