"""Machine types, accelerators and TPU topologies with the quota that each draws, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from weighbridge.catalog.selection import PRICED_IN, Entry
from weighbridge.render.columns import Column, table
from weighbridge.render.style import BOLD, Style


def render(listed: Sequence[Entry], style: Style) -> str:
    """A table; below each accelerator machine what it draws."""
    return style.spell("\n".join(_lines(listed, style)) + "\n")


def _lines(listed: Sequence[Entry], style: Style) -> Iterator[str]:
    yield style.paint("Machine types", BOLD) + f"  {len(listed)}; US dollars an hour in {PRICED_IN}, ? is unknown"
    columns = (
        Column("", right=False), Column("vCPU"), Column("GiB"), Column("accelerators", right=False), Column("standard"),
        Column("spot"), Column("regions"),
    )  # fmt: skip
    rows = [
        (entry.machine_type, f"{entry.vcpus}", f"{entry.memory_gib:g}", entry.accelerators, entry.usd_per_hour or "?",
         entry.usd_per_hour_spot or "?", f"{len(entry.regions)}")
        for entry in listed
    ]  # fmt: skip
    yield from table(columns, rows, style.width, whole=style.whole)
    draws: dict[str, list[str]] = {}
    for entry in listed:
        for one in (*entry.draws, *entry.draws_spot):
            name = one.partition(" ")[2]
            family = entry.machine_type.partition("-")[0]
            draws.setdefault(name, [])
            if family not in draws[name]:
                draws[name].append(family)
    yield ""
    yield style.paint("Quota", BOLD) + " that they draw on (each also disk, VM and, if public, address quota)"
    yield from (f"  {name}: {', '.join(families)}" for name, families in sorted(draws.items()))
    shapes = [entry for entry in listed if entry.topologies]
    if shapes:
        yield ""
        yield style.paint("TPU topologies", BOLD)
        for entry in shapes:
            listed_first = ", ".join(entry.topologies[:12])
            more = f", {len(entry.topologies) - 12} more" if len(entry.topologies) > 12 else ""  # noqa: PLR2004
            yield f"  {entry.machine_type}: {listed_first}{more}"
