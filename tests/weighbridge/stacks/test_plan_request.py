"""What is asked of Google so that planned hardware fits."""

from tests.support.hardware import A100, L4, chosen_in, option, plan, quota_file, stack
from tests.support.specs import CATALOG
from weighbridge.stacks.plan_request import quota_wanted

NAME = "NVIDIA-L4-GPUS-per-project-region"


def asked(limit, *plans, **keys):
    at_hand = stack(quota_file({NAME: limit}, **keys))
    found = quota_wanted(chosen_in(at_hand, *plans), at_hand, lambda name: f"{name}@example.com", CATALOG)
    return [(short.row.key.quota_id, short.needed, short.request) for short in found]


def test_what_costs_least_is_asked_for_by_the_ledger_s_own_numbers():
    plans = plan("a", option(L4, 8, high=9), option(A100, 2)), plan("b", option(L4, 8))
    ((name, needed, request),) = asked(12, *plans)
    assert (name, needed) == (NAME, 17)
    assert (request.value, request.stack, request.contact) == (17, "dev", "dev@example.com")
    assert request.justification == "NVIDIA L4: dev 17 at peak; 12 granted"
    assert asked(24, *plans) == []


def test_where_nothing_fits_the_fewest_units_are_asked_for_with_what_is_kept_free():
    ((name, needed, request),) = asked(2, plan("a", option(L4, 9)), keep_free="10%")
    assert (name, needed) == (NAME, 10)
    assert request.justification == "NVIDIA L4: dev 9 at peak, 1 kept free (10%); 2 granted"


def test_a_share_is_reckoned_with_and_a_budget_is_not_asked_for():
    ((_, needed, request),) = asked(12, plan("a", option(L4, 9)), shares={"dev": "50%"})
    assert (needed, request.value) == (18, 18)
    assert request.justification == "NVIDIA L4: dev 9 at peak, dev may take 50% of it; 12 granted"
    file = quota_file({NAME: 2})
    limits = [entry.model_copy(update={"fixed": entry.quota == NAME}) for entry in file.limits]
    at_hand = stack(file.model_copy(update={"limits": tuple(limits)}))
    (short,) = quota_wanted(chosen_in(at_hand, plan("a", option(L4, 9))), at_hand, str, CATALOG)
    assert (short.budget, short.request) == (True, None)
