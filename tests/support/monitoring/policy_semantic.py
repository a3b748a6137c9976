"""What Google says of alert policies in words only. Limits: discovery document monitoring.v3, where not said otherwise.

Every function takes JSON that the schema has accepted.
"""

import re

from tests.support.monitoring import conditions, documentation
from tests.support.monitoring.flaw import PLACEHOLDER, Flaw, seconds

MOST_CONDITIONS = 6
MOST_CHANNELS = 16  # reported by third parties, not in the discovery document
MOST_LABELS = 64
LONGEST_NAME = 512
HALF_HOUR, DAY = 1800, 86400

_CHANNEL = re.compile(r"projects/([a-z][a-z0-9-]{4,28}[a-z0-9]|[0-9]+)/notificationChannels/[0-9]+")
_LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}")
_OUTPUT_ONLY = ("name", "creationRecord", "mutationRecord", "validity")


def flaws(policy, project=None):
    """Everything but the expressions; `project` is the one that the policy is created in, if known."""
    for name in _OUTPUT_ONLY:
        if name in policy:
            yield Flaw("semantic", name, "is Google's to write: leave it out")
    yield from _name("displayName", policy.get("displayName", ""))
    yield from _conditions(policy)
    yield from _channels(policy, project)
    yield from _strategy(policy)
    yield from documentation.flaws(policy.get("documentation", {}))
    yield from labels(policy.get("userLabels", {}), "userLabels")


def labels(given, where):
    """Labels that people choose, of policies and dashboards alike."""
    if len(given) > MOST_LABELS:
        yield Flaw("semantic", where, f"{len(given)} labels, at most {MOST_LABELS}")
    for key, value in given.items():
        if not _LABEL_KEY.fullmatch(key):
            yield Flaw("semantic", f"{where}.{key}", "a key has lower-case letters, digits, _ and -, a letter first")
        if not _LABEL_VALUE.fullmatch(value):
            yield Flaw("semantic", f"{where}.{key}", f"{value!r}: at most 63 lower-case letters, digits, _ and -")


def _name(where, name):
    if not name.strip() or len(name) > LONGEST_NAME:
        yield Flaw("semantic", where, f"1 to {LONGEST_NAME} characters, this has {len(name)}")


def _conditions(policy):
    given = policy.get("conditions", [])
    if not 1 <= len(given) <= MOST_CONDITIONS:
        yield Flaw("semantic", "conditions", f"1 to {MOST_CONDITIONS}, these are {len(given)}")
    if policy.get("combiner", "COMBINE_UNSPECIFIED") == "COMBINE_UNSPECIFIED":
        yield Flaw("semantic", "combiner", "needed: AND, OR or AND_WITH_MATCHING_RESOURCE")
    names = [condition.get("displayName", "") for condition in given]
    if len(set(names)) < len(names):
        yield Flaw("semantic", "conditions", "two have the same displayName")
    kinds = [kind for condition in given for kind in conditions.kinds_of(condition)]
    for alone in sorted(conditions.ALONE & set(kinds)):
        if len(given) > 1:
            yield Flaw("semantic", "conditions", f"{alone} must be the only condition")
    for index, condition in enumerate(given):
        where = f"conditions[{index}]"
        yield from _name(f"{where}.displayName", condition.get("displayName", ""))
        yield from conditions.flaws(where, condition)


def _channels(policy, project):
    given = policy.get("notificationChannels", [])
    if len(given) > MOST_CHANNELS:
        yield Flaw("semantic", "notificationChannels", f"{len(given)} channels, at most {MOST_CHANNELS}")
    if len(set(given) - {PLACEHOLDER}) < len([channel for channel in given if channel != PLACEHOLDER]):
        yield Flaw("semantic", "notificationChannels", "a channel stands twice")
    for name in given:
        found = _CHANNEL.fullmatch(name)
        if found is None and name != PLACEHOLDER:
            yield Flaw("semantic", "notificationChannels", f"{name!r} is no projects/P/notificationChannels/N")
        elif found and project and found[1] != project:
            yield Flaw("semantic", "notificationChannels", f"{name} belongs to another project than {project}")


def _strategy(policy):
    strategy = policy.get("alertStrategy", {})
    log_only = any("conditionMatchedLog" in condition for condition in policy.get("conditions", []))
    if "autoClose" in strategy and not HALF_HOUR <= seconds(strategy["autoClose"]) <= 7 * DAY:
        yield Flaw("semantic", "alertStrategy.autoClose", f"{strategy['autoClose']}: from 1800s to 604800s")
    if log_only != ("notificationRateLimit" in strategy):
        yield Flaw("semantic", "alertStrategy.notificationRateLimit", "for log conditions, and for those only")
    prompts = strategy.get("notificationPrompts")
    if prompts is not None and prompts not in [["OPENED"], *([] if log_only else [["OPENED", "CLOSED"]])]:
        yield Flaw("semantic", "alertStrategy.notificationPrompts", f"{prompts}: OPENED, or OPENED and CLOSED")
    for index, channel_strategy in enumerate(strategy.get("notificationChannelStrategy", [])):
        where = f"alertStrategy.notificationChannelStrategy[{index}]"
        if not HALF_HOUR <= seconds(channel_strategy.get("renotifyInterval", "0s")) <= DAY:
            yield Flaw("semantic", f"{where}.renotifyInterval", "from 1800s to 86400s")
        names = channel_strategy.get("notificationChannelNames", [])
        if not names or not set(names) <= set(policy.get("notificationChannels", [])):
            yield Flaw("semantic", f"{where}.notificationChannelNames", "channels of the policy itself, one at least")
