"""Which violations block, by rule, violation, spec and exemption."""

# ruff: noqa: E501 - exact messages are easiest to read on one line

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.specs import quota_file, spec
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.rules.enforcement import Terms, enforced, level_of
from weighbridge.rules.violation import Excess, Violation

POOLS = {"system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}}
PLAIN = spec(POOLS)
SOFT = spec(POOLS, advisory=["placement"])


@pytest.mark.parametrize(
    ("rule", "found", "of", "expected"),
    [
        ("placement", "mandatory", PLAIN, "mandatory"),
        ("placement", "mandatory", None, "mandatory"),
        ("placement", "mandatory", SOFT, "advisory"),
        ("placement", "advisory", PLAIN, "advisory"),
        ("canary-steps", "mandatory", SOFT, "mandatory"),
    ],
)
def test_level(rule, found, of, expected):
    assert level_of(rule, found, of, may_be_advisory=True) == expected


@pytest.mark.parametrize("of", [PLAIN, SOFT, None])
def test_what_may_not_be_advisory_always_blocks(of):
    assert level_of("placement", "advisory", of, may_be_advisory=False) == "mandatory"


TODAY = date(2026, 11, 24)
URN = "urn:pulumi:prod::weighbridge::kubernetes:apps/v1:DaemonSet::exporter"
FOUND = Violation("endpoint-security", "exporter: is privileged", URN, path=("endpoints", "chat"))
KEY = QuotaKey("example-ml", "us-central1", "NVIDIA-L4-GPUS-per-project-region")
SHARE = Violation("shared-quota", "x: over its share", URN, excess=Excess(8, 6, "GPU", KEY))


def terms(rule: str = "endpoint-security", *, soft: bool = True, whole: bool = True, **entries: Any) -> Terms:
    """What decides for stack prod, with one exemption by default of the violation `FOUND`; `entries` change or take away its keys."""
    entry = {
        "rule": rule, "urn": URN, "reason": "a pool of its own comes", "owner": "a@example.com",
        "approver": "b@example.com", "until": "2026-12-20", **entries,
    }  # fmt: skip
    quota = quota_file(exemptions=[{name: value for name, value in entry.items() if value is not None}])
    return Terms(rule, "prod", PLAIN, quota, TODAY, may_be_advisory=soft, whole_stack=whole)


def messages(found: list[Violation], of: Terms) -> list[tuple[str, str]]:
    return [(violation.level, violation.message) for violation in enforced(found, of)]


EXEMPT = (
    "advisory",
    "Exempt until 2026-12-20, by b@example.com for a@example.com (a pool of its own comes): exporter: is privileged",
)
IDLE = f"stacks/quota.yaml: the exemption of {URN} from endpoint-security"


@pytest.mark.parametrize(
    "place",
    [{}, {"urn": None, "path": "endpoints.chat", "stack": "prod"}],
)
def test_what_is_exempt_advises_and_says_who_let_it_pass(place: dict[str, Any]):
    assert messages([FOUND], terms(**place)) == [EXEMPT]


def test_an_exemption_is_of_one_place_and_one_rule():
    other = replace(FOUND, urn=f"{URN}-2", path=("endpoints", "chat", "versions"), message="m")
    unused = ("advisory", f"{IDLE} exempts nothing, so remove it. a@example.com answers for it.")
    assert messages([FOUND, other], terms()) == [EXEMPT, ("mandatory", "m")]
    assert messages([other], terms()) == [("mandatory", "m"), unused]
    by_path = terms(urn=None, path="endpoints.chat", stack="prod")
    assert messages([other], by_path)[0] == ("mandatory", "m")
    assert messages([replace(FOUND, path=None)], by_path)[0][0] == "mandatory"
    assert messages([replace(FOUND, rule="placement")], replace(terms(), rule="placement"))[0][0] == "mandatory"


def test_another_stack_s_exemption_is_none_of_this_one_s_business():
    urn = URN.replace(":prod::", ":dev::")
    assert messages([FOUND], terms(urn=urn)) == [("mandatory", FOUND.message)]
    assert messages([FOUND], terms(urn=None, path="endpoints.chat", stack="dev")) == [("mandatory", FOUND.message)]


@pytest.mark.parametrize(
    ("soft", "until", "message"),
    [
        (True, "2026-11-24", None),
        (True, "2026-11-23", "ended on 2026-11-23. a@example.com removes it, or has it approved anew."),
        (True, "2027-11-24", None),
        (True, "2027-11-25", ("has no effect, as it is to last until 2027-11-25, longer than 365 days. a@example.com sets "
         "until to 2027-11-24 or earlier.")),
        (False, "2026-12-24", None),
        (False, "2026-12-25", ("has no effect, as it is to last until 2026-12-25, longer than 30 days. a@example.com sets "
         "until to 2026-12-24 or earlier.")),
    ],
)  # fmt: skip
def test_it_lasts_thirty_days_for_rules_of_the_quota_and_a_year_for_others(soft: bool, until: str, message: str | None):
    blocked, *report = messages([FOUND], terms(soft=soft, until=until))
    if message is None:
        assert (blocked[0], report) == ("advisory", [])
    else:
        assert (blocked, report) == (("mandatory", FOUND.message), [("advisory", f"{IDLE} {message}")])


def test_what_may_not_be_advisory_is_exempt_by_its_limit():
    by_key = terms(
        "shared-quota", soft=False, urn=None, quota=KEY.quota_id, region=KEY.region, stack="prod", until="2026-12-01"
    )
    assert [level for level, _ in messages([SHARE], by_key)] == ["advisory"]
    elsewhere = replace(SHARE, excess=Excess(8, 6, "GPU", replace(KEY, region="us-east5")))
    assert messages([elsewhere], by_key)[0][0] == "mandatory"
    assert messages([replace(SHARE, excess=None)], by_key)[0][0] == "mandatory"


def test_what_keeps_google_s_own_limits_has_no_exemption():
    over = replace(SHARE, exemptible=False)
    found = messages([over], terms("shared-quota", soft=False, until="2026-12-01"))
    assert found == [
        ("mandatory", over.message),
        (
            "advisory",
            (
                f"stacks/quota.yaml: the exemption of {URN} from shared-quota can't lift what keeps Google's own limits, so remove it. "
                "a@example.com answers for it."
            ),
        ),
    ]


def test_the_backstop_of_the_shared_quota_has_its_exemptions_and_reports_none():
    of = replace(terms("shared-quota", soft=False, whole=False, until="2026-12-01"), rule="quota-claim")
    (one,) = enforced([SHARE], of)
    assert (one.level, one.rule) == ("advisory", "quota-claim")
    assert messages([], of) == []


def test_what_the_spec_makes_advisory_is_advice_without_an_exemption():
    of = replace(terms("placement", urn=f"{URN}-2"), spec=SOFT, whole_stack=False)
    assert messages([replace(FOUND, rule="placement")], of) == [("advisory", FOUND.message)]


@given(st.lists(st.sampled_from([FOUND, SHARE, replace(SHARE, exemptible=False), replace(FOUND, urn=None)])))
def test_without_exemptions_nothing_changes_but_the_level(found: list[Violation]):
    of = replace(terms(), quota=quota_file())
    assert list(enforced(found, of)) == [replace(violation, rule="endpoint-security") for violation in found]


def test_an_exemption_of_a_limit_is_of_its_dimensions_too():
    family = (("gpu_family", "NVIDIA_H100"),)
    by_key = terms("shared-quota", soft=False, urn=None, quota=KEY.quota_id, region=KEY.region, stack="prod",
                   dimensions={"gpu_family": "NVIDIA_H100"}, until="2026-12-01")  # fmt: skip
    exempt = replace(SHARE, excess=Excess(8, 6, "GPU", replace(KEY, dimensions=family)))
    assert [level for level, _ in messages([exempt], by_key)] == ["advisory"]
    assert messages([SHARE], by_key)[0][0] == "mandatory"
    unused = "stacks/quota.yaml: the exemption of NVIDIA-L4-GPUS-per-project-region in us-central1 from shared-quota"
    assert messages([], replace(by_key, with_update=True)) == [
        ("advisory", f"{unused} exempts nothing, so remove it. a@example.com answers for it.")
    ]
    unseen = (
        "exempts nothing that can be seen without the stack's state, so remove it unless `weighbridge preview prod --against "
        "STATE.json` needs it. a@example.com answers for it."
    )
    assert messages([], by_key) == [("advisory", f"{unused} {unseen}")]


def test_on_its_last_day_an_exemption_of_nothing_has_not_ended():
    assert messages([], terms(until="2026-11-24")) == [
        ("advisory", f"{IDLE} exempts nothing, so remove it. a@example.com answers for it.")
    ]


def test_an_exemption_that_does_not_fit_is_passed_over():
    entry = {"rule": "endpoint-security", "urn": URN, "reason": "a pool of its own comes", "owner": "a@example.com",
             "approver": "b@example.com", "until": "2026-12-20"}  # fmt: skip
    others = [{**entry, "rule": "placement"}, {**entry, "urn": f"{URN}-2"}, {**entry, "until": "2026-11-01"}]
    of = replace(terms(whole=False), quota=quota_file(exemptions=[*others, entry]))
    assert messages([FOUND], of) == [EXEMPT]
    assert messages([FOUND, FOUND], of) == [EXEMPT, EXEMPT]


def test_an_idle_exemption_is_called_by_its_path_where_it_has_one():
    by_path = terms(urn=None, path="endpoints.chat", stack="prod")
    assert list(enforced([], by_path)) == [
        Violation(
            "endpoint-security",
            "stacks/quota.yaml: the exemption of endpoints.chat from endpoint-security exempts nothing, so remove it. "
            "a@example.com answers for it.",
            level="advisory",
        )
    ]


def test_an_exemption_of_the_backstop_is_of_what_the_shared_quota_finds_of_that_resource():
    of = replace(terms("quota-claim", soft=False, until="2026-12-01"), rule="shared-quota")
    assert [level for level, _ in messages([SHARE], of)] == ["advisory"]
    ((_, idle),) = messages([], of)
    assert "from quota-claim exempts nothing that can be seen without the stack's state" in idle
