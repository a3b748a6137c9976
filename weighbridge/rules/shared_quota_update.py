"""Whether a stack fits the shared quota while it is being updated, and the way in two steps where it doesn't.

Only whoever knows the state can ask: a policy pack is given neither the old resources nor the deletions. So this is no
rule of the pack; the preview asks it with ``--against``, and its findings are those of `shared-quota`. The stack's own
spec is no bound here: what goes is not in it any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from weighbridge.catalog import Catalog
from weighbridge.conventions import deploy_command
from weighbridge.files.model_problems import few
from weighbridge.quota.abandoned import why_abandoned
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.ledger import Demand, Doubt, LedgerRow, LimitState, build_ledger
from weighbridge.quota.update import Counted, Update, peak_of
from weighbridge.resources.held_resource import HeldResource, Surroundings
from weighbridge.resources.inputs import CannotJudge
from weighbridge.rules.rule_input import Shared
from weighbridge.rules.shared_quota import RULE, claimed_text, others_text
from weighbridge.rules.violation import Excess, Violation
from weighbridge.spec.quota_file import QUOTA_FILE


def judge_update(
    stack: str, update: Update, own: Demand, shared: Shared, catalog: Catalog, now: datetime
) -> Iterator[Violation]:
    """What doesn't fit while the update runs, though all of it does afterwards: `own` is the demand after it.

    An update that holds no more of a limit than is held already is not refused, however full the limit is: otherwise
    nobody could make room.
    """
    after = build_ledger(shared.quota, {stack: own, **shared.others}, catalog, now, shared.claimed(stack, own))
    meanwhile = shared.claimed(stack, update.during)
    ledger = build_ledger(shared.quota, {stack: update.during, **shared.others}, catalog, now, meanwhile)
    final = {row.key: row for row in after.rows}
    for row in ledger.rows:
        use, last = row.use(stack), final.get(row.key)
        before = peak_of(update.before, row.key)
        if use is None or use.peak <= before or row.state not in (LimitState.OVER, LimitState.FITS):
            continue
        cap = row.share_caps.get(stack)
        if row.state is LimitState.OVER and (last is None or last.state is not LimitState.OVER):
            yield _over(stack, update, row, shared)
        elif cap is not None and peak_of(own, row.key) <= cap < use.peak:
            yield _share(stack, update, row, cap, shared)
    if update.grows:
        for counted, doubt in update.unsure:
            yield _unsure(stack, counted, doubt, shared)


def left_behind(stack: str, update: Update, before: Surroundings, after: Surroundings) -> Iterator[Violation]:
    """What the update lets go of and leaves in the cloud."""
    for counted in update.counted:
        old, new = counted.turn.old, counted.turn.new
        goes = old is not None and (new is None or counted.turn.both)
        if old is None or not goes or not (counted.before.claims or counted.before.doubts):
            continue
        why = _abandoned(old, before)
        if why is not None and (new is None or _abandoned(new, after) is None):
            message = (
                f"{old.known_as} goes, but in the state {why}. First run `{deploy_command(stack)}` with that change "
                f"and nothing else, then let it go; or let the quota's owners count it under outside in {QUOTA_FILE}, "
                f"and exempt {old.urn} from {RULE.name} there."
            )
            yield Violation(RULE.name, message, old.urn, holder=old.known_as)


def unknown_ignored(resource: HeldResource, paths: Sequence[str], stack: str, *, imported: bool) -> Violation:
    """What to say of ignored paths that decide its demand, where nobody knows what they keep."""
    listed = ", ".join(paths)
    if imported:
        why = f"ignoreChanges has {listed}, and an import keeps what the cloud has there, which no preview knows"
        do = "Import it without that, and add it afterwards"
    else:
        why = (
            f"ignoreChanges has {listed}, so what exists keeps the value that the stack's state has, and the program's "
            "counts for nothing"
        )
        do = f"Run `pulumi stack export --stack {stack} > state.json` and preview with `--against state.json`"
    message = f"{resource.known_as}: {why}. {do}, or take it out of ignoreChanges."
    return Violation(RULE.name, message, resource.urn, holder=resource.known_as, exemptible=False)


def _abandoned(resource: HeldResource, around: Surroundings) -> str | None:
    try:
        return why_abandoned(resource, around)
    except CannotJudge as unsure:
        return str(unsure)


def _over(stack: str, update: Update, row: LedgerRow, shared: Shared) -> Violation:
    limit = row.limit or 0
    message = (
        f"{_meanwhile(stack, update, row)}; {others_text(stack, row)}; outside {row.outside_amount:,}; "
        f"{claimed_text(row)}kept free {row.kept_free:,} → {row.demand:,} of {limit:,}{row.key.in_region}. "
        f"{_two_steps(stack, update, row.key, shared)}"
    )
    excess = Excess(row.demand, limit, row.unit, row.key)
    return _of_what_comes(update, row.key, message, excess, exemptible=row.demand - row.kept_free <= limit)


def _share(stack: str, update: Update, row: LedgerRow, cap: int, shared: Shared) -> Violation:
    peak, share = peak_of(update.during, row.key), shared.quota.shares[stack]
    message = (
        f"{_meanwhile(stack, update, row)}; the share of {stack} is {share.normalize():f}% of {row.limit:,} → {peak:,} "
        f"of {cap:,}{row.key.in_region}. {_two_steps(stack, update, row.key, shared)}"
    )
    return _of_what_comes(update, row.key, message, Excess(peak, cap, row.unit, row.key), exemptible=True)


def _meanwhile(stack: str, update: Update, row: LedgerRow) -> str:
    """How much it is for a while, and of whom."""
    key = row.key
    going = [f"{counted.name} with {peak_of(counted.before, key):,}" for counted in _going(update, key)]
    coming = [f"{counted.name} with {peak_of(counted.after, key):,}" for counted in _coming(update, key)]
    left = [f"{counted.name} with {peak_of(counted.before, key):,}" for counted in _left(update, key)]
    why = []
    if going:
        why.append(f"Pulumi deletes last, so {few(going)} {'is' if len(going) == 1 else 'are'} still there")
    if left:
        why.append(f"an interrupted update may have left {few(left)} there")
    return (
        f"While the update runs, {stack} may hold {peak_of(update.during, key):,} {row.display} "
        f"({peak_of(update.before, key):,} before it): {', and '.join(why)} when {few(coming)} "
        f"{'comes' if len(coming) == 1 else 'come'}"
    )


def _two_steps(stack: str, update: Update, key: QuotaKey, shared: Shared) -> str:
    find_out = f"Run `pulumi refresh --stack {stack}`, which finds out what is there, and preview its new state."
    if not _going(update, key):
        return find_out
    coming = _coming(update, key)
    fresh = [counted.name for counted in coming if counted.turn.old is None or counted.turn.both]
    larger = [counted.name for counted in coming if counted.turn.old is not None and not counted.turn.both]
    do = [f"leave {few(fresh)} out of {_program(stack, shared)}"] if fresh else []
    do += [f"keep {few(larger)} as before"] if larger else []
    going = _going(update, key)
    gone = [counted.name for counted in going if counted.turn.new is None or counted.turn.both]
    smaller = [counted.name for counted in going if counted.name not in gone]
    room = [f"deletes {few(gone)}"] if gone else []
    room += [f"lowers {few(smaller)}"] if smaller else []
    return (
        f"Do it in two steps: 1. {' and '.join(do)}, and run `{deploy_command(stack)}`, which {' and '.join(room)}; "
        f"2. make the rest of the change, and run `{deploy_command(stack)}` again."
        f"{f' Before that: {find_out}' if _left(update, key) else ''}"
    )


def _unsure(stack: str, counted: Counted, doubt: Doubt, shared: Shared) -> Violation:
    change = "adds to the stack before it deletes that" if counted.turn.new is None else "changes it"
    message = (
        f"{doubt.holder} is in the state and cannot be counted: {doubt.message}. Nobody can tell what it holds while "
        f"the update {change}. Do it in two steps: 1. leave what is new or larger out of {_program(stack, shared)}, "
        f"and run `{deploy_command(stack)}`; 2. add it, and run `{deploy_command(stack)}` again."
    )
    return Violation(RULE.name, message, counted.urn, holder=doubt.holder)


def _going(update: Update, key: QuotaKey) -> list[Counted]:
    """What holds some of a limit now that is to be given back: all of it, or the part that it is lowered by."""
    return [counted for counted in update.counted if _gives(counted, key)]


def _coming(update: Update, key: QuotaKey) -> list[Counted]:
    """What takes of a limit before that is given back."""
    return [counted for counted in update.counted if _takes(counted, key)]


def _left(update: Update, key: QuotaKey) -> list[Counted]:
    """What an interrupted update may have left behind that holds some of a limit, and gives none of it back."""
    return [
        counted
        for counted in update.counted
        if counted.turn.interrupted and peak_of(counted.before, key) and not _gives(counted, key)
    ]


def _gives(counted: Counted, key: QuotaKey) -> bool:
    before = peak_of(counted.before, key)
    return bool(before) and (counted.turn.both or peak_of(counted.after, key) < before)


def _takes(counted: Counted, key: QuotaKey) -> bool:
    after = peak_of(counted.after, key)
    return bool(after) and (counted.turn.both or peak_of(counted.before, key) < after)


def _of_what_comes(update: Update, key: QuotaKey, message: str, excess: Excess, *, exemptible: bool) -> Violation:
    coming = max(_coming(update, key), key=lambda counted: peak_of(counted.after, key))  # or it would be no more
    return Violation(RULE.name, message, coming.urn, holder=coming.name, excess=excess, exemptible=exemptible)


def _program(stack: str, shared: Shared) -> str:
    return f"stacks/{stack}.yaml" if shared.own is not None else "the program"
