"""What hardware was chosen, for programs: money in US dollars a month of 730 hours, null where nobody knows a price."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import TypeAlias

from weighbridge.planner.choice.candidates import Bought, Candidate
from weighbridge.planner.choice.choose import LargerQuota, LimitLack, Pick, Saving, monthly, total
from weighbridge.planner.choice.compare import OldAndNew
from weighbridge.planner.choice.hardware import Hardware
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.prices import Commitment

_Json: TypeAlias = "dict[str, _Json] | list[_Json] | str | int | float | bool | None"


def hardware_json(hardware: Hardware) -> dict[str, _Json]:
    """The choice, what it would replace, and what more quota would do."""
    choice = hardware.choice
    cost, unpriced = total(choice.chosen)
    return {
        "region": choice.site.region,
        "stack": choice.room.stack if choice.room is not None else None,
        "fits": choice.fits,
        "open_questions": list(choice.room.open_questions) if choice.room is not None else [],
        "usd_per_month": _usd(cost),
        "without_price": unpriced,
        **({"commitments": [_commitment(one) for one in hardware.commitments]} if hardware.commitments else {}),
        "gap": choice.gap,
        "workloads": {pick.workload: _pick(pick) for pick in choice.picks},
        "savings": [_saving(saving) for saving in choice.savings],
        "not_tried": [allowance.key.quota_id for allowance in choice.untried],
        "cheapest": _larger(choice.cheapest),
        "fewest_units": _larger(choice.fewest_units),
        "fewest_limits": _larger(choice.fewest_limits),
        "now": {found.workload: _comparison(found) for found in hardware.comparisons},
        "writes": {
            name: {"pool": target.pool, "endpoint": target.endpoint} for name, target in hardware.targets.items()
        },
    }


def _commitment(one: Commitment) -> _Json:
    return {**asdict(one), "until": one.until.isoformat()}


def _pick(pick: Pick) -> _Json:
    return {
        "chosen": _candidate(pick.candidate),
        "second": _candidate(pick.second),
        "obvious": _candidate(pick.obvious),
        "obvious_lacks": [_lack(lack) for lack in pick.obvious_lacks],
        "options": [_candidate(candidate) for candidate in pick.options],
        "none": [{"what": none.what, "reason": none.reason} for none in pick.none],
    }


def _candidate(candidate: Candidate | None) -> _Json:
    if candidate is None:
        return None
    node = candidate.node
    return {
        "machine_type": node.machine.name,
        "attached_gpus": node.attached,
        "topology": node.topology,
        "accelerator": candidate.option.accelerator or node.gpu,
        "devices_per_replica": candidate.node.devices,
        "replicas_per_node": node.replicas,
        "replicas": {"min": candidate.replicas[0], "max": candidate.replicas[1]},
        "nodes": [_bought(part) for part in candidate.bought],
        "usd_per_month": _usd(candidate.usd_per_hour),
        "most_usd_per_month": _usd(candidate.most_usd_per_hour),
        "draws": [{**_key(key), "amount": amount} for key, amount in sorted(candidate.draws.items()) if amount],
    }


def _bought(part: Bought) -> _Json:
    return {
        "provisioning": part.provisioning.value,
        "reservation": part.reservation.name if part.reservation is not None else None,
        "expected": part.expected,
        "min": part.least,
        "max": part.most,
        "usd_per_node_hour": None if part.usd_per_hour is None else float(part.usd_per_hour),
        "priced_on": part.priced_on.isoformat() if part.priced_on is not None else None,
    }


def _key(key: QuotaKey) -> dict[str, _Json]:
    return {"quota": key.quota_id, "region": key.region, "dimensions": dict(key.dimensions)}


def _lack(lack: LimitLack) -> dict[str, _Json]:
    allowance = lack.allowance
    return {
        **_key(allowance.key), "needs": lack.needs, "left": allowance.left, "limit": allowance.limit,
        "limit_to_ask_for": lack.limit,
    }  # fmt: skip


def _larger(larger: LargerQuota | None) -> _Json:
    if larger is None:
        return None
    cost, unpriced = total(larger.picks)
    return {
        "limits": [_lack(lack) for lack in larger.lacks],
        "units": larger.units,
        "usd_per_month": _usd(cost),
        "without_price": unpriced,
        "workloads": {candidate.workload: _candidate(candidate) for candidate in larger.picks},
    }


def _saving(saving: Saving) -> _Json:
    return {
        **_key(saving.allowance.key), "amount": saving.amount, "machine_type": saving.machine,
        "usd_per_month": _usd(saving.usd_per_hour),
    }  # fmt: skip


def _comparison(found: OldAndNew) -> _Json:
    return {
        "machine_type": found.now.machine_type,
        "provisioning": found.now.provisioning,
        "nodes": found.now.nodes,
        "needed_nodes": found.needed.most if found.needed is not None else None,
        "spare_nodes": found.spare_nodes,
        "most_usd_per_month": _usd(found.old_usd),
        "freed": [{**_key(key), "amount": amount} for key, amount in found.freed.items()],
        "lacking_while_both_run": [
            {**_key(allowance.key), "amount": amount} for allowance, amount in found.lacking_meanwhile
        ],
        "moving": list(found.moves),
    }


def _usd(per_hour: Decimal | None) -> float | None:
    return None if per_hour is None else round(float(monthly(per_hour)), 2)
