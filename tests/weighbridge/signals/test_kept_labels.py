"""Labels of a result, as Prometheus leaves them."""

from __future__ import annotations

import pytest

from weighbridge.signals.kept_labels import kept_labels


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("sum by (app, code) (rate(requests[5m]))", {"app", "code"}),
        ("sum(rate(requests[5m]))", set()),
        ("rate(requests[5m])", None),
        ("sum without (pod) (requests)", None),
        ("(max by (a, b) (used) / on (a) min by (a, c) (most)) > 0.8", {"a"}),
        ("time() - max by (a) (stamp)", {"a"}),
        ("3600 * max by (a) (deriv(used[6h]))", {"a"}),
        ("abs(max by (a) (used) - 1)", {"a"}),
        ("max by (a, b) (used) and on (a) sum by (a) (rows) > 10", {"a", "b"}),
        ("max by (a, b) (used) or max by (a) (least)", {"a"}),
        ("quantile_over_time(0.9, sum by (a) (used)[1h:5m])", {"a"}),
        ("vector(1)", set()),
    ],
)
def test_what_a_series_of_the_result_is_told_apart_by(expression, expected):
    found = kept_labels(expression)
    assert found == (None if expected is None else frozenset(expected))
