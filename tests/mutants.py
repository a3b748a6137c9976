"""Alerts that are wrong in one place each, and whether the cases of the right one notice.

``python tests/mutants.py`` holds every mutant of every signal to the cases and prints those that nothing notices.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.support.signal_cases import all_cases
from weighbridge.signals import promtool
from weighbridge.signals.cases import ConditionCases
from weighbridge.signals.syntax_position import surroundings, tokens
from weighbridge.units import parse_duration

OTHER = {">": "<", "<": ">", ">=": "<", "<=": ">", "==": "!="}
AT_ONCE = 6
"""Conditions whose mutants are tried together: promtool has a limited time for a batch."""

FACTORS = (("four times", 4.0), ("a quarter of", 0.25))
_RULE_ERROR = re.compile(r"rule: (m\d+)\b")

# What no case can notice, and why: the kind, a pattern of the condition's key, a pattern of what was changed.
EQUIVALENT = (
    ("threshold", r"-(failed|failing|queue-stuck|prototypes-above-guarantee)$", r"a quarter of 1 of the value",
     "whole numbers: at least a quarter is at least one"),
    ("threshold", r"-(column-gone|column-empty)$", r"a quarter of 1 of the value", "nothing lies between 0 and 1"),
    ("threshold", r"-latency-burn-", r"a quarter of .* in the guard",
     "the short window has few looks at p99: one that is slow is a larger share than either threshold"),
    ("window", r"^ranker-availability-burn-", r" nv_inference_request_failure ",
     "good and bad ones are counted apart; near the threshold bad ones are too few among all to change the ratio"),
    ("window", r"^project-quota-exhaustion", r"four times 1d",
     "without a sample in the last day there is no slope either, so how old the use may be is not decided here"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """One wrong alert. `kind` is direction, label, window, hold, threshold, join or guard."""

    of: ConditionCases
    kind: str
    what: str
    rule: promtool.AlertingRule

    def __str__(self) -> str:
        return f"{self.of.key}: {self.kind}: {self.what}"


def mutants_of(cases: ConditionCases) -> tuple[Mutant, ...]:
    """Every mutant of a condition, each once."""
    right = promtool.rule_of(cases)
    found = dict.fromkeys(_changes(cases))
    return tuple(
        Mutant(cases, kind, what, replace(right, name=f"m{number}", expression=text, hold_seconds=hold))
        for number, (kind, what, text, hold) in enumerate(found)
        if (text, hold) != (right.expression, right.hold_seconds)
    )


def survivors(program: Path, mutants: Sequence[Mutant]) -> tuple[Mutant, ...]:
    """Those that behave in every case as the right alert does."""
    groups: dict[str, list[Mutant]] = {}
    for mutant in mutants:
        groups.setdefault(mutant.of.key, []).append(mutant)
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        folder = Path(name)
        alive = {id(mutant): mutant for mutant in mutants}
        pending = list(groups.values())
        while pending:
            files = [file for group in pending for file in promtool.write(group[0].of, folder, [m.rule for m in group])]
            verdicts = promtool.run(program, files)
            pending = [again for group in pending if (again := _bury(group, verdicts, alive))]
    return tuple(alive.values())


def _bury(group: Sequence[Mutant], verdicts: Iterable[promtool.TestVerdict], alive: dict[int, Mutant]) -> list[Mutant]:
    """Takes out who is noticed. One that promtool can't even evaluate hides the others, who are then tried again."""
    of_group = [verdict for verdict in verdicts if verdict.file.of.key == group[0].of.key]
    noticed = {failure.alert for verdict in of_group for failure in verdict.failures}
    broken = {name for verdict in of_group for name in _RULE_ERROR.findall(verdict.output)}
    for mutant in group:
        if mutant.rule.name in noticed | broken:
            alive.pop(id(mutant), None)
    assert noticed | broken or all(verdict.passed for verdict in of_group), of_group[0].output[:2000]
    return [mutant for mutant in group if id(mutant) in alive] if broken else []


def _changes(cases: ConditionCases) -> Iterator[tuple[str, str, str, int]]:
    text, hold = cases.condition.expression, cases.signal.hold_seconds
    guard = text.rfind(f"{cases.condition.compare} {cases.condition.threshold}\nand ")
    guard = text.find("\n", guard) if guard >= 0 else len(text)
    yield from ((kind, what, changed, hold) for kind, what, changed in _of_text(text, guard))
    if guard < len(text):
        yield "guard", "dropped", text[:guard], hold
    if hold:
        yield "hold", "none", text, 0
    yield "hold", "twice", text, 2 * hold + 60 * (not hold)


