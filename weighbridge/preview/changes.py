"""What an update would do: the previewed graph beside an exported state.

Which property updates in place and which replaces is a table of facts, `change_facts.csv`; a property that no row knows
"may replace". An unknown input whose sources stay as they are keeps its value, as it does in the engine. Where only the
program or the engine asks for a replacement, no provider says that the old one goes first, whatever its name is.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache
from importlib import resources
from typing import TypeAlias, TypeGuard

from weighbridge.preview.concealed import concealed, concealed_graph
from weighbridge.preview.result import REPLACING, Change, Flag, Operation, PropertyChange
from weighbridge.preview.state import StackState, StateResource
from weighbridge.resources.graph import STACK_TYPE, Graph, Resource
from weighbridge.resources.property_path import EVERY, parse
from weighbridge.resources.values import Secret, Unknown, Value, bare, has_unknown

LONG, MOST_SHOWN = 80, 600
"""Characters of a value: from the first on, only what differs of two is shown; of the rest, no more than the second."""

MOST_WORDS = 4000  # of a value: finding what differs in more takes seconds
_WORDS = re.compile(r"\w+(?:\.\w+)*|\s+|[^\w\s]")

DEFAULTS, INTERNAL = "__defaults", "__internal"
ABSENT = None

INHERITED: Mapping[str, tuple[str, ...]] = {
    "project": ("project",), "region": ("region", "location", "zone"), "zone": ("zone", "location"),
}  # fmt: skip
"""Settings of a gcp provider that stand in for inputs of its resources, with the inputs that they stand in for."""

CLUSTER, NODE_POOL = "gcp:container/cluster:Cluster", "gcp:container/nodePool:NodePool"
_JSON_PROPERTIES = frozenset({"dashboardJson"})  # compared as JSON: the provider normalises the text
_ORDER = tuple(Operation)  # destructive first
_STAYS = (Operation.SAME, Operation.UPDATE, Operation.READ)

Difference: TypeAlias = tuple[str, Value, Value]


@dataclass(frozen=True, slots=True)
class ChangeFact:
    """One row of the table. An empty path stands for every property of the type."""

    type: str
    path: tuple[str, ...]
    effect: Operation
    recreates_nodes: bool


UNKNOWN_PROPERTY = ChangeFact("", (), Operation.MAY_REPLACE, recreates_nodes=False)


@cache
def facts() -> Mapping[str, tuple[ChangeFact, ...]]:
    """The table by type (or ``package:*``), longest paths first."""
    text = resources.files("weighbridge.preview").joinpath("change_facts.csv").read_text(encoding="utf-8")
    table: dict[str, list[ChangeFact]] = {}
    for row in csv.DictReader(text.splitlines()):
        path = tuple(row["path"].split(".")) if row["path"] else ()
        fact = ChangeFact(row["type"], path, Operation(row["effect"]), row["recreates_nodes"] == "yes")
        table.setdefault(fact.type, []).append(fact)
    return {kind: tuple(sorted(rows, key=lambda fact: -len(fact.path))) for kind, rows in table.items()}


def fact_of(type_: str, path: str) -> ChangeFact:
    """The fact about a property: the longest known beginning of its path, the type's own rows before its package's."""
    steps = tuple(re.sub(r"\[\d+\]", "", path).split("."))
    for kind in (type_, f"{type_.partition(':')[0]}:*"):
        for fact in facts().get(kind, ()):
            if steps[: len(fact.path)] == fact.path:
                return fact
    return UNKNOWN_PROPERTY


def _replaces_as_a_whole(type_: str, block: str) -> bool:
    """Whether adding or removing a block replaces, though what is in it may change in place."""
    fact = fact_of(type_, block)
    return fact.effect is Operation.REPLACE and len(fact.path) == len(block.split("."))


def compare(graph: Graph, state: StackState | None) -> tuple[Change, ...]:
    """Every resource of the graph, and every one of the state that the graph no longer has; destructive first."""
    if state is None:
        return tuple(_new(resource) for resource in graph.resources if resource.type != STACK_TYPE)
    resources = tuple(map(concealed, state.resources))
    return _Comparison(concealed_graph(graph), replace(state, resources=resources)).changes()


def _new(resource: Resource) -> Change:
    operation = Operation.READ if resource.read else Operation.CREATE
    note = "imports an existing resource" if resource.options.import_id else ""
    return Change(operation, resource.urn, resource.type, resource.name, note=note, parent=resource.parent)


class _Comparison:
    """One comparison; resources are decided in the order of registration, so sources before what uses them."""

    def __init__(self, graph: Graph, state: StackState) -> None:
        self._graph = graph
        self._state = state
        self._old = state.current
        self._decided: dict[str, Change] = {}
        self._kept: set[str] = set()

    def changes(self) -> tuple[Change, ...]:
        for resource in self._graph.resources:
            self._decided[resource.urn] = self._decide(resource)
        found = [change for urn, change in self._decided.items() if self._graph.by_urn[urn].type != STACK_TYPE]
        found += [self._gone(old) for old in self._state.resources if old.urn not in self._kept or old.pending_delete]
        found = [change for change in found if change.type != STACK_TYPE]
        return tuple(sorted(found, key=lambda change: _ORDER.index(change.operation)))

    def _decide(self, resource: Resource) -> Change:
        old = next((self._old[urn] for urn in (resource.urn, *resource.options.aliases) if urn in self._old), None)
        if old is not None:
            self._kept.add(old.urn)
        if resource.read or old is None:
            return _new(resource)
        if old.pending_replacement:
            return replace(_new(resource), note="an earlier update deleted it to replace it", before=old.urn)
        if not resource.custom:
            return Change(
                Operation.SAME, resource.urn, resource.type, resource.name, parent=resource.parent, before=old.urn
            )
        by_provider, by_engine = tuple(self._properties(resource, old)), tuple(self._asked_for(resource, old))
        properties = (*by_provider, *by_engine)
        operation = _worst(properties)
        forced = not by_engine and any(_by_provider(changed) for changed in by_provider)
        delete_first = operation in REPLACING and _deletes_first(resource, by_provider=forced)
        note = _note(resource, old, operation)
        return Change(
            operation, resource.urn, resource.type, resource.name, properties, delete_first, note, resource.parent,
            before=old.urn,
        )  # fmt: skip

    def _properties(self, resource: Resource, old: StateResource) -> Iterator[PropertyChange]:
        for path, before, after in differences(old.inputs, resource.inputs):
            if _matches(path, resource.options.ignore_changes) or _incomparable(before, after):
                continue
            top = re.split(r"[.\[]", path, maxsplit=1)[0]
            known = has_unknown(after) and before is not ABSENT and not self._state.of_program
            if known and self._sources_stay(resource, top):
                continue  # the same output as before
            fact = fact_of(resource.type, path)
            blocks = _blocks_that_come_or_go(path, old.inputs, resource.inputs)
            whole = any(_replaces_as_a_whole(resource.type, block) for block in blocks)
            providers = Operation.REPLACE if whole else fact.effect
            forced = _matches(path, resource.options.replace_on_changes)
            effect = Operation.REPLACE if forced else providers
            by_option = forced and providers is not Operation.REPLACE
            yield PropertyChange(path, before, after, effect, fact.recreates_nodes, by_option)
        yield from self._swept_along(resource)

    def _asked_for(self, resource: Resource, old: StateResource) -> Iterator[PropertyChange]:
        """What the engine replaces without asking the provider about the resource."""
        if old.tainted:
            yield PropertyChange("taint", old=True, new=ABSENT, effect=Operation.REPLACE)
        yield from self._triggered(resource.options.replacement_trigger, old.replacement_trigger)
        with_ = resource.options.deleted_with
        named = [("replaceWith", urn) for urn in resource.options.replace_with]
        for path, urn in (*named, *([("deletedWith", with_)] if with_ is not None else [])):
            source = self._decided.get(urn)
            if source is not None and source.operation in REPLACING:
                yield PropertyChange(path, source.name, source.name, source.operation)
        provider, was = self._graph.by_urn.get(resource.provider or ""), self._old.get(old.provider or "")
        if provider is None or was is None or not resource.type.startswith("gcp:"):
            return
        for name, own in INHERITED.items():
            before, after = was.inputs.get(name), provider.inputs.get(name)
            given = before is ABSENT or any(key in resource.inputs for key in own)
            if not given and not _same(before, after) and not _incomparable(before, after):
                yield PropertyChange(f"provider.{name}", before, after, Operation.MAY_REPLACE)

    def _triggered(self, after: Value, before: Value) -> Iterator[PropertyChange]:
        """A trigger that both have and that differs; an unknown one always does, and nobody can tell of a secret."""
        if before is ABSENT or after is ABSENT:
            return
        unknown = not self._state.of_program and (has_unknown(before) or has_unknown(after))
        if unknown or bare(before) != bare(after):
            effect = Operation.MAY_REPLACE if has_unknown(before) else Operation.REPLACE
            yield PropertyChange("replacementTrigger", before, after, effect)

    def _sources_stay(self, resource: Resource, name: str) -> bool:
        sources = resource.property_dependencies.get(name) or resource.dependencies
        return bool(sources) and all(urn in self._decided and self._decided[urn].operation in _STAYS for urn in sources)

    def _swept_along(self, resource: Resource) -> Iterator[PropertyChange]:
        """What uses a resource that is deleted first goes with it, where its own input would replace it."""
        for name, sources in resource.property_dependencies.items():
            for urn in sources:
                source = self._decided.get(urn)
                if source is None or source.operation is not Operation.REPLACE or not source.delete_first:
                    continue
                if fact_of(resource.type, name).effect is Operation.REPLACE and not has_unknown(
                    resource.inputs.get(name)
                ):
                    yield PropertyChange(name, resource.inputs.get(name), Unknown(), Operation.REPLACE)

    def _gone(self, old: StateResource) -> Change:
        note = ""
        if old.pending_replacement:
            note = "an earlier update deleted it already"
        elif old.pending_delete:
            note = "an old copy that an earlier update did not delete"
        elif old.protect:
            note = "protected: Pulumi will refuse to delete it"
        elif old.retain_on_delete or old.external:
            note = "leaves the stack, but keeps existing"
        stays = old.pending_delete or old.pending_replacement or old.retain_on_delete or old.external
        return Change(Operation.DELETE, old.urn, old.type, old.name, note=note, parent=old.parent, stays=stays)


def differences(old: Mapping[str, Value], new: Mapping[str, Value], prefix: str = "") -> Iterator[Difference]:
    """Every path whose value differs, sorted, with both values; `ABSENT` where there is none.

    What the provider had filled in (`__defaults`) and the program doesn't give is no difference.
    """
    listed = old.get(DEFAULTS)
    defaulted = set(listed) if isinstance(listed, Sequence) and not isinstance(listed, str) else set()
    for name in sorted({*old, *new} - {DEFAULTS, INTERNAL}):
        before, after = old.get(name, ABSENT), new.get(name, ABSENT)
        if after is ABSENT and name in defaulted:
            continue
        if name in _JSON_PROPERTIES:
            before, after = _as_json(before), _as_json(after)
        yield from _difference(f"{prefix}{name}", before, after)


def _difference(path: str, before: Value, after: Value) -> Iterator[Difference]:
    # An object that appears or goes is told by what is in it: its parts may differ in what they do.
    before = {} if before is ABSENT and isinstance(after, Mapping) else before
    after = {} if after is ABSENT and isinstance(before, Mapping) else after
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from differences(before, after, f"{path}.")
    elif _is_list(before) and _is_list(after) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _difference(f"{path}[{index}]", one, other)
    elif isinstance(before, Secret) and isinstance(after, Mapping):
        return  # a secret inside was stored as a whole
    elif not (_same(before, after) or (_empty(before) and _empty(after))):
        yield path, before, after


def _blocks_that_come_or_go(path: str, old: Value, new: Value) -> Iterator[str]:
    """The objects around a changed property that only one of the two has."""
    steps = re.findall(r"\[\d+\]|[^.\[]+", path)
    for length, step in enumerate(steps[:-1], 1):
        old, new = _inside(old, step), _inside(new, step)
        if (old is ABSENT) is not (new is ABSENT):
            yield ".".join(name for name in steps[:length] if not name.startswith("["))


def _inside(value: Value, step: str) -> Value:
    if isinstance(value, Mapping):
        return value.get(step, ABSENT)
    if _is_list(value) and step.startswith("["):
        return value[int(step[1:-1])]
    return ABSENT


def _same(before: Value, after: Value) -> bool:
    return bool(before == after) and isinstance(before, bool) is isinstance(after, bool)  # 1 is not true


def _is_list(value: Value) -> TypeGuard[Sequence[Value]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _empty(value: Value) -> bool:
    return value is ABSENT or value in ([], {})


def _as_json(value: Value) -> Value:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _incomparable(before: Value, after: Value) -> bool:
    """Whether either is a secret that nobody can read here: what is stored is encrypted."""
    if isinstance(before, Secret) and isinstance(after, Secret):
        return any(has_unknown(value) or bare(value) is None for value in (before, after))
    return isinstance(before, Secret) or isinstance(after, Secret)


def _matches(path: str, patterns: Sequence[str]) -> bool:
    """Whether one of Pulumi's property paths leads to it, or to something that it is inside of."""
    steps = parse(path) or ()
    parsed = (parse(pattern) for pattern in patterns)
    return any(
        wanted is not None
        and len(wanted) <= len(steps)
        and all(step in (EVERY, there) for step, there in zip(wanted, steps, strict=False))
        for wanted in parsed
    )


