"""Pulumi's wire values, decoded: the one place that says what each of their forms means.

A program's registration, a pack's question and an exported state hold the same forms, the first two as a protobuf
struct, the third as JSON. `decode` takes them as plain values (``dict``, ``list``, ``str``, ``float``, ``int``,
``bool``, ``None``), so that all three read the same:

================================  ==================================================================================
on the wire                       decoded
================================  ==================================================================================
text, flag                        itself
number (always a 64-bit float)    an ``int`` where it is whole, so that 4 and 4.0 read the same; else the ``float``
null in an object                 left out: the SDK too takes a property that decodes to nothing for one not given
null in a list                    ``None``, as leaving it out would move what follows
object, list                      ``dict`` with its names sorted (the wire has no order), ``list``
text that stands for an unknown   `Unknown` of its kind: one text for each of seven kinds
secret with a ``value``           `Secret` of the value
secret without one                `Secret` of an `Unknown`: a state has a ``ciphertext`` or ``plaintext`` nobody reads
output with a ``value``           the value; `Secret` of it where ``secret`` is true. Its dependencies are dropped:
                                  they come beside the properties as well
output without one                `Unknown`, or `Secret` of one
secret inside a secret or output  one `Secret`, as it says no more than the outer one
reference with an ``id``          the id; `Unknown` where that is unknown or empty. What providers and packs are sent
reference without one             the URN, as for a component
asset, archive                    a ``dict`` of what the program gave (``path``, ``text``, ``uri``, ``assets``),
                                  without the ``hash``, which only the engine adds
object with another signature     `Unknown`: a form that nobody knows says nothing
``__defaults``, ``__internal``    kept as any other name: a bridged provider's own lists, for whoever asks
================================  ==================================================================================

Signatures and sentinels are those of `pulumi.runtime.rpc` and `pulumi_policy.proxy`; what becomes of references,
secrets without a value and nulls is as in the engine's `sdk/go/common/resource/plugin/rpc.go` and the SDK's `rpc.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from weighbridge.files.yaml_text import Plain
from weighbridge.resources.values import Secret, Unknown, Value, bare

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The name under which an object says that it is more than an object."""

SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - how the wire marks a secret
OUTPUT_VALUE = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"

UNKNOWN_BY_KIND: Mapping[str, str] = {
    "boolean": "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "number": "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "string": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "array": "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "object": "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    "asset": "030794c1-ac77-496b-92df-f27374a8bd58",
    "archive": "e48ece36-62e2-4504-bad9-02848725956a",
}
KIND_BY_UNKNOWN: Mapping[str, str] = {sentinel: kind for kind, sentinel in UNKNOWN_BY_KIND.items()}
UNKNOWN_ID = UNKNOWN_BY_KIND["string"]
"""The id of everything that is created in a preview."""


def decode(plain: Plain) -> Value:
    """One value, as the table says. Raises `OverflowError` for a number that no 64-bit float holds."""
    if isinstance(plain, str):
        return Unknown(KIND_BY_UNKNOWN[plain]) if plain in KIND_BY_UNKNOWN else plain
    if isinstance(plain, dict):
        return _signed(plain) if SIGNATURE in plain else decode_properties(plain)
    if isinstance(plain, list):
        return [decode(item) for item in plain]
    if plain is None or isinstance(plain, bool):
        return plain
    number = float(plain)  # JSON's digits may say more than the float that they were written from
    return int(number) if number.is_integer() else number


def decode_properties(plain: Mapping[str, Plain]) -> dict[str, Value]:
    """The properties of a resource, or the contents of an object, by name."""
    return {name: value for name in sorted(plain) if (value := decode(plain[name])) is not None}


def _signed(plain: Mapping[str, Plain]) -> Value:
    signature = plain[SIGNATURE]
    if signature == SECRET:
        return Secret(bare(_held(plain)))
    if signature == OUTPUT_VALUE:
        held = _held(plain)
        return Secret(bare(held)) if plain.get("secret") is True else held
    if signature == RESOURCE_REFERENCE:
        named = decode(plain["id"] if "id" in plain else plain.get("urn"))
        return named if isinstance(named, str) and named else Unknown()
    if signature in (ASSET, ARCHIVE):
        return decode_properties({name: part for name, part in plain.items() if name not in (SIGNATURE, "hash")})
    return Unknown()


def _held(plain: Mapping[str, Plain]) -> Value:
    return decode(plain["value"]) if "value" in plain else Unknown()
