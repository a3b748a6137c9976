"""Functions of providers that a preview can do without: offline they answer with a placeholder.

Only reads that nothing in the plan depends on belong here. A secret's text is one: it reaches a field that no policy
judges, and nobody should need it to preview a stack. The SDK checks the types of results, so it can't be an unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.struct_pb2 import Struct

PLACEHOLDER = "[not read offline]"

ANSWERED_OFFLINE: Mapping[str, tuple[str, ...]] = {
    "gcp:secretmanager/getSecretVersionAccess:getSecretVersionAccess": ("id", "name", "secretData"),
}
"""Texts that are placeholders, by the function's token; its arguments are echoed."""


def offline_answer(token: str, arguments: Struct) -> Any:
    """What a function answers that isn't called."""
    answer = Struct()
    answer.CopyFrom(arguments)
    for name in ANSWERED_OFFLINE[token]:
        answer.fields[name].string_value = PLACEHOLDER
    return answer
