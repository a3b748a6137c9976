"""What a rule is: its name, words for people, whether a spec may soften it, and how it judges."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from weighbridge.conventions import DOCUMENTATION
from weighbridge.rules.enforcement import Terms, enforced
from weighbridge.rules.rule_input import RuleInput
from weighbridge.rules.spec_path import path_of
from weighbridge.rules.violation import Violation
from weighbridge.spec.root import Spec


class Kind(StrEnum):
    """When a rule is asked."""

    STACK = "stack"  # once, about all resources: at the end of a preview, and at the end of an update
    RESOURCE = "resource"  # about each resource before it is created, where no preview judged the stack


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, as the module of its name defines it; `registry` lists them all.

    `judge` says what is wrong with what it is given; it reads no file and no clock.
    """

    name: str
    description: str  # the first line of each violation
    stops: str  # what it keeps from happening
    remediation: str  # what to do about a violation
    judge: Callable[[RuleInput], Iterable[Violation]]
    kind: Kind = Kind.STACK
    may_be_advisory: bool = True
    """Whether a spec may make it advisory, or it may itself find what is advice only. What guards the quota may not."""

    only_advises: bool = False
    """Whether nothing that it finds blocks, so that there is nothing to soften or to exempt."""

    @property
    def help_uri(self) -> str:
        """The page that explains it."""
        return f"{DOCUMENTATION}/policies/{self.name}"

    def violations(self, given: RuleInput) -> Iterator[Violation]:
        """What is wrong, with its final level, and with its place in the spec where its holder has one."""
        return self.enforced(self.judge(given), given)

    def enforced(
        self, found: Iterable[Violation], given: RuleInput, *, with_update: bool = False
    ) -> Iterator[Violation]:
        """The same, of violations that are found already; unused exemptions are told where they are all that there are.

        `with_update`: those that only the state shows are among them.
        """
        terms = Terms(
            rule=self.name,
            stack=given.stack,
            spec=given.spec,
            quota=given.shared.quota,
            today=given.now.date(),
            may_be_advisory=self.may_be_advisory,
            whole_stack=self.kind is Kind.STACK,
            with_update=with_update,
        )
        return enforced((self._located(violation, given.spec) for violation in found), terms)

    def _located(self, found: Violation, spec: Spec | None) -> Violation:
        if found.path is not None or spec is None:
            return found
        return replace(found, path=path_of(spec, name_in(found.urn), found.holder))


def name_in(urn: str | None) -> str | None:
    """The logical name of the resource with this URN."""
    return urn.rpartition("::")[2] if urn is not None else None
