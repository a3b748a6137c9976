"""How the values of a series go on in a scenario: a short text, as promtool takes it.

``2 * 0.3``  the same value to the end      ``0 by 100``  grows by 100 each minute
``by 1 for 1h, by 5``  segments; one without a beginning goes on where the last one ended, the first at 0
``1 for 10m, none``  then no sample any more

Numbers may be reckoned: ``+ - * /``, brackets, min, max, abs, floor; time spans such as ``6h`` are seconds.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from weighbridge.units import parse_duration

Number = float | int

_SPAN = re.compile(r"(?<![\w.])(?:\d+[dhms])+(?!\w)")
_SEGMENT = re.compile(r"(?P<start>.*?)(?:\bby (?P<step>.+?))?(?:\bfor (?P<span>.+))?")
_OPERATORS: Mapping[type, Callable[[Number, Number], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_FUNCTIONS: Mapping[str, Callable[..., Number]] = {"min": min, "max": max, "abs": abs, "floor": math.floor}


@dataclass(frozen=True, slots=True)
class Segment:
    """Values that change evenly. `start` None: no samples; `seconds` None: to the end."""

    start: float | None
    per_minute: float
    seconds: float | None


def reckon(text: str) -> float:
    """The value of a sum in numbers and time spans. Raises ValueError."""
    plain = _SPAN.sub(lambda span: f"{parse_duration(span[0]).total_seconds():.0f}", text.strip())
    try:
        return float(_value(ast.parse(plain, mode="eval").body))
    except (SyntaxError, KeyError) as error:
        raise ValueError(f"{text!r} can't be reckoned") from error


def segments(text: str) -> tuple[Segment, ...]:
    """The segments of a text. Raises ValueError."""
    found: list[Segment] = []
    value = 0.0
    for part in _parts(text):
        parts = _SEGMENT.fullmatch(part)
        if parts is None or not part:
            raise ValueError(f"{text!r} is no timeline")
        start, seconds = parts["start"].strip(), reckon(parts["span"]) if parts["span"] else None
        if start == "none":
            found.append(Segment(None, 0, seconds))
            continue
        value = reckon(start) if start else value
        step = reckon(parts["step"]) if parts["step"] else 0.0
        found.append(Segment(value, step, seconds))
        value += step * (seconds or 0) / 60
    return tuple(found)


def _parts(text: str) -> list[str]:
    """What stands between the commas that aren't in brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def cut(line: Sequence[Segment], seconds: float) -> tuple[Segment, ...]:
    """The segments until a moment, then nothing."""
    kept: list[Segment] = []
    left = seconds
    for segment in line:
        taken = left if segment.seconds is None else min(segment.seconds, left)
        if taken > 0:
            kept.append(Segment(segment.start, segment.per_minute, taken))
        left -= taken
    return (*kept, Segment(None, 0, None))


def values(line: Sequence[Segment], every: int, until: float) -> str:
    """As promtool writes values: one sample each `every` seconds, up to the moment `until`; empty where none is."""
    words: list[str] = []
    written, begun, total = 0, 0.0, int(until // every) + 1
    for segment in line:
        end = total if segment.seconds is None else min(total, math.ceil((begun + segment.seconds) / every))
        count = end - written
        if count > 0:
            skipped = (written * every - begun) / 60
            words.append(_run(segment, skipped, every, count))
        written = max(written, end)
        begun += segment.seconds or 0
    return "" if all(word.startswith("_") for word in words) else " ".join(words)


def _run(segment: Segment, skipped_minutes: float, every: int, count: int) -> str:
    if segment.start is None:
        return f"_x{count}"
    first = _text(segment.start + segment.per_minute * skipped_minutes)
    if count == 1:
        return first
    step = segment.per_minute * every / 60
    return f"{first}{'-' if step < 0 else '+'}{_text(abs(step))}x{count - 1}"


def _text(value: float) -> str:
    text = f"{value:.9f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _value(node: ast.expr) -> Number:
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner)
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_value(left), _value(right))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _FUNCTIONS[name](*map(_value, arguments))
    raise KeyError(ast.dump(node))
