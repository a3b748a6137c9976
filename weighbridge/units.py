"""Scalars with a unit in them: how each is written in YAML, what it becomes, and its JSON Schema.

The only module that knows formats. Every type here is an ``Annotated`` alias for pydantic; a wrong value raises a
`PydanticCustomError` of type ``unit`` whose message says what is expected.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, Strict, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

DURATION_PATTERN = r"^(?:[0-9]+(?:w|d|h|m|s))+$"
PERCENT_PATTERN = r"^(?:[0-9]{1,2}(?:\.[0-9]+)?|100(?:\.0+)?)%$"
QUANTITY_PATTERN = r"^[0-9]+(?:\.[0-9]+)?(?:m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$"
MEMORY_PATTERN = r"^[0-9]+(?:\.[0-9]+)?(?:k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$"
MILLISECONDS_PATTERN = r"^[0-9]+(?:\.[0-9]+)?(?:ms|s)$"
SIZE_PATTERN = r"^[0-9]+(?:Gi|Ti)$"
TIME_OF_DAY_PATTERN = r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$"
DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
TIMESTAMP_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$"
)

_SECONDS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
# Kubernetes resource.Quantity suffixes: decimal SI and binary.
_FACTORS = {"": Decimal(1), "m": Decimal("0.001"), "k": Decimal(10**3), "M": Decimal(10**6)}
_FACTORS |= {"G": Decimal(10**9), "T": Decimal(10**12), "P": Decimal(10**15), "E": Decimal(10**18)}
_FACTORS |= {f"{letter}i": Decimal(1024**power) for power, letter in enumerate("KMGTPE", start=1)}
GIB = 2**30
"""Bytes."""

MILLICORE = Decimal("0.001")
"""Kubernetes' smallest step of CPUs, and of an autoscaler's target."""

LEAST_MEMORY_BYTES = 2**20
"""Less memory is a unit that was mistaken for another; no container starts in it."""

_LONGEST_NUMBER = 32  # characters; longer ones are typing errors, and slow to parse


def _wrong(expected: str) -> PydanticCustomError:
    return PydanticCustomError("unit", "expected {expected}", {"expected": expected})


def _text(given: object, expected: str) -> str:
    if isinstance(given, bool) or not isinstance(given, str | int | float | Decimal):
        raise _wrong(expected)
    text = str(given)
    if len(text) > _LONGEST_NUMBER:
        raise _wrong(expected)
    return text


_UNIT_WORDS = {
    **dict.fromkeys(("milliseconds", "millisecond", "msec"), "ms"),
    **dict.fromkeys(("seconds", "second", "secs", "sec"), "s"),
    **dict.fromkeys(("minutes", "minute", "mins", "min"), "m"),
    **dict.fromkeys(("hours", "hour", "hrs", "hr"), "h"),
    **dict.fromkeys(("days", "day"), "d"),
    **dict.fromkeys(("weeks", "week"), "w"),
    **{f"{prefix}{byte}": prefix for prefix in ("Ki", "Mi", "Gi", "Ti", "M", "G", "T") for byte in "Bb"},
}
"""What people write after an amount, and the unit that is read here."""


def likely_spellings(given: object) -> Iterator[str]:
    """How an amount that no reader takes may have been meant: ``99`` as ``99%``, ``30 seconds`` as ``30s``."""
    text = str(given)
    if isinstance(given, bool) or len(text) > _LONGEST_NUMBER:
        return
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) *([A-Za-z%]*)", text)
    if match is None:
        return
    amount, word = match.groups()
    if word:
        yield amount + _UNIT_WORDS.get(word, word)
    else:
        share = Decimal(amount)
        yield f"{(share * 100 if 0 < share < 1 else share).normalize():f}%"


def parse_duration(given: object) -> timedelta:
    """``90s``, ``30m``, ``1h30m``, ``7d``, ``2w`` as a time span of whole seconds, more than zero."""
    if isinstance(given, timedelta):
        return given
    expected = "a time span such as 30m, 24h or 7d"
    if not isinstance(given, str) or len(given) > _LONGEST_NUMBER or not re.fullmatch(DURATION_PATTERN, given):
        raise _wrong(expected)
    seconds = sum(int(amount) * _SECONDS[unit] for amount, unit in re.findall(r"([0-9]+)([wdhms])", given))
    if not 0 < seconds <= 10 * 366 * _SECONDS["d"]:
        raise _wrong(expected + " of more than zero and at most ten years")
    return timedelta(seconds=seconds)


def format_duration(span: timedelta) -> str:
    """The shortest spelling that `parse_duration` reads back."""
    left, text = int(span.total_seconds()), ""
    for unit, seconds in list(_SECONDS.items())[1:]:
        amount, left = divmod(left, seconds)
        text += f"{amount}{unit}" if amount else ""
    return text or "0s"


def parse_percent(given: object) -> Decimal:
    """``10%`` as the number of per cent (``Decimal(10)``), from 0 to 100."""
    if isinstance(given, Decimal):
        return given
    expected = "a percentage from 0% to 100%, such as 99.9%"
    text = _text(given, expected)
    if not re.fullmatch(PERCENT_PATTERN, text):
        raise _wrong(expected)
    return Decimal(text[:-1])


def parse_quantity(given: object) -> Decimal:
    """A Kubernetes resource quantity (``500m``, ``48``, ``16Gi``) in base units: cores, bytes, devices."""
    if isinstance(given, Decimal):
        return given
    expected = "a Kubernetes quantity such as 500m, 4 or 16Gi"
    text = _text(given, expected)
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([a-zA-Z]*)", text)
    if match is None or match[2] not in _FACTORS:
        raise _wrong(expected)
    try:
        return Decimal(match[1]) * _FACTORS[match[2]]
    except InvalidOperation:  # pragma: no cover - the pattern admits only numbers
        raise _wrong(expected) from None


def parse_cpu(given: object) -> Decimal:
    """CPUs as `parse_quantity` reads them, in whole millicores."""
    return _whole(parse_quantity(given), MILLICORE, "CPUs in whole millicores, such as 500m or 4")


def parse_memory(given: object) -> Decimal:
    """Memory as `parse_quantity` reads it, in bytes. ``512m`` is half a byte to Kubernetes, and never meant."""
    bytes_ = parse_quantity(given)
    if 0 < bytes_ < LEAST_MEMORY_BYTES:
        raise _wrong("memory of at least 1Mi, such as 512Mi or 16Gi (m is a thousandth of a byte, Mi a mebibyte)")
    return bytes_


def _whole(amount: Decimal, unit: Decimal, expected: str) -> Decimal:
    if amount % unit:
        raise _wrong(expected)
    return amount


def parse_gauge_target(given: object) -> Decimal:
    """A number such as ``4`` or ``0.8``, to a thousandth, as Kubernetes keeps the target of an autoscaler."""
    if isinstance(given, Decimal):
        return given
    expected = "a number from 0.001 to 1,000,000 with at most three decimals, such as 4 or 0.8"
    if isinstance(given, str):
        raise _wrong(expected)
    target = Decimal(_text(given, expected))
    if not target.is_finite() or not MILLICORE <= target <= 10**6:
        raise _wrong(expected)
    return _whole(target, MILLICORE, expected)


def quantity_text(amount: Decimal) -> str:
    """An amount in thousandths as Kubernetes writes it: ``4``, ``800m``."""
    return str(int(amount)) if amount == int(amount) else f"{int(amount / MILLICORE)}m"


def resource_quantity(resource: str, amount: Decimal) -> str:
    """An amount of a resource as Kubernetes' objects write it: memory in whole ``Mi``, all else in thousandths.

    What is less than a step (a mebibyte, a thousandth) is dropped.
    """
    if resource == "memory":
        return f"{int(amount // LEAST_MEMORY_BYTES)}Mi"
    return quantity_text(amount)


def parse_latency(given: object) -> timedelta:
    """``400ms`` or ``1.5s`` as a time span of more than zero."""
    if isinstance(given, timedelta):
        return given
    expected = "a latency such as 400ms or 1.5s"
    text = _text(given, expected)
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(ms|s)", text)
    if match is None or not 0 < float(match[1]) < 10**6:
        raise _wrong(expected)
    return timedelta(milliseconds=float(match[1]) * (1 if match[2] == "ms" else 1000))


LatencyUnit: TypeAlias = Literal["s", "ms", "us"]
"""What servers count latencies in, as their metrics are documented."""

UNITS_PER_SECOND: Mapping[LatencyUnit, int] = {"s": 1, "ms": 1000, "us": 1_000_000}


def in_latency_unit(span: timedelta, unit: LatencyUnit) -> Decimal:
    """A time span as a number of the unit, exactly."""
    return Decimal(span // timedelta(microseconds=1)) * UNITS_PER_SECOND[unit] / UNITS_PER_SECOND["us"]


def format_latency(span: timedelta) -> str:
    """A latency as sentences write it, such as ``400 ms``."""
    return f"{in_latency_unit(span, 'ms'):g} ms"


def parse_disk_size(given: object) -> int:
    """``100Gi`` or ``1Ti`` as whole GiB (Google's quota and price tables call them GB)."""
    if isinstance(given, int) and not isinstance(given, bool):
        raise _wrong("a disk size with its unit, such as 100Gi or 1Ti")
    expected = "a disk size such as 100Gi or 1Ti"
    text = _text(given, expected)
    if not re.fullmatch(SIZE_PATTERN, text):
        raise _wrong(expected)
    return int(text[:-2]) * (1024 if text.endswith("Ti") else 1)


def parse_format_version(given: object) -> object:
    """The number itself: ``true`` and ``1.0`` equal 1 in Python."""
    if type(given) is not int:
        raise _wrong("1")
    return given


def parse_choice(given: object) -> object:
    """One of some whole numbers: ``true`` and ``1.0`` equal 1 in Python, and are none."""
    if type(given) is not int:
        raise PydanticCustomError("choice", "expected a whole number")  # the type says which
    return given


def parse_day(given: object) -> date:
    """``2026-11-20`` as a date."""
    if isinstance(given, date) and not isinstance(given, datetime):
        return given
    expected = "a date such as 2026-11-20"
    if not isinstance(given, str) or not re.fullmatch(DATE_PATTERN, given):
        raise _wrong(expected)
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise _wrong(expected) from None


def parse_timestamp(given: object) -> datetime:
    """An RFC 3339 time with its zone (``2026-11-20T08:00:00Z``), in UTC."""
    if isinstance(given, datetime):
        return given
    expected = "a time with its zone such as 2026-11-20T08:00:00Z"
    if not isinstance(given, str) or len(given) > 40 or not re.fullmatch(TIMESTAMP_PATTERN, given):  # noqa: PLR2004
        raise _wrong(expected)
    try:
        return datetime.fromisoformat(given).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong(expected) from None


def format_timestamp(moment: datetime) -> str:
    """A time in UTC to the second, as `parse_timestamp` reads it back."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a value of this type looks like, for messages: completes ``expected …``. pydantic itself ignores it."""

    words: str


@dataclass(frozen=True, slots=True)
class KeyOf:
    """A value of this type is a key of a mapping at the file's root, whose keys a message lists where it is missing."""

    mapping: str


@dataclass(frozen=True, slots=True)
class MayBeSecret:
    """Of this type people may give the secret itself, so no message shows a text given. pydantic itself ignores it."""


def _schema(pattern: str, *, number: bool = False) -> WithJsonSchema:
    text: dict[str, object] = {"type": "string", "pattern": pattern}
    return WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, text]} if number else text)


