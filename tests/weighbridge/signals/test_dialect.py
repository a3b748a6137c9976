from datetime import date

import promql_parser
import pytest

from weighbridge.signals.dialect import newer_functions, promql_name


@pytest.mark.parametrize("newer", newer_functions().values(), ids=list(newer_functions()))
def test_a_row_is_complete_and_about_a_function_of_the_grammar(newer):
    assert tuple(int(part) for part in newer.since.split(".")) > (2, 44)
    assert newer.confidence in {"confirmed", "reported", "unverified"}
    assert newer.instead
    assert newer.source
    assert date.fromisoformat(newer.as_of)
    with pytest.raises(ValueError, match=r"argument|type"):  # known, but called wrongly
        promql_parser.parse(f"{newer.function}(1, 2, 3, 4, 5)")


@pytest.mark.parametrize(
    ("metric_type", "name"),
    [
        ("kubernetes.io/container/cpu/limit_utilization", "kubernetes_io:container_cpu_limit_utilization"),
        ("compute.googleapis.com/quota/a-b/usage", "compute_googleapis_com:quota_a_b_usage"),
        ("plain-name", "plain_name"),
    ],
)  # fmt: skip
def test_names_as_promql_takes_them(metric_type, name):
    assert promql_name(metric_type) == name
