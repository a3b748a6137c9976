"""What a deployment lacks, for a terminal: what could not be checked first, then what is missing, then what is fine."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from weighbridge.doctor.finding import CheckedNeed, Health
from weighbridge.render.style import DIM, GREEN, RED, YELLOW, Style

_COLOURS = {Health.NOT_CHECKED: YELLOW, Health.MISSING: RED, Health.FINE: GREEN}


def render(findings: Sequence[CheckedNeed], style: Style = Style()) -> str:
    """Every finding, with the command that mends it on a line of its own, whole."""
    return style.spell("\n".join(_lines(findings, style)) + "\n")


def _lines(findings: Sequence[CheckedNeed], style: Style) -> Iterator[str]:
    counts = {health: sum(finding.health is health for finding in findings) for health in Health}
    missing, unknown = counts[Health.MISSING], counts[Health.NOT_CHECKED]
    yield f"{missing or 'nothing'} missing" + (f"; {unknown} not checked" if unknown else "")
    for health in Health:
        if health is Health.FINE and counts[health]:
            yield ""
        for finding in (finding for finding in findings if finding.health is health):
            if health is not Health.FINE:
                yield ""
            yield from _finding(finding, style)
    if counts[Health.FINE] and not (missing or unknown):
        yield "ready to deploy"


def _finding(finding: CheckedNeed, style: Style) -> Iterator[str]:
    mark = finding.health.value if finding.health is Health.FINE else finding.health.upper()
    first, *others = textwrap.wrap(
        f"{mark}  {finding.topic}: {finding.words}", style.width, subsequent_indent="  ", break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
    yield style.paint(mark, _COLOURS[finding.health]) + first.removeprefix(mark)
    yield from others
    for command in finding.command.split(" && ") if finding.command else ():
        yield style.paint(f"  $ {command}", DIM)
