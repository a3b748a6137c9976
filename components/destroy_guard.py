"""What makes `pulumi destroy` of a production stack end before it has begun."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi


class DestroyGuard(pulumi.ComponentResource):
    """A resource with nothing in the cloud that depends on all of `parts`; protected where `protect`.

    Pulumi deletes dependents first, so `destroy` comes to the guard before anything else; and what a resource that it
    may not delete depends on, it leaves too. `protect` on the parts themselves would be inherited by all that is in
    them, and no `up` could take away a version, a pool or an alert any more.

    It is a component because Pulumi replaces none: a custom resource might have to go with what it depends on, and
    being protected would stop that `up`.
    """

    def __init__(self, name: str, parts: Sequence[pulumi.Resource], *, protect: bool, parent: pulumi.Resource) -> None:
        options = pulumi.ResourceOptions(parent=parent, protect=protect, depends_on=[*parts])
        super().__init__("weighbridge:index:DestroyGuard", name, None, options)
        self.register_outputs({})