def _worst(properties: Sequence[PropertyChange]) -> Operation:
    return min((changed.effect for changed in properties), key=_ORDER.index, default=Operation.SAME)


def _by_provider(changed: PropertyChange) -> bool:
    """Whether a change makes the provider replace, whatever the program says."""
    return changed.effect in REPLACING and not changed.by_option


def _deletes_first(resource: Resource, *, by_provider: bool) -> bool:
    """A name that the program gives can't exist twice, so a provider that replaces wants the old one to go first.

    Providers know that, and are asked of changes only that they replace for themselves; the engine asks none.
    """
    if resource.options.delete_before_replace is not None:
        return resource.options.delete_before_replace
    if not by_provider:
        return False
    metadata = resource.inputs.get("metadata")
    return "name" in resource.inputs or (isinstance(metadata, Mapping) and "name" in metadata)


def _note(resource: Resource, old: StateResource, operation: Operation) -> str:
    if operation in REPLACING:
        if old.protect or resource.options.protect:
            return "protected: Pulumi will refuse to replace it"
        if resource.type == CLUSTER and old.inputs.get("deletionProtection") is True:
            return "deletion protection is on, so the replacement fails at the delete"
    pairs = ((old.inputs.get(name), value) for name, value in resource.inputs.items() if isinstance(value, Secret))
    if any(_incomparable(before, after) for before, after in pairs):
        return "holds a secret, which is not compared"
    return ""


