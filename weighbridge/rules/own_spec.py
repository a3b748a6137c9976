"""Whether the resources of a stack stay within its spec, by which every other stack counts it.

Without this, each of two stacks could hold more than its spec says, and none would see the other. No exemption lifts
it, as it would leave the rest uncounted: `beyond_spec` declares it, with the amount.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from weighbridge.files.model_problems import few
from weighbridge.quota.arithmetic import Claim, QuotaKey
from weighbridge.quota.declared import declaring_stacks
from weighbridge.quota.ledger import StackDemand
from weighbridge.quota.reservations import MACHINES
from weighbridge.rollouts.acceptance import accepted_on_production
from weighbridge.rules.rule_input import Shared
from weighbridge.rules.violation import Excess, Violation
from weighbridge.spec.quota_file import QUOTA_FILE

DECLARE = f"let the quota's owners declare it under beyond_spec in {QUOTA_FILE}"


def beyond_own_spec(rule: str, stack: str, own: StackDemand, shared: Shared) -> Iterator[Violation]:
    """What a stack draws that nobody else counts; `own` is its demand by its resources."""
    drawn = {key: claims for key, claims in _by_key(own.claims).items() if _is_shared(key, shared)}
    yield from _listing(rule, stack, shared, draws=bool(drawn))
    if drawn and shared.own is None and not shared.granted.claims:
        yield _without_spec(rule, stack, drawn)
        return
    if shared.granted.doubts:  # what the spec draws is more than its claims
        known = {doubt.holder for doubt in own.doubts}
        for doubt in shared.granted.doubts:
            if doubt.holder not in known:
                message = f"The spec of {stack} cannot be counted: {doubt.holder}: {doubt.message}."
                yield Violation(rule, message, holder=doubt.holder, exemptible=False)
        return
    granted = _by_key(shared.granted.claims)
    for key in sorted(drawn):
        peak, most = _peak(drawn[key]), _peak(granted.get(key, ()))
        if peak > most:
            yield _beyond(rule, stack, drawn[key], granted.get(key, ()), has_spec=shared.own is not None)


def _listing(rule: str, stack: str, shared: Shared, *, draws: bool) -> Iterator[Violation]:
    """Where a stack has ceased to be what the quota file, or a record in its own spec, says that it is."""
    accepted = accepted_on_production(shared.own) if shared.own is not None else None
    if accepted is not None:
        message = (
            f"stacks/{stack}.yaml no longer says `production: true`, and {accepted} was accepted on production. Set it "
            f"again; to take the stack down, `weighbridge retire {stack} --reason TEXT`; to make it another kind of "
            f"stack, take its `accepted` out and have its versions accepted anew."
        )
        yield Violation(rule, message, path=("production",), holder=stack)
        return
    if shared.quota.stacks is None:
        return
    listed = shared.quota.stacks.get(stack)
    if listed is None:
        if not draws or (shared.own is None and stack in declaring_stacks(shared.quota)):
            return
        message = (
            f"{stack} draws on shared limits and is not under stacks in {QUOTA_FILE}, so it could be forgotten. "
            f"Let the quota's owners add it, such as `{stack}: {{}}`."
        )
        yield Violation(rule, message, holder=stack)
    elif listed.production and shared.own is not None and not shared.own.production:
        message = (
            f"{QUOTA_FILE} says that {stack} is production, and its spec no longer does. Set `production: true` in "
            f"stacks/{stack}.yaml, or let the quota's owners change the list."
        )
        yield Violation(rule, message, path=("production",), holder=stack)


def _without_spec(rule: str, stack: str, drawn: Mapping[QuotaKey, tuple[Claim, ...]]) -> Violation:
    largest = max((claim for claims in drawn.values() for claim in claims), key=lambda claim: claim.peak)
    amounts = few(f"{_peak(claims):,} {claims[0].quota.display}{key.in_region}" for key, claims in drawn.items())
    holders = few(dict.fromkeys(claim.holder for claims in drawn.values() for claim in claims))
    message = (
        f"{stack} has no spec, so no other stack counts what it draws: {holders}: {amounts}. "
        f"Write stacks/{stack}.yaml, or {DECLARE}."
    )
    return Violation(rule, message, largest.urn, holder=largest.holder, exemptible=False)


def _beyond(
    rule: str, stack: str, drawn: tuple[Claim, ...], granted: tuple[Claim, ...], *, has_spec: bool
) -> Violation:
    key, quota = drawn[0].key, drawn[0].quota
    peak, most = _peak(drawn), _peak(granted)
    expected = _by_holder(granted)
    more = {name: amount - expected[name] for name, amount in _by_holder(drawn).items()}
    holders = sorted((name for name, amount in more.items() if amount > 0), key=lambda name: (-more[name], name))
    first = next(claim for claim in drawn if claim.holder == holders[0])
    what = f"the spec of {stack}" if has_spec else f"what is declared of {stack}, which has no spec"
    message = (
        f"{few(holders)}: {peak - most:,} {quota.display} at peak beyond {what}, by which the other stacks count it "
        f"→ {peak:,} of {most:,}{key.in_region}. Put it into stacks/{stack}.yaml, or {DECLARE}."
    )
    excess = Excess(peak, most, quota.unit, key)
    return Violation(rule, message, first.urn, holder=first.holder, excess=excess, exemptible=False)


def _is_shared(key: QuotaKey, shared: Shared) -> bool:
    """Whether other stacks count on it: limits of another project are none of this folder's, its reservations are."""
    return key.project == shared.quota.project or key.quota_id.startswith(MACHINES)


def _by_key(claims: Iterable[Claim]) -> Mapping[QuotaKey, tuple[Claim, ...]]:
    found: dict[QuotaKey, list[Claim]] = {}
    for claim in claims:
        if claim.peak:
            found.setdefault(claim.key, []).append(claim)
    return {key: tuple(sorted(held, key=lambda claim: (-claim.peak, claim.holder))) for key, held in found.items()}


def _by_holder(claims: Iterable[Claim]) -> Counter[str]:
    found: Counter[str] = Counter()
    for claim in claims:
        found[claim.holder] += claim.peak
    return found


def _peak(claims: Iterable[Claim]) -> int:
    return sum(claim.peak for claim in claims)
