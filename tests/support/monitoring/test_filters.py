import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.monitoring import filters, good
from tests.support.monitoring.flaw import Flaw

METRIC = 'metric.type = "a.googleapis.com/b" AND resource.type = "c"'


@pytest.mark.parametrize(
    "text",
    [
        good.RESTARTS,
        good.EXCEEDED,
        good.UPTIME,
        f"{METRIC} AND (metric.label.x = 1 OR NOT metric.labels.y != true)",
        f'{METRIC} resource.label.zone = "z"',  # AND may be left out
        f'{METRIC} AND metric.label.x = one_of("a", "b")',
        f'{METRIC} AND metadata.user_labels.app = monitoring.regex.full_match("a|b")',
        f'{METRIC} AND project = "example-ml"',
        'select_slo_burn_rate("projects/p/services/s/serviceLevelObjectives/o", "3600s")',
    ],
)
def test_good_filters(text):
    assert list(filters.flaws("f", text)) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a filter: it ends too early"),
        (f"{METRIC} AND", "not a filter: it ends too early"),
        (f"({METRIC}", "not a filter: it ends too early"),
        (f"{METRIC})", "not a filter: a bracket too many"),
        (f"{METRIC} AND metric.label.x", "not a filter: no comparison at 'metric.label.x'"),
        (f'{METRIC} AND metric.label.x = one_of("a" "b")', "not a filter: no comparison at 'metric.label.x = one_of'"),
        (f"{METRIC} AND metric.label.x = one_of()", "not a filter: no comparison at 'metric.label.x = one_of'"),
        (f"{METRIC} AND metric.label.x = y", "not a filter: no comparison at 'metric.label.x = y'"),
        (f"{METRIC} ; DROP", "not a filter: ' ; DROP'"),
        ('resource.type = "c"', "names no metric.type"),
    ],
)
def test_wrong_filters(text, message):
    assert list(filters.flaws("f", text)) == [Flaw("filter", "f", message)]


@given(st.text(st.sampled_from('metric.typlab="()ANDOR,x1 '), max_size=60))
def test_any_text_gets_an_answer(text):
    assert all(isinstance(flaw, Flaw) for flaw in filters.flaws("f", text))


def test_the_metric_of_a_filter():
    assert filters.metric_type(good.RESTARTS) == "kubernetes.io/container/restart_count"
    assert filters.metric_type("nothing") is None