Duration: TypeAlias = Annotated[
    timedelta, BeforeValidator(parse_duration), _schema(r"^(?=.*[1-9])" + DURATION_PATTERN[1:])
]
Percent: TypeAlias = Annotated[Decimal, BeforeValidator(parse_percent), _schema(PERCENT_PATTERN)]
Quantity: TypeAlias = Annotated[Decimal, BeforeValidator(parse_quantity), _schema(QUANTITY_PATTERN, number=True)]
CpuQuantity: TypeAlias = Annotated[Decimal, BeforeValidator(parse_cpu), _schema(QUANTITY_PATTERN, number=True)]
MemoryQuantity: TypeAlias = Annotated[Decimal, BeforeValidator(parse_memory), _schema(MEMORY_PATTERN, number=True)]
GaugeTarget: TypeAlias = Annotated[
    Decimal,
    BeforeValidator(parse_gauge_target),
    WithJsonSchema({"type": "number", "minimum": 0.001, "maximum": 1_000_000}),
]
Latency: TypeAlias = Annotated[timedelta, BeforeValidator(parse_latency), _schema(MILLISECONDS_PATTERN)]
DiskSizeGib: TypeAlias = Annotated[int, BeforeValidator(parse_disk_size), _schema(SIZE_PATTERN)]
Day: TypeAlias = Annotated[date, BeforeValidator(parse_day), _schema(DATE_PATTERN)]
Timestamp: TypeAlias = Annotated[datetime, BeforeValidator(parse_timestamp), _schema(TIMESTAMP_PATTERN)]