def flagged(changes: Sequence[Change], is_accelerator: Callable[[str], bool]) -> tuple[Flag, ...]:
    """Replacements of a cluster or of an accelerator pool (by URN), in words; nobody may overlook one."""
    found = []
    for change in changes:
        if change.operation not in REPLACING:
            continue
        if change.type == CLUSTER:
            what = "the cluster and everything in it"
        elif change.type == NODE_POOL and is_accelerator(change.urn):
            what = "this accelerator pool"
        else:
            continue
        because = ", ".join(
            f"{changed.path} {value_text(changed.old)} → {value_text(changed.new)}"
            for changed in change.properties
            if changed.effect in REPLACING
        )
        verb = "replaces" if change.operation is Operation.REPLACE else "may replace"
        how = (
            "it is deleted first, so its work stops"
            if change.delete_first
            else "the new one is created first, so both hold their quota for a while"
        )
        found.append(Flag(change.urn, change.name, f"{change.name}: {because} {verb} {what}; {how}.", change.operation))
    return tuple(found)


def value_texts(old: Value, new: Value) -> tuple[str, str]:
    """Two values for people, as `value_text`; of long texts that have much in common, the words that differ."""
    before, after = value_text(old), value_text(new)
    if min(len(before), len(after)) <= LONG or before == after:
        return before, after
    words, others = (_WORDS.findall(value if isinstance(value, str) else value_text(value)) for value in (old, new))
    if max(len(words), len(others)) > MOST_WORDS:
        return _cut(before), _cut(after)
    matcher = SequenceMatcher(None, words, others, autojunk=False)
    found: dict[tuple[str, str], None] = {}
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        if kind != "equal":
            found[_around(words, start, end), _around(others, other_start, other_end)] = None
    differing = [" … ".join(dict.fromkeys(pair[side] for pair in found)) for side in (0, 1)]
    if max(map(len, differing)) * 2 > max(len(before), len(after)):
        return _cut(before), _cut(after)
    return f"… {differing[0]} …", f"… {differing[1]} …"


def _around(words: Sequence[str], start: int, end: int) -> str:
    """What differs, with the words around it by which it is found."""
    return " ".join("".join(words[max(0, start - 3) : end + 1]).split())


def _cut(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]} …"


def value_text(value: Value) -> str:
    """A value for people: short, secrets never."""
    match value:
        case None:
            return "none"
        case Unknown():
            return "(known after)"
        case Secret():
            return "[secret]"
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False) if not value or " " in value else value
        case int() | float():
            return f"{value}"
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True)


def _plain(value: Value) -> Value:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items() if name not in (DEFAULTS, INTERNAL)}
    if _is_list(value):
        return [_plain(item) for item in value]
    return value_text(value) if isinstance(value, Unknown | Secret) else value
