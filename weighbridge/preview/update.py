"""What one update of a stack may hold, from a preview's graph, the state and the list of changes.

    state ─ held_in ─▶ old generation ─┐
                                       ├─ turns (how each becomes the other: `changes`) ─ quota.update ─▶ Update
    graph ─ held ────▶ new generation ─┘                                                        │
                                        rules.shared_quota_update: limits, shares, what is left behind

A pack is told nothing of the state and not all options, so what is found here comes on top of what it says. Without a
state, an ignored input that decides on quota is a doubt. What the state and the program may both have counts as the
larger of the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from weighbridge.preview.changes import differences
from weighbridge.preview.result import REPLACING, Change, Operation
from weighbridge.preview.state import CREATING, UPDATING, StackState, StateResource, held_in
from weighbridge.quota.abandoned import why_abandoned
from weighbridge.quota.holders_node_pool import TYPE as NODE_POOL
from weighbridge.quota.holders_node_pool import place_of
from weighbridge.quota.ignored import ignored_quota_paths, with_outputs
from weighbridge.quota.update import Turn, Update, count_update
from weighbridge.resources.graph import Graph
from weighbridge.resources.held_resource import CLUSTER_TYPE, HeldResource, Surroundings
from weighbridge.resources.inputs import CannotJudge
from weighbridge.resources.values import Value
from weighbridge.rules.rule_input import RuleInput
from weighbridge.rules.shared_quota import RULE
from weighbridge.rules.shared_quota_update import judge_update, left_behind, unknown_ignored
from weighbridge.rules.violation import Violation


def as_asked(given: RuleInput) -> RuleInput:
    """What a pack was asked about: the same resources, with the options that it is told."""
    if not any(resource.options.retain_on_delete or resource.options.deleted_with for resource in given.resources):
        return given  # nothing else of what it isn't told is counted
    shown = (replace(resource, options=resource.options.told_to_packs) for resource in given.resources)
    return replace(given, resources=tuple(shown))


def beyond_pack(given: RuleInput, update: PreviewedUpdate | None) -> Iterator[Violation]:
    """What a pack that judges as `shared-quota` does can't know; `update` is None without a state."""
    asked, full = as_asked(given), given if update is None else replace(given, resources=update.resources)
    if asked is not given or any(resource.otherwise is not None for resource in full.resources):
        known = {violation.message for violation in RULE.judge(asked)}
        yield from (violation for violation in RULE.judge(full) if violation.message not in known)
    if update is not None:
        yield from update.violations()
    yield from ignored(given, update.state if update is not None else None)


