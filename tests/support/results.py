"""A good result, to be changed in one thing at a time."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from weighbridge.preview.result import (
    AskedPolicy,
    Before,
    Change,
    CostShare,
    Flag,
    LocatedViolation,
    Location,
    NotJudged,
    Operation,
    PoolLine,
    PreviewResult,
    PreviewVerdict,
    PropertyChange,
    QuotaLine,
)
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.cost import Cost
from weighbridge.quota.ledger import Demand, LedgerRow, LimitState, Use
from weighbridge.resources.values import Secret, Unknown
from weighbridge.rules.violation import Excess

CANARY = "canary-9f3a"
KEY = QuotaKey("example-ml", "us-central1", "NVIDIA-L4-GPUS-per-project-region")
URN = "urn:pulumi:dev::weighbridge::gcp:container/nodePool:NodePool::serve-l4"
RULE = AskedPolicy(
    "shared-quota",
    "All stacks together fit.",
    "mandatory",
    "Lower the bound.",
    "https://weighbridge.dev/policies/shared-quota",
)


def row(**more):
    uses = tuple(Use(stack, steady, peak, KEY, Demand()) for stack, steady, peak in (("dev", 2, 14), ("prod", 6, 7)))
    return replace(LedgerRow(KEY, "NVIDIA L4", "GPU", 24, 3, (), uses, {}, LimitState.OVER), **more)


def change(name="serve-l4", operation=Operation.CREATE, *properties, **more):
    return Change(operation, URN.replace("serve-l4", name), "gcp:container/nodePool:NodePool", name, properties, **more)


def admitted(**more):
    result = PreviewResult(
        stack="dev",
        project="example-ml",
        region="us-central1",
        owner="ml-platform@example.com",
        production=False,
        spec_file="stacks/dev.yaml",
        at=datetime(2026, 11, 24, 8, tzinfo=UTC),
        verdict=PreviewVerdict.ADMITTED,
        rules=(RULE,),
        changes=(change(),),
        quota=(QuotaLine(row(limit=48, state=LimitState.FITS), 2, 14),),
        quota_untouched=6,
        pools=(
            PoolLine("serve-l4", "g2-standard-4", "1 x NVIDIA L4", "standard", 0, 14, 14),
            PoolLine(
                "cpu",
                "e2-standard-4",
                "",
                "standard",
                1,
                4,
                5,
                Decimal("97.50"),
                Decimal("1228.40"),
                date(2026, 8, 3),
                Decimal("500.00"),
            ),
        ),
        cost=Cost(
            Decimal("98.00"),
            Decimal("1228.40"),
            budget=Decimal(2500),
            prices_of=date(2026, 8, 3),
            expected=Decimal("500.00"),
        ),
        cost_shares=(
            CostShare("ranker", "endpoint", "serve-l4"),
            CostShare(
                "click-features",
                "pipeline",
                "cpu",
                Decimal(0),
                Decimal("300.00"),
                Decimal("900.00"),
                date(2026, 8, 3),
                "half of the time, as the spec has no `expected_duration`",
            ),
        ),
    )
    return replace(result, **more)


def violation(message="serve-l4: 14 NVIDIA L4 at peak → 28 of 24. Lower nodes.max to 10.", **more):
    found = LocatedViolation(
        "shared-quota", "mandatory", message, URN, "serve-l4", Location("stacks/dev.yaml", 9, 3),
        ("node_pools", "serve-l4"), "serve-l4", Excess(28, 24, "GPU", KEY),
    )  # fmt: skip
    return replace(found, **more)


def blocked(**more):
    spot = PropertyChange("nodeConfig.spot", None, True, Operation.REPLACE)
    secret = PropertyChange("nodeConfig.metadata", Secret(CANARY), Unknown(), Operation.UPDATE)
    return replace(
        admitted(),
        verdict=PreviewVerdict.BLOCKED,
        violations=(
            violation(),
            violation("Think again.", policy="advice", level="advisory", path=None, holder=None, excess=None),
        ),
        compared=True,
        changes=(
            change("serve-l4", Operation.REPLACE, spot, delete_first=True),
            change("system", Operation.UPDATE, secret),
            change("old", Operation.DELETE, note="protected: Pulumi will refuse to delete it"),
            change("same", Operation.SAME),
        ),
        flags=(Flag(URN, "serve-l4", "serve-l4: nodeConfig.spot none → true replaces this accelerator pool."),),
        quota=(QuotaLine(row(), 2, 14, Before(2, 2)),),
        cost=Cost(Decimal(98), Decimal(7420), Decimal("1228.40"), Decimal(2500), ("train",), date(2026, 8, 3)),
        notes=("warning: something",),
        **more,
    )


def advised(**more):
    advice = violation("ranker-v8: its image has no digest.", policy="endpoint-security", level="advisory", excess=None)
    soft = AskedPolicy("endpoint-security", "Nothing serves that can change unseen.", "mandatory", "Do what it says.")
    return admitted(violations=(advice,), rules=(RULE, soft), **more)


def not_judged(**more):
    failure = NotJudged("the program calls gcp:compute/getZones:getZones", "Traceback ...\nValueError: x")
    return replace(
        admitted(changes=(), quota=(), pools=(), cost=None, rules=()),
        verdict=PreviewVerdict.COULD_NOT_JUDGE,
        failure=failure,
        **more,
    )
