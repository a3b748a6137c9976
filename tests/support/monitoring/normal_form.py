"""The form in which Google gives a dashboard back. Whatever differs from it shows as a change on every deployment."""

from tests.support.monitoring.flaw import Flaw, walk

MAY_BE_EMPTY = {
    "blank",
    "blankView",
    "collapsibleGroup",
    "singleViewGroup",
    "sectionHeader",
    "incidentList",
    "logsPanel",
}
"""Messages whose presence says something though nothing is in them."""


def flaws(dashboard):
    """What Google would write otherwise."""
    for name in ("etag", "name"):
        if name in dashboard:
            yield Flaw("normal form", name, "is Google's to write: leave it out")
    for where, value in walk(dashboard):
        last = where.rpartition(".")[2]
        means_something = last in MAY_BE_EMPTY or last.startswith("thresholds[")
        if value is None or (value in (0, "", [], {}) and not means_something and where):
            yield Flaw("normal form", where, f"{value!r} is the default: leave it out")
        elif isinstance(value, str) and value.endswith("_UNSPECIFIED"):
            yield Flaw("normal form", where, f"{value} is the default: leave it out")
        elif isinstance(value, dict) and list(value) != sorted(value):
            yield Flaw("normal form", where, "its keys are not sorted")