def _of_text(text: str, guard: int) -> Iterator[tuple[str, str, str]]:
    for (at, word), (_, bracket, before) in zip(tokens(text), surroundings(text), strict=True):
        for kind, what, new in _of_word(word, bracket, before) if bracket != "{" else ():
            where = "in the guard" if kind == "threshold" and at > guard else "of the value"
            metric = re.findall(r"([\w:]+)\{", text[:at])[-1] if kind == "window" else ""
            yield kind, f"{what} {metric} {where} at {at}".replace("  ", " "), text[:at] + new + text[at + len(word) :]
    joined = {label.strip() for labels in re.findall(r"on \(([^()]*)\)", text) for label in labels.split(",")}
    for label in sorted(joined):
        # Dropped in one place, the other side of the join still says it: nothing changes.
        everywhere = re.sub(rf'(?<=[{{ ]){label}=~?"[^"]*"(, )?', "", text)
        yield "label", f"{label} dropped everywhere", everywhere
    for selector in re.finditer(r"\{([^{}]*)\}", text):
        yield from _of_matchers(text, selector, joined)


def _of_word(word: str, bracket: str, before: str) -> Iterator[tuple[str, str, str]]:
    """Kind, what was changed, and what stands there instead."""
    if word in OTHER:
        yield "direction", f"{word} turned", OTHER[word]
    elif word == "and":
        yield "join", "and is or", "or"
    elif bracket == "[" and before == "[":
        for change, factor in FACTORS:
            yield "window", f"{change} {word}", f"{parse_duration(word).total_seconds() * factor:.0f}s"
    elif before in {*OTHER, "bool"} and re.fullmatch(r"[\d.]+", word) and float(word):
        for change, factor in FACTORS:
            yield "threshold", f"{change} {word}", f"{float(word) * factor:.9g}"


def _of_matchers(text: str, selector: re.Match[str], joined: Collection[str]) -> Iterator[tuple[str, str, str]]:
    matchers = re.findall(r'\w+(?:=~|!~|!=|=)"[^"]*"', selector[1])
    for matcher in matchers:
        label, op, value = re.fullmatch(r'(\w+)(=~|!~|!=|=)"([^"]*)"', matcher).groups()
        place = f"{label} at {selector.start()}"
        dropped = ", ".join(other for other in matchers if other != matcher)
        if label not in joined:
            yield "label", f"{place} dropped", text[: selector.start(1)] + dropped + text[selector.end(1) :]
        other = f'{label}{op}"({value})-other"' if "~" in op else f'{label}{op}"{value}-other"'
        changed = ", ".join(other if known == matcher else known for known in matchers)
        yield "label", f"{place} of another value", text[: selector.start(1)] + changed + text[selector.end(1) :]


def is_equivalent(mutant: Mutant) -> bool:
    """Whether it is on the list of those that no case can notice."""
    return any(
        mutant.kind == kind and re.search(key, mutant.of.key) and re.search(what, mutant.what)
        for kind, key, what, _ in EQUIVALENT
    )


def main() -> None:
    """Every mutant of every signal; exit code 1 where one lives that is not on the list."""
    from tests.support.prometheus import promtool as program

    every: list[Mutant] = []
    left: list[Mutant] = []
    conditions = all_cases()
    for at in range(0, len(conditions), AT_ONCE):
        tried = [mutant for cases in conditions[at : at + AT_ONCE] for mutant in mutants_of(cases)]
        found = survivors(program(), tried)
        every, left = [*every, *tried], [*left, *found]
        for mutant in found:
            print(f"{'equivalent' if is_equivalent(mutant) else 'survives'}: {mutant}", flush=True)
    by_kind, of_kind = Counter(mutant.kind for mutant in every), Counter(mutant.kind for mutant in left)
    for kind, count in by_kind.items():
        print(f"{kind:10} {count - of_kind[kind]:5} of {count:5} noticed")
    print(f"{'all':10} {len(every) - len(left):5} of {len(every):5} noticed ({1 - len(left) / len(every):.1%})")
    sys.exit(any(not is_equivalent(mutant) for mutant in left))


if __name__ == "__main__":
    main()
