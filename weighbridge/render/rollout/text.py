"""Where a rollout stands, for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from weighbridge.preview.result import RolloutView
from weighbridge.rollouts.authority import Authority
from weighbridge.rollouts.change import gate
from weighbridge.rollouts.record import began, waits_for
from weighbridge.rollouts.weights import next_step, weights
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.rollout import Rollout
from weighbridge.units import percent


def render(name: str, endpoint: Endpoint, authority: Authority, now: datetime) -> str:
    """Shares first, then what the next step waits for, then the steps, then what blocks a deployment."""
    blocks = [f"- {line}" for line in gate(name, endpoint, authority, now)]
    lines = [*_lines(name, endpoint, now, blocked=bool(blocks)), *(["", "Before that:", *blocks] if blocks else ())]
    return "\n".join(lines) + "\n"


def render_all(views: Sequence[tuple[str, RolloutView]]) -> str:
    """A line for each: stack, endpoint, and what is next; for people and for scripts that read two words."""
    rows = [(stack, view.endpoint, view.then) for stack, view in views]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(2)]
    return "".join(
        f"{stack.ljust(widths[0])}  {endpoint.ljust(widths[1])}  {then}".rstrip() + "\n"
        for stack, endpoint, then in rows
    )


def _lines(name: str, endpoint: Endpoint, now: datetime, *, blocked: bool) -> list[str]:
    shares = ", ".join(f"{version} {percent(share)}" for version, share in weights(endpoint).items())
    lines = [f"{name}: {shares} of the requests"]
    rollout = endpoint.rollout
    if rollout is None:
        return [f"{lines[0]}; no rollout"]
    return [*lines, _waits(rollout, now, blocked=blocked), "", *_steps(rollout)]


def _waits(rollout: Rollout, now: datetime, *, blocked: bool) -> str:
    if rollout.rolled_back is not None:
        back = rollout.rolled_back
        return f"Rolled back from {percent(back.weight)} at {_time(back.at)}: {back.reason}"
    step = next_step(rollout)
    waits = waits_for(rollout, now, "for what is below" if blocked else None)
    if step is None:
        advances = f"`weighbridge rollout advance` makes {rollout.candidate} stable"
        return f"Last step reached; {advances}" + (f", but waits {waits[0]}" if waits else "")
    return f"Next {percent(step)}: " + (f"waits {' and '.join(waits)}" if waits else "ready to advance")


def _steps(rollout: Rollout) -> list[str]:
    rows = [("", "step", "began", "approved by", "reason")]
    for step in rollout.steps:
        start = began(rollout, step) if step <= rollout.at else None
        given = next((approval for approval in rollout.approvals if approval.step == step), None)
        rows.append(
            (
                "*" if step == rollout.at else "",
                percent(step),
                f"{start:%Y-%m-%d %H:%M}" if start else "-",
                given.by if given else "-",
                given.reason if given else "",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]).rstrip()
        for row in rows
    ]


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
