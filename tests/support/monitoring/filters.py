"""Cloud Monitoring filters: whether one is a filter at all, and which metric and resource it names.

Grammar: Google's page "Monitoring filters", as far as alerts and charts need it.
"""

import re

from tests.support.monitoring.flaw import Flaw

LONGEST = 2048
_TOKEN = re.compile(r'\s*(?:("(?:\\.|[^"\\])*")|([A-Za-z_][\w.\-/]*)|(!=|>=|<=|[=:<>])|([()\[\],])|(-?[0-9.]+))')
_FIELD = re.compile(
    r"(?:metric|resource)\.type|group\.id|project"
    r"|(?:metric|resource)\.labels?\.[A-Za-z_][\w-]*"
    r"|metadata\.(?:user|system)_labels?\.[A-Za-z_][\w./-]*"
)
_FUNCTIONS = {"starts_with", "ends_with", "has_substring", "one_of", "monitoring.regex.full_match"}
_SLO = re.compile(
    r'select_slo_[a-z_]+\("projects/[^"/]+/services/[^"/]+/serviceLevelObjectives/[^"/]+"(?:, *"[0-9]+s")?\)'
)
_METRIC = re.compile(r'metric\.type\s*=\s*"([^"]*)"')


def metric_type(text):
    """The metric that a filter is about, None where it names none."""
    found = _METRIC.search(text)
    return found and found[1]


def flaws(where, text):
    """What is wrong with a filter."""
    if len(text) > LONGEST:
        yield Flaw("filter", where, f"{len(text)} characters, at most {LONGEST}")
    if _SLO.fullmatch(text):
        return
    reason = _wrong(text)
    if reason:
        yield Flaw("filter", where, f"not a filter: {reason}")
        return
    for needed in ("metric.type", "resource.type"):
        if needed not in text:
            yield Flaw("filter", where, f"names no {needed}")


def _tokens(text):
    found: list[str] = []
    at, text = 0, text.rstrip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            return found, text[at:]
        found.append(token[0].strip())
        at = token.end()
    return found, ""


def _wrong(text):
    """Why it isn't a filter, empty if it is one."""
    found, rest = _tokens(text)
    if rest:
        return f"{rest[:20]!r}"
    depth, at, wants_term = 0, 0, True
    while at < len(found):
        word = found[at]
        if wants_term and word in {"NOT", "("}:
            depth += word.count("(")
            at += 1
        elif wants_term:
            length = _comparison(found[at:])
            if not length:
                return f"no comparison at {' '.join(found[at : at + 3])!r}"
            at, wants_term = at + length, False
        elif word.startswith(")"):
            depth -= 1
            if depth < 0:
                return "a bracket too many"
            at += 1
        else:
            at, wants_term = at + (word in {"AND", "OR"}), True
    if wants_term or depth:
        return "it ends too early"
    return ""


def _comparison(found):
    """How many tokens the comparison at the beginning takes, 0 if there is none."""
    if len(found) < 3 or not _FIELD.fullmatch(found[0]) or found[1] not in {"=", "!=", ":", ">", "<", ">=", "<="}:
        return 0
    if found[2].startswith('"') or re.fullmatch(r"-?[0-9.]+|true|false", found[2]):
        return 3
    if found[2] in _FUNCTIONS and found[3:4] == ["("] and ")" in found:
        inside = found[4 : found.index(")")]
        if inside and all(part == "," if place % 2 else part.startswith('"') for place, part in enumerate(inside)):
            return 5 + len(inside)
    return 0
