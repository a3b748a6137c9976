"""Random PromQL with what is true of it, built from the bottom, for property tests."""

from dataclasses import dataclass
from datetime import timedelta

from hypothesis import strategies as st

NAMES = st.sampled_from(
    ["up", "ml_window_rows", "job:errors:rate5m", "ml_serving_requests_total", "x_bucket", "sum_up"]
)
LABELS = st.sampled_from(["pipeline", "stage", "le", "code"])
VALUES = st.text(st.characters(codec="ascii", exclude_characters="\x00"), max_size=6)
SPANS = st.integers(1, 3000)


@dataclass(frozen=True)
class Made:
    """`text`, the names it mentions in order, and how many minutes back each mention reads."""

    text: str
    names: tuple[str, ...]
    minutes: tuple[int, ...]

    @property
    def reach(self):
        return timedelta(minutes=max(self.minutes, default=0))

    def further(self, minutes):
        return tuple(back + minutes for back in self.minutes)


def quoted(value):
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    written = (character if character.isprintable() else f"\\x{ord(character):02x}" for character in escaped)
    return f'"{"".join(written)}"'


@st.composite
def selectors(draw):
    name = draw(NAMES)
    matchers = draw(st.dictionaries(LABELS, VALUES, max_size=3))
    inside = ", ".join(
        f"{label}{draw(st.sampled_from(['=', '!=']))}{quoted(value)}" for label, value in matchers.items()
    )
    text = name + (f"{{{inside}}}" if inside or draw(st.booleans()) else "")
    return name, text


@st.composite
def mentions(draw):
    name, text = draw(selectors())
    offset = draw(st.one_of(st.just(0), SPANS))
    behind = f" offset {offset}m" if offset else ""
    if draw(st.booleans()):
        return Made(text + behind, (name,), (offset,))
    span = draw(SPANS)
    function = draw(st.sampled_from(["rate", "max_over_time", "deriv"]))
    return Made(f"{function}({text}[{span}m]{behind})", (name,), (span + offset,))


def larger(inner):
    def grouped(made):
        return Made(f"sum by (stage) ({made.text})", made.names, made.minutes)

    def subquery(made, span, offset):
        behind = f" offset {offset}m" if offset else ""
        return Made(f"max_over_time(({made.text})[{span}m:1m]{behind})", made.names, made.further(span + offset))

    def joined(left, operator, right):
        text = f"({left.text}) {operator} ({right.text})"
        return Made(text, left.names + right.names, left.minutes + right.minutes)

    return st.one_of(
        inner.map(grouped),
        st.builds(subquery, inner, SPANS, st.one_of(st.just(0), SPANS)),
        st.builds(joined, inner, st.sampled_from(["and", "or", "/", "> bool", "- on (stage)"]), inner),
    )


expressions = st.recursive(mentions(), larger, max_leaves=6)
