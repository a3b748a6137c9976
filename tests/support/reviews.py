"""Results that a reviewer would see of a pull request, with all that a report may show."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from tests.support import results
from weighbridge.preview.result import (
    Base,
    CoverageCell,
    LimitChange,
    Operation,
    PreviewVerdict,
    PropertyChange,
    RolloutStep,
    RolloutView,
)

STEPS = (
    RolloutStep(Decimal(10), "done", datetime(2026, 11, 18, tzinfo=UTC), ("a@example.com",), "as v7"),
    RolloutStep(Decimal(50), "now", datetime(2026, 11, 20, tzinfo=UTC), ("b@example.com",)),
    RolloutStep(Decimal(100), "next"),
)
ALERT = "gcp:monitoring/alertPolicy:AlertPolicy"


def advanced_rollout(**more):
    """A pool is replaced, a rollout advanced, an alert's threshold and a limit changed."""
    view = RolloutView("ranker", (("v8", Decimal(50)), ("v7", Decimal(50))), "v8", STEPS, "next 100%, ready to advance")
    before = replace(view, weights=(("v8", Decimal(10)), ("v7", Decimal(90))))
    cells = (
        CoverageCell("ranker", "serving", "latency", "watched", ("latency-burn",)),
        CoverageCell("ranker", "serving", "freshness", "blind", (), "say in `watch` what its data is compared with"),
        CoverageCell("embedder", "serving", "latency", "exempt", (), "a@example.com until 2027-01-01: new"),
    )
    threshold = PropertyChange("conditions[0].displayName", "p99 above 200ms", "p99 above 250ms", Operation.UPDATE)
    alert = replace(results.change("ranker-latency-burn", Operation.UPDATE, threshold), type=ALERT)
    base = Base(
        "main (0123456789)",
        PreviewVerdict.BLOCKED,
        blocked=2,
        mended=(results.violation(),),
        changes=(alert,),
        limits=(LimitChange("NVIDIA L4", "limit", 16, 24),),
        cost=results.admitted().cost,
        budget_before=Decimal(2000),
        rollouts=((before, view), (None, view)),
        cells=((cells[0], cells[1]), (None, cells[2])),
    )
    long = PropertyChange("spec.template.metadata.annotations.x", "a" * 200, "b" * 200, Operation.UPDATE)
    changes = (*results.blocked().changes, alert, results.change("x" * 60, Operation.UPDATE, long))
    return replace(
        results.blocked(), rollouts=(view,), coverage=cells, base=base, changes=changes, with_state=True, **more
    )
