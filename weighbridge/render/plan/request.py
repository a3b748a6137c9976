"""The commands that ask Google for the quota that a plan would need, as a script to read before it is run."""

from __future__ import annotations

from datetime import datetime
from shlex import quote

from weighbridge.planner.choice.choose import HardwareChoice, LargerQuota, LimitLack
from weighbridge.planner.plan import PlanResult
from weighbridge.quota.arithmetic import GLOBAL
from weighbridge.quota.reservations import MACHINES
from weighbridge.render.plan.hardware_wording import larger_text, whole_text


def render(result: PlanResult, now: datetime) -> str:
    """One command a limit; a comment where nothing has to be asked for."""
    choice = result.hardware.choice if result.hardware is not None else None
    larger = _wanted(choice) if choice is not None else None
    head = ["#!/bin/sh", f"# Quota that `weighbridge plan` would ask for, {now:%Y-%m-%d}. Google decides."]
    if choice is None or choice.room is None or larger is None:
        return "\n".join([*head, "# The cheapest hardware fits what is left: there is nothing to ask for."]) + "\n"
    why = "nothing fits without it" if not choice.fits else "what fits without it costs more"
    lines = [*head, f"# {larger_text(larger)}; {why}.", "set -e"]
    for lack in larger.lacks:
        lines += ["", *_asked(lack, larger, choice.room.project)]
    return "\n".join(lines) + "\n"


def _wanted(choice: HardwareChoice) -> LargerQuota | None:
    return choice.cheapest if choice.fits else choice.fewest_units


def _asked(lack: LimitLack, larger: LargerQuota, project: str) -> list[str]:
    key, limit = lack.allowance.key, lack.limit
    if key.quota_id.startswith(MACHINES):
        return [f"# {key.quota_id} needs {limit} machines: enlarge it, then list it in the quota file"]
    if limit is None:
        return [f"# {key}: no limit is enough, as all of it is kept free"]
    dimensions = {**({} if key.region == GLOBAL else {"region": key.region}), **dict(key.dimensions)}
    uses = "; ".join(f"{c.workload}: {whole_text(c)}" for c in larger.picks if key in c.draws)
    options = {
        "service": "compute.googleapis.com",
        "project": project,
        "quota-id": key.quota_id,
        "preferred-value": f"{limit}",
        **({"dimensions": ",".join(f"{name}={value}" for name, value in dimensions.items())} if dimensions else {}),
        "justification": uses,
    }
    flags = [f"  --{name}={quote(value)}" for name, value in options.items()]
    now = "none" if lack.allowance.limit is None else f"{lack.allowance.limit:,}"
    return [
        f"# {lack.allowance.display}: {now} now, {limit:,} needed",
        "gcloud beta quotas preferences create \\",
        *(f"{flag} \\" for flag in flags[:-1]),
        flags[-1],
    ]
