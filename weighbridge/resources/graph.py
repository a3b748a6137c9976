"""The resource graph of a program: what it asks for, before anything exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from weighbridge.resources.values import Value

STACK_TYPE = "pulumi:pulumi:Stack"
STACK_REFERENCE_TYPE = "pulumi:pulumi:StackReference"
PROVIDER_PREFIX = "pulumi:providers:"


@dataclass(frozen=True, slots=True)
class Options:
    """The resource options that change what an update does."""

    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    replace_with: tuple[str, ...] = ()  # URNs: replaced when one of them is
    replacement_trigger: Value = None  # replaced when it is another one than in the state
    delete_before_replace: bool | None = None
    aliases: tuple[str, ...] = ()  # URNs that this resource may have had
    retain_on_delete: bool = False
    additional_secret_outputs: tuple[str, ...] = ()
    import_id: str | None = None
    deleted_with: str | None = None  # URN: whoever deletes that one is taken to have deleted this one too

    @property
    def told_to_packs(self) -> Options:
        """Those that decide on quota and that Pulumi's protocol carries to a policy pack; the rest it leaves out."""
        return Options(
            protect=self.protect,
            ignore_changes=self.ignore_changes,
            delete_before_replace=self.delete_before_replace,
        )


NO_OPTIONS = Options()


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource. Property names are the provider's (camelCase).

    `inputs` are what the program gave, but what `ignoreChanges` keeps of a known state. A replacement takes what the
    program gave after all: that is `written`, None where it is the same.
    """

    urn: str
    type: str
    name: str
    custom: bool
    parent: str | None = None  # URN
    provider: str | None = None  # URN of the provider resource
    inputs: Mapping[str, Value] = field(default_factory=dict)
    outputs: Mapping[str, Value] = field(default_factory=dict)  # as known in a preview
    dependencies: tuple[str, ...] = ()  # URNs, sorted
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    options: Options = NO_OPTIONS
    written: Mapping[str, Value] | None = None
    read: bool = False  # fetched by id (`.get()`), not created


@dataclass(frozen=True)
class Graph:
    """All resources of one stack, in the order of their registration; the stack resource comes first."""

    project: str
    stack: str
    resources: tuple[Resource, ...] = ()

    @cached_property
    def by_urn(self) -> Mapping[str, Resource]:
        """The resources by URN."""
        return {resource.urn: resource for resource in self.resources}
