"""What a small program is: its text, how it came to be, and where the two previews of it may differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import dedent

from tests.engine.cloud import Existing

PREAMBLE = """\
import pulumi
from pulumi import ResourceOptions as Options


class Thing(pulumi.CustomResource):
    computed: pulumi.Output[str]

    pulumi_type = "toy:index:Thing"

    def __init__(self, name, opts=None, /, **props):
        super().__init__("toy:index:Thing", name, {**props, "computed": None}, opts)

    @property
    @pulumi.getter
    def computed(self) -> pulumi.Output[str]:
        return pulumi.get(self, "computed")


class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None, type_="toy:index:Group", **props):
        super().__init__(type_, name, props, opts)


class Provider(pulumi.ProviderResource):
    def __init__(self, name, opts=None, package="toy", **props):
        super().__init__(package, name, props, opts)


"""


@dataclass(frozen=True, slots=True)
class Small:
    """One program. Given what came `earlier`, that is deployed first and both previews compare with it.

    `config` are settings by key, `secrets` those that are encrypted. `exists` is what the cloud has before. `fails` says
    that both previews end without a verdict. `limits` are regular expressions of the differences that are known, with
    the reason of each; one that no longer shows fails the test.
    """

    name: str
    text: str
    earlier: str | None = None
    config: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    exists: tuple[Existing, ...] = ()
    dynamic: bool = False
    fails: bool = False
    limits: Mapping[str, str] = field(default_factory=dict)

    @property
    def program(self) -> str:
        """The whole program."""
        return PREAMBLE + dedent(self.text)

    @property
    def first(self) -> str:
        """The whole of the program that was deployed before."""
        return PREAMBLE + dedent(self.earlier or "")
