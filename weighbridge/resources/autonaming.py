"""Names that Pulumi makes up by the setting `pulumi:autonaming`, where that isn't the logical name and seven digits.

What has such a name is replaced create-first if the pattern has a random part; for one without, the engine itself says
that the old one goes first. A pack is shown the finished name, so it is told from a program's own by its form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from weighbridge.files.yaml_text import Plain

SETTING = "pulumi:autonaming"

ANYTHING = ".*"

_EXPRESSION = re.compile(r"\$\{(?P<what>[^}(]+)(?:\((?P<length>\d+)\))?\}")
_RANDOM = {"hex": "[0-9a-f]", "alphanum": "[a-z0-9]", "string": "[a-z]", "num": "[0-9]", "uuid": "[0-9a-f-]"}
_UUID_LENGTH = "36"


def random_patterns(setting: str) -> tuple[str, ...]:
    """The patterns with a random part in the setting's JSON; one for anything where it can't be read."""
    try:
        parsed: Plain = json.loads(setting)
    except ValueError:
        return (ANYTHING,)
    return tuple(dict.fromkeys(pattern for pattern in _patterns(parsed) if _is_random(pattern)))


def fits(name: str, logical: str, pattern: str) -> bool:
    """Whether a name may have been made up by a pattern, for a resource of that logical name."""
    if pattern == ANYTHING:
        return True
    parts, end = [], 0
    for found in _EXPRESSION.finditer(pattern):
        parts += [re.escape(pattern[end : found.start()]), _form(found["what"], found["length"], logical)]
        end = found.end()
    return re.fullmatch("".join([*parts, re.escape(pattern[end:])]), name, re.DOTALL) is not None


def _form(what: str, length: str | None, logical: str) -> str:
    if what == "name":
        return re.escape(logical)
    if what in _RANDOM:
        return f"{_RANDOM[what]}{{{length or _UUID_LENGTH}}}"
    return ANYTHING  # organization, project, stack, config.KEY


def _is_random(pattern: str) -> bool:
    return any(found["what"] in _RANDOM for found in _EXPRESSION.finditer(pattern))


def _patterns(value: Plain) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "pattern" and isinstance(inner, str):
                yield inner
            else:
                yield from _patterns(inner)
