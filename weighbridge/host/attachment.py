"""What a pack says of a violation beside its words: a field that Pulumi's protocol doesn't know.

`AnalyzeDiagnostic` has room for words and a URN only. A receiver of Protocol Buffers passes over fields that it doesn't
know, so that the real engine sees nothing of this one, and the offline host gets what a report needs beside the words.
"""

from __future__ import annotations

from typing import Any

from google.protobuf.unknown_fields import UnknownFieldSet

FIELD = 50_001
"""In the range that Protocol Buffers leaves to an organization's own use (50000 to 99999)."""

_TEXT = 2  # the wire type of length-delimited fields


def attach(diagnostic: Any, text: str) -> None:
    """Adds a text to a diagnostic."""
    content = text.encode()
    diagnostic.MergeFromString(_varint(FIELD << 3 | _TEXT) + _varint(len(content)) + content)


def attached(diagnostic: Any) -> str:
    """The text that was added; empty where there is none."""
    for field in UnknownFieldSet(diagnostic):
        if field.field_number == FIELD and field.wire_type == _TEXT:
            return str(field.data, errors="replace")
    return ""


def _varint(number: int) -> bytes:
    """A number in groups of seven bits, the lowest first; all but the last have the top bit set."""
    groups = []
    while number > 127:  # noqa: PLR2004 - seven bits
        groups.append(number & 127 | 128)
        number >>= 7
    return bytes([*groups, number])
