"""The words of a check about quantiles that were compared interval by interval."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

from weighbridge.canary_analysis.check import RELATIVE_FLOOR, Check, ComparisonRow
from weighbridge.canary_analysis.counts import DOUBLED
from weighbridge.canary_analysis.pairs import LEAST_REQUESTS, LOOKBACK_SECONDS
from weighbridge.canary_analysis.quantiles import INTERVAL, Paired
from weighbridge.canary_analysis.samples import LONGEST
from weighbridge.units import format_duration, times

HEADINGS = ("ratio", "limit", "above it")
EACH = format_duration(INTERVAL)
LOOKBACK = format_duration(timedelta(seconds=LOOKBACK_SECONDS))


def cells(paired: Paired) -> tuple[str, str, str]:
    """Of the table, under `HEADINGS`."""
    if paired.ratio is None:
        return ("", "", "")
    return (f"{paired.ratio:.2f}", f"{paired.floor:.2f}", f"{paired.above} of {paired.intervals}")


def worse(row: ComparisonRow, paired: Paired, check: Check, values: str) -> str:
    """Why it is; `values`: both versions' in words."""
    return (
        f"{row.comparison.title}: {check.candidate}'s is more than {paired.floor:.2f} times {check.stable}'s in "
        f"{paired.above} of {paired.intervals} intervals of {EACH}; median {values}."
    )


def few(row: ComparisonRow, paired: Paired, check: Check) -> str:
    """What is missing, and what to do."""
    title = row.comparison.title
    need = (
        f"{title}: needs {paired.needed:,} intervals of {EACH} in which a replica of each has {LEAST_REQUESTS} "
        f"requests a minute, has {paired.intervals:,} of {paired.asked:,}"
    )
    if not paired.intervals:
        return f"{need}: check again when there are more."
    apart = INTERVAL * paired.span / paired.intervals  # one that counts comes so often
    hours = ceil(paired.needed * apart / timedelta(hours=1))
    if hours * timedelta(hours=1) > LONGEST:
        return f"{need}: more than the longest window has, {format_duration(LONGEST)}."
    if paired.needed * apart > check.end - check.start:
        return f"{need}: a window of at least {hours}h (--window {hours}h, once it has run that long)."
    wait = timedelta(minutes=ceil((paired.needed - paired.intervals) * apart / timedelta(minutes=1)))
    return f"{need}; at the present rate in {format_duration(wait)}."


def method(check: Check) -> str:
    """How sure the latencies are."""
    inflation = max(row.paired.inflation for row in check.rows if row.paired is not None)
    return (
        f"Latency: the server exposes only quantiles of each replica. In each {EACH} the test asks whether "
        f"{check.candidate}'s mean over its replicas is above {check.stable}'s times the limit, which is "
        f"{1 + RELATIVE_FLOOR:g} and what the numbers of requests and the server's way of estimating can explain. "
        f"With no difference it is above in at most half of them: the tail of a fair coin, with intervals worth "
        f"{inflation:.1f} times less, as neighbours are alike. Intervals are enough when a quantile that is "
        f"{times(DOUBLED)} stable's would be seen in 99 of 100 checks. That quantiles look back {LOOKBACK} is not "
        f"verified."
    )