@dataclass(frozen=True)
class PreviewedUpdate:
    """An update as previewed: what the rules are given, the graph, the state, and what changes."""

    given: RuleInput
    graph: Graph
    state: StackState
    changes: Sequence[Change]

    @cached_property
    def resources(self) -> tuple[HeldResource, ...]:
        """The new generation, each with whatever else it may have instead."""
        return tuple(self._new(resource) for resource in self.given.resources)

    @cached_property
    def update(self) -> Update:
        """Both generations, counted."""
        return count_update(self._turns(), self._before, self.given.around)

    def violations(self) -> Iterator[Violation]:
        """What doesn't fit while the update runs, and what it leaves behind."""
        given = self.given
        yield from judge_update(given.stack, self.update, given.demand, given.shared, given.catalog, given.now)
        yield from left_behind(given.stack, self.update, self._before, given.around)

    @cached_property
    def _decided(self) -> Mapping[str, Change]:
        return {change.urn: change for change in self.changes if change.operation is not Operation.DELETE}

    @cached_property
    def _old(self) -> Mapping[str, HeldResource]:
        """What exists and a resource of the program may continue, by URN; as an interrupted update may have left it."""
        return {
            resource.urn: replace(resource, otherwise=self._updating.get(resource.urn))
            for resource in held_in(self.state.current.values(), self.state)
        }

    @cached_property
    def _updating(self) -> Mapping[str, Mapping[str, Value]]:
        """The inputs that an interrupted update may have given to what exists, by URN."""
        return {
            operation.resource.urn: operation.resource.inputs
            for operation in self.state.interrupted
            if operation.doing == UPDATING
        }

    @cached_property
    def _before(self) -> Surroundings:
        return Surroundings.of(self._old.values(), self.given.shared.quota, self.given.catalog)

    def _new(self, resource: HeldResource) -> HeldResource:
        change, written = self._decided.get(resource.urn), self.graph.by_urn[resource.urn].written
        old = self.state.current.get(change.before or "") if change is not None else None
        if change is None or old is None:
            return resource
        if change.operation in REPLACING and written is not None:  # a replacement takes what the program says
            return replace(resource, otherwise=written)
        begun = self._updating.get(old.urn)
        if begun is not None and change.operation not in REPLACING and not _overwrites(change, old.inputs, begun):
            return replace(resource, otherwise=begun)
        return with_outputs(resource, old.outputs)

    def _turns(self) -> Iterator[Turn]:
        for resource in self.resources:
            change = self._decided.get(resource.urn)
            old = self._old.get(change.before or "") if change is not None else None
            if change is None or old is None:
                yield Turn(None, resource)
                continue
            begun = old.urn in self._updating
            if change.operation in REPLACING:
                yield Turn(old, resource, both=self._stays(old) or not change.delete_first, interrupted=begun)
            elif self._moves(old, resource):
                yield Turn(old, resource, both=True, interrupted=begun)
            else:
                yield Turn(resource if change.operation is Operation.SAME else old, resource, interrupted=begun)
        for gone in held_in(self._copies(), self.state):
            yield Turn(gone, None)
        for gone in held_in(self._gone(), self.state):
            otherwise = self._updating.get(gone.urn)
            yield Turn(replace(gone, otherwise=otherwise), None, interrupted=otherwise is not None)
        for created in held_in(self._begun(), self.state):
            yield Turn(created, created, interrupted=True)

    def _stays(self, old: HeldResource) -> bool:
        try:
            return why_abandoned(old, self._before) is not None
        except CannotJudge:
            return True

    def _moves(self, old: HeldResource, new: HeldResource) -> bool:
        """Whether a pool gets nodes in one zone while those of another are still there."""
        before, after = _zones(old, self._before), _zones(new, self.given.around)
        return bool(before - after and after - before)

    def _copies(self) -> Iterable[StateResource]:
        """What an earlier update replaced and didn't delete."""
        return [resource for resource in self.state.resources if resource.pending_delete]

    def _gone(self) -> Iterable[StateResource]:
        """What the program no longer has."""
        continued = {change.before for change in self._decided.values()}
        return [
            resource
            for resource in self.state.resources
            if not resource.pending_delete and resource.urn not in continued
        ]

    def _begun(self) -> Iterable[StateResource]:
        """What an interrupted update may have created, so that the state doesn't list it."""
        return [operation.resource for operation in self.state.interrupted if operation.doing == CREATING]


def ignored(given: RuleInput, state: StackState | None) -> Iterator[Violation]:
    """Resources whose demand is decided by inputs that the program ignores and that nobody here knows."""
    known = None if state is None else state.inputs
    for resource in given.resources:
        if resource.existing or not resource.options.ignore_changes:
            continue
        imported = resource.options.import_id is not None
        continued = (resource.urn, *resource.options.aliases)
        if known is not None and (any(urn in known for urn in continued) or not imported):
            continue
        paths = ignored_quota_paths(resource, given.around)
        if paths:
            yield unknown_ignored(resource, paths, given.stack, imported=imported)


def _overwrites(change: Change, old: Mapping[str, Value], begun: Mapping[str, Value]) -> bool:
    """Whether an update sets again all that an interrupted one was changing: a provider is asked of changes alone."""
    written = {changed.path for changed in change.properties}
    return all(path in written for path, _, _ in differences(old, begun))


def _zones(resource: HeldResource, around: Surroundings) -> frozenset[str]:
    """The zones of a node pool or a cluster; none where they can't be told, which is a doubt already."""
    try:
        if resource.type == NODE_POOL:
            return frozenset(place_of(resource, around).zones)
        return frozenset(resource.read.texts("nodeLocations") if resource.type == CLUSTER_TYPE else ())
    except CannotJudge:
        return frozenset()
