"""Which series stand for good and for bad requests of a model server, and for their latency: words of the scenarios.

A server counts either all requests and the bad ones, or good and bad ones apart, or tells them apart by a label. A role
that a server doesn't have is empty, and series of an empty metric are left out of a scenario.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from weighbridge.serving.server import Counter, Signals
from weighbridge.signals.expression import Match, selectors_of

CANDIDATES = ("200", "500", "OK", "INTERNAL", "ok", "error", "success", "failure", "true", "false", "2xx", "5xx")
"""Values that labels of an outcome have."""

ROLES = ("good", "bad", "all")


def traffic(signals: Signals) -> Mapping[str, str]:
    """Words: metrics by role, the label by which outcomes differ and its values, the latency's metrics.

    `smear` is how long after the last slow request p99 still is high: a histogram's rate looks back, a summary doesn't.
    """
    words = {f"{role}_metric": "" for role in ROLES} | {"outcome": "outcome", "good_outcome": "", "bad_outcome": ""}
    words |= {"bucket_metric": "", "p99_metric": "", "smear": "0"}
    words |= _tokens(signals)
    if signals.requests is not None and signals.errors is not None:
        words |= _counters(signals.requests, signals.errors)
    elif signals.requests is not None:
        words["all_metric"] = signals.requests.metric
    if signals.latency is not None:
        summary = signals.latency.kind == "summary"
        words["p99_metric" if summary else "bucket_metric"] = signals.latency.metric + ("" if summary else "_bucket")
        words["smear"] = "0" if summary else "5m"
    return words


def _tokens(signals: Signals) -> Mapping[str, str]:
    """Metrics of a language model's server."""
    found = {
        "first_token_metric": signals.first_token,
        "between_tokens_metric": signals.between_tokens,
        "cache_metric": signals.cache,
    }
    return {word: exposed.metric if exposed is not None else "" for word, exposed in found.items()}


def _counters(requests: Counter, errors: Counter) -> Mapping[str, str]:
    if requests.metric == errors.metric:
        (match,) = selectors_of(f"x{{{errors.where}}}")[0].matches
        return {
            "good_metric": requests.metric,
            "bad_metric": errors.metric,
            "outcome": match.label,
            "good_outcome": example(match, wanted=False),
            "bad_outcome": example(match, wanted=True),
        }
    role = "good" if requests.plus == errors.metric else "all"
    return {f"{role}_metric": requests.metric, "bad_metric": errors.metric}


def example(match: Match, *, wanted: bool) -> str:
    """A value that a matcher takes, or one that it doesn't."""
    first_choice = re.sub(r"\(([^()|]*)\|[^()]*\)", r"\1", match.value).partition("|")[0].replace("[.]", ".")
    return next(
        value for value in (*CANDIDATES, match.value, first_choice, "other") if _matches(match, value) == wanted
    )


def _matches(match: Match, value: str) -> bool:
    equal = value == match.value if match.op in ("=", "!=") else re.fullmatch(match.value, value) is not None
    return equal == (match.op in ("=", "=~"))