TimeOfDay: TypeAlias = Annotated[
    str, StringConstraints(pattern=TIME_OF_DAY_PATTERN), Expected('a time of day in UTC such as "02:00"')
]
"""A time of day in UTC, ``HH:MM``; quoted in YAML."""

Email: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+$", max_length=254),
    Expected("an e-mail address such as ml-platform@example.com"),
]
"""Of ASCII, as Google's identities are: letters of other scripts that look the same would be somebody else."""
Digest: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$"), Expected("sha256: and 64 hexadecimal digits")
]
BucketPath: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^gs://[a-z0-9][a-z0-9._-]{1,61}[a-z0-9](?:/\S*)?$"),
    Expected("a Cloud Storage path such as gs://bucket/folder"),
]
"""A Cloud Storage folder or object, ``gs://bucket/path``; ``#`` and digits at its end are a generation."""

Image: TypeAlias = Annotated[
    str,
    StringConstraints(
        pattern=r"^[a-z0-9.-]+(?::[0-9]+)?(?:/[a-z0-9._-]+)+(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$",
        max_length=512,
    ),
    Expected("a container image with its registry, such as us-docker.pkg.dev/project/repository/image:tag"),
]
"""A container image reference with its registry; a tag or a digest is a policy's business."""

SecretVersion: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^projects/[a-z][a-z0-9-]{4,28}[a-z0-9]/secrets/[\w-]+/versions/(?:latest|[0-9]+)$"),
    Expected("a Secret Manager version such as projects/P/secrets/S/versions/latest"),
    MayBeSecret(),
]
"""A Secret Manager version, `projects/P/secrets/S/versions/latest`."""

