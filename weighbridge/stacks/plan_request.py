"""What to ask Google for so that planned hardware fits: by the ledger of all stacks, as if the spec had it."""

from __future__ import annotations

from collections.abc import Callable

from weighbridge.catalog import Catalog
from weighbridge.planner.choice.hardware import Hardware
from weighbridge.planner.choice.targets import StackAtHand
from weighbridge.quota.demand import demand_of_stacks, spec_demand
from weighbridge.quota.ledger import build_ledger
from weighbridge.quota.request import Shortfall, planned_shortfalls
from weighbridge.stacks.plan_edit import planned_by, spec_with


def quota_wanted(
    hardware: Hardware, at_hand: StackAtHand, contact_of: Callable[[str], str], catalog: Catalog
) -> tuple[Shortfall, ...]:
    """The limits of Google's that the choice would have larger; none where the cheapest fits what is left."""
    larger = hardware.choice.asked_for
    if larger is None:
        return ()
    spec = spec_with(at_hand.spec, planned_by(larger.picks, hardware.targets))
    own = demand_of_stacks({at_hand.stack: spec_demand(spec, at_hand.quota, catalog)}, at_hand.quota, catalog)
    demands = {**at_hand.demands, at_hand.stack: own[at_hand.stack]}
    ledger = build_ledger(at_hand.quota, demands, catalog, at_hand.now, at_hand.claimed)
    wanted = {lack.allowance.key: lack.limit for lack in larger.lacks}
    return planned_shortfalls(ledger, at_hand.quota, contact_of, wanted, at_hand.stack)
