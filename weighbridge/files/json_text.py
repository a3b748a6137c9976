"""Reads JSON that a program wrote and a person hands over; where it is none, says so with line and column."""

from __future__ import annotations

import json
import re
from typing import NoReturn

from weighbridge.errors import WrongInput
from weighbridge.files.yaml_text import Plain

_HALF = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
"""Where half a character may be, which is a whole one only beside its other half."""


class NotJson(WrongInput):
    """A text is no JSON: the message says where, as ``cluster.json:3:17: …``, and what is wrong there."""


def parse_json(text: str, where: str) -> Plain:
    """What the text says; `where` is the file that it is from. Raises `NotJson`."""
    if not text.strip():
        raise NotJson(f"{where}: it is empty, and no JSON")
    try:
        found: Plain = json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        place = f"{where}:{error.lineno}:{error.colno}"
        if error.msg.startswith("Unterminated string"):
            raise NotJson(f"{place}: no JSON: the text that begins here never ends, so the file is cut off") from error
        if error.pos >= len(text.rstrip()):
            raise NotJson(f"{place}: no JSON: it ends here, before it is whole, so the file is cut off") from error
        raise NotJson(f"{place}: no JSON: {error.msg[0].lower()}{error.msg[1:]}") from error
    except RecursionError as error:
        raise NotJson(f"{where}: no JSON that can be read: it is nested too deeply") from error
    except ValueError as error:  # a number of thousands of digits, or none
        raise NotJson(f"{where}: no JSON that can be read: {error}") from error
    if _HALF.search(text) is not None:
        _refuse_halves(found, where)
    return found


def _refuse_halves(found: Plain, where: str) -> None:
    """Refuses halves of a character, which Python reads and nothing can write again."""
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = f"\\u{ord(error.object[error.start]):04x}"
        raise NotJson(f"{where}: no JSON that can be read: {half} is half a character") from error


def _no_number(name: str) -> NoReturn:
    """Python reads NaN and the infinities, which JSON doesn't have."""
    raise ValueError(f"{name} is no number of JSON")