ProjectId: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$"),
    Expected("a project id: 6 to 30 lower-case letters, digits and hyphens, a letter first, no hyphen last"),
]
Region: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[a-z]+-[a-z]+[0-9]+$"), Expected("a region such as us-central1")
]
Zone: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[a-z]+-[a-z]+[0-9]+-[a-z0-9]+$"), Expected("a zone such as us-central1-a")
]
Hostname: TypeAlias = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$",
        max_length=253,
    ),
    Expected("a host name such as ranker.example.com"),
]
DnsLabel: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z](?:[a-z0-9-]*[a-z0-9])?$", max_length=40),
    Expected("a name of lower-case letters, digits and hyphens, a letter first, no hyphen last, at most 40 characters"),
]
"""GKE's rule for names: lower-case letters, digits and hyphens, a letter first, no hyphen last, at most 40."""

WholeNumber: TypeAlias = Annotated[int, Strict()]
"""Of bounds that its field states: bounds of a type and of a field don't add up, the type's would win."""

Count: TypeAlias = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
FormatVersion: TypeAlias = Annotated[Literal[1], BeforeValidator(parse_format_version)]


@lru_cache(maxsize=4096)
def _first_equal(part: Hashable) -> Hashable:
    return part


SHARED = AfterValidator(_first_equal)
"""For small parts that most pools have alike: equal ones are kept once, which halves the memory of many specs."""

PART = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)
"""Every model of a spec: frozen, unknown keys refused, and made ready when it is first used: most are used as a part of
another alone. The docstring below a field is its description; `spec.descriptions` reads it."""


def amount_text(resource: str, amount: Decimal) -> str:
    """Memory in Gi, all else as a plain number; at most three decimals."""
    if resource == "memory":
        return f"{plain(amount / GIB)}Gi"
    return plain(amount)


def percent(value: Decimal) -> str:
    """A percentage as the spec writes it, exactly."""
    return f"{value.normalize():f}%"


def usd(amount: Decimal) -> str:
    """An amount in whole US dollars with thousands set apart, as $1,234."""
    return f"${amount:,.0f}"


def plain(number: Decimal) -> str:
    """A number without exponent and without trailing zeros."""
    text = f"{number:.3f}"
    return text.rstrip("0").rstrip(".")


def counted(count: float, noun: str, nouns: str = "") -> str:
    """A number with its noun: 1 row, 1,200 rows; `nouns` where an s makes no plural of it."""
    return f"{count:,.0f} {noun}" if count == 1 else f"{count:,.0f} {nouns or noun + 's'}"


def times(factor: float) -> str:
    """Such as `twice` or `3 times`."""
    return "twice" if factor == 2 else f"{factor:g} times"  # noqa: PLR2004
