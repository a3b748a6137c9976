"""What a pull found, for a terminal; what was not read is said first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap

from weighbridge.catalog import Catalog
from weighbridge.pull.limits import ChangedLimit, LimitShift
from weighbridge.pull.quota_file import PulledFile
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.render.style import BOLD, YELLOW, Style
from weighbridge.spec.quota_file import UNLIMITED, QuotaRequest

INDENT = "  "


def render(pulled: PulledFile, catalog: Catalog, style: Style = Style()) -> str:
    """The findings, line by line; the changed text of the file is shown elsewhere."""
    return style.spell("\n".join(_lines(pulled, catalog, style)) + "\n")


def _lines(pulled: PulledFile, catalog: Catalog, style: Style) -> Iterator[str]:
    unread = list(_unread(pulled, catalog))
    if unread:
        yield from _titled("Not known", unread, style, YELLOW)
    if pulled.unexplained:
        found = (
            f"{shown(key, catalog)}: {entry.amount:,} more than stacks, outside use and reservations account for "
            f"({entry.what or 'Google names nobody'}). It counts as outside use."
            for entry in pulled.unexplained
            for key in (
                QuotaKey(pulled.quota.project, entry.region, entry.quota, tuple(sorted(entry.dimensions.items()))),
            )
        )
        yield from _titled("Unexplained use", found, style, YELLOW)
    for adjusted in pulled.adjusted:
        how = "has asked for more of" if adjusted.asked else "is on, and may raise"
        yield from _wrapped(
            f"Quota adjuster: it {how} {shown(adjusted.key, catalog)}, a budget of {adjusted.limit:,}. Turn it off for "
            f"the project: gcloud beta quotas adjuster settings update --enablement=disabled --project="
            f"{pulled.quota.project}",
            style,
        )
    if pulled.adjuster_on and not pulled.adjusted:
        yield from _wrapped("Quota adjuster: it is on, and may raise limits; none here is `fixed`.", style)
    requests = [f"{_request(request, catalog)}" for request in pulled.quota.requests]
    if requests:
        yield from _titled("Requests", requests, style)
    if pulled.limits:
        yield from _titled("Limits", (_change(change, catalog) for change in pulled.limits), style)
    for key in pulled.spot_pools:
        yield from _wrapped(
            f"Spot: {shown(key, catalog)} was granted, and spot_pools doesn't list it. Where it was asked for, Spot "
            "draws on nothing else: list it.",
            style,
        )
    if pulled.asked:
        yield from _titled("Asked for, not promised, not counted", pulled.asked, style)
    count = len(pulled.quota.limits)
    yield (
        f"{pulled.quota.project}: {count} limit{'s' if count != 1 else ''}, {len(pulled.quota.reservations)} "
        f"reservation{'s' if len(pulled.quota.reservations) != 1 else ''}, {len(pulled.quota.sold)} zones"
    )


def _unread(pulled: PulledFile, catalog: Catalog) -> Iterator[str]:
    for name in pulled.uncounted:
        yield f"{name}: not of machines that the catalog has, so its limits are not counted by machine."
    if pulled.use_unknown:
        keys = ", ".join(shown(key, catalog) for key in pulled.use_unknown)
        yield f"how much is used of {keys}: Google shows nothing, which is no proof of none"
    for zone in pulled.no_such_zones:
        yield f"what {zone} sells: the project has no such zone"
    if pulled.adjuster_unread:
        yield f"whether the quota adjuster is on: {pulled.adjuster_unread}"


def shown(key: QuotaKey, catalog: Catalog) -> str:
    """A limit as people call it, with its region."""
    known = catalog.units_of(key.quota_id, key.dimensions)
    return f"{known.display if known is not None else key.quota_id}{key.in_region}"


def amount(value: int | None) -> str:
    """An amount; -1 is no number of anything."""
    return "none" if value is None else "unlimited" if value == UNLIMITED else f"{value:,}"


def _change(change: ChangedLimit, catalog: Catalog) -> str:
    name, before, after = shown(change.key, catalog), amount(change.before), amount(change.after)
    match change.kind:
        case LimitShift.ADDED:
            return f"added    {name}: {after}"
        case LimitShift.GONE:
            return f"gone     {name}: Google lists no such limit, so it counts as zero (was {before})"
        case LimitShift.KEPT:
            return f"kept     {name}: Google lists no such limit, and the file says {before}"
        case LimitShift.HELD:
            return f"held     {name}: Google grants {after}; the budget stays {before}"
    return f"{change.kind.value:<8} {name}: {before} → {after}"


def _request(request: QuotaRequest, catalog: Catalog) -> str:
    key = QuotaKey("", request.region, request.quota, tuple(sorted(request.dimensions.items())))
    given = f", {amount(request.granted)} granted" if request.granted is not None else ""
    state = {None: "not asked yet", "granted": "granted", "pending": "pending", "denied": "denied"}[request.state]
    return f"{state:<13} {shown(key, catalog)}: {request.value:,} asked by {request.stack}{given}"


def _titled(title: str, lines: Iterable[str], style: Style, colour: str = BOLD) -> Iterator[str]:
    yield style.paint(title, colour)
    for line in lines:
        yield from _wrapped(line, style, INDENT)


def _wrapped(text: str, style: Style, indent: str = "") -> Iterator[str]:
    yield from wrap(
        text, style.width, initial_indent=indent, subsequent_indent=f"{indent}  ", break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
