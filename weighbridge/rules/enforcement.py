"""Whether a violation blocks a stack or only advises; decided nowhere else.

A spec makes advisory what doesn't guard the quota; the quota file exempts one violation in one place for a while.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from weighbridge.rules.violation import Level, Violation
from weighbridge.spec.quota_file import QUOTA_FILE, Exemption, QuotaFile
from weighbridge.spec.root import Spec

GUARD, BACKSTOP = "shared-quota", "quota-claim"
LONGEST = timedelta(days=365)
LONGEST_OF_QUOTA = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides for one rule and one stack. `spec` is the stack's own; None: it has none, which softens nothing."""

    rule: str
    stack: str
    spec: Spec | None
    quota: QuotaFile
    today: date
    may_be_advisory: bool
    whole_stack: bool = False  # whether all violations of the rule in this stack are known
    with_update: bool = False  # whether those of an update are among them, which only `shared-quota` has


def level_of(rule: str, found: Level, spec: Spec | None, *, may_be_advisory: bool) -> Level:
    """How a violation of `rule` counts that the rule itself gave the level `found`, exemptions apart.

    `spec` is the stack's own; None: it has none, so it makes no policy advisory. What guards the shared quota always
    blocks, whatever the violation or the spec says.
    """
    if not may_be_advisory:
        return "mandatory"
    listed = spec is not None and rule in spec.advisory
    return "advisory" if listed else found


def enforced(found: Iterable[Violation], terms: Terms) -> Iterator[Violation]:
    """Violations with their final level; what is exempt advises, and what is wrong with an exemption is advice too."""
    listed = [entry for entry in terms.quota.exemptions if _stack_of(entry) == terms.stack]
    idle = {id(entry): _idle(terms) for entry in listed}
    for violation in found:
        level = level_of(terms.rule, violation.level, terms.spec, may_be_advisory=terms.may_be_advisory)
        judged = replace(violation, level=level)
        for entry in listed:
            if _rule_of(entry) not in (terms.rule, violation.rule) or not _fits(entry, judged, terms.quota):
                continue
            if not violation.exemptible:
                idle[id(entry)] = "can't lift what keeps Google's own limits, so remove it"
            elif _in_effect(entry, terms):
                idle.pop(id(entry), None)
                judged = replace(judged, level="advisory", message=_exempt(entry, judged))
                break
        yield replace(judged, rule=terms.rule)
    if terms.whole_stack:
        for entry in listed:
            if _rule_of(entry) == terms.rule and id(entry) in idle:
                yield Violation(terms.rule, _wrong(entry, idle[id(entry)], terms), level="advisory")


def _idle(terms: Terms) -> str:
    if terms.rule != GUARD or terms.with_update:
        return "exempts nothing, so remove it"
    unseen = "exempts nothing that can be seen without the stack's state, so remove it"
    return f"{unseen} unless `weighbridge preview {terms.stack} --against STATE.json` needs it"


def _rule_of(entry: Exemption) -> str:
    """The rule that an exemption is of: what the backstop prints is `shared-quota` of one resource."""
    return GUARD if entry.rule == BACKSTOP else entry.rule


def _stack_of(entry: Exemption) -> str | None:
    if entry.urn is not None:
        return entry.urn.removeprefix("urn:pulumi:").partition("::")[0]
    return entry.stack


def _fits(entry: Exemption, violation: Violation, quota: QuotaFile) -> bool:
    if entry.urn is not None:
        return entry.urn == violation.urn
    if entry.name is not None:
        return entry.name in violation.names
    if entry.path is not None:
        return violation.path is not None and entry.path == ".".join(map(str, violation.path))
    key = violation.excess.quota if violation.excess is not None else None
    return key is not None and (key.project, key.region, key.quota_id, key.dimensions) == (
        quota.project, entry.region, entry.quota, tuple(sorted(entry.dimensions.items())),
    )  # fmt: skip


def _in_effect(entry: Exemption, terms: Terms) -> bool:
    return terms.today <= entry.until <= terms.today + _longest(terms)


def _longest(terms: Terms) -> timedelta:
    return LONGEST if terms.may_be_advisory else LONGEST_OF_QUOTA


def _exempt(entry: Exemption, violation: Violation) -> str:
    return f"Exempt until {entry.until}, by {entry.approver} for {entry.owner} ({entry.reason}): {violation.message}"


def _wrong(entry: Exemption, idle: str, terms: Terms) -> str:
    place = entry.urn or entry.path or entry.name or f"{entry.quota} in {entry.region}"
    exemption = f"{QUOTA_FILE}: the exemption of {place} from {entry.rule}"
    if entry.until < terms.today:
        return f"{exemption} ended on {entry.until}. {entry.owner} removes it, or has it approved anew."
    longest = terms.today + _longest(terms)
    if entry.until > longest:
        return (
            f"{exemption} has no effect, as it is to last until {entry.until}, longer than {_longest(terms).days} days"
            f". {entry.owner} sets until to {longest} or earlier."
        )
    return f"{exemption} {idle}. {entry.owner} answers for it."
