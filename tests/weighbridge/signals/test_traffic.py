"""Which series stand for good and bad requests, by how a server counts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.serving.server import Counter, Signals, servers
from weighbridge.signals.expression import Match
from weighbridge.signals.traffic import _matches, example, traffic

NOTHING = {
    "good_metric": "", "bad_metric": "", "all_metric": "", "outcome": "outcome", "good_outcome": "", "bad_outcome": "",
    "bucket_metric": "", "p99_metric": "", "smear": "0", "first_token_metric": "", "between_tokens_metric": "",
    "cache_metric": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("server", "changes"),
    [
        ("custom", {}),
        (
            "triton",
            {
                "good_metric": "nv_inference_request_success",
                "bad_metric": "nv_inference_request_failure",
                "p99_metric": "nv_inference_request_summary_us",
            },
        ),
        (
            "vllm",
            {
                "good_metric": "http_requests_total",
                "bad_metric": "http_requests_total",
                "outcome": "status",
                "good_outcome": "200",
                "bad_outcome": "500",
                "bucket_metric": "vllm:e2e_request_latency_seconds_bucket",
                "smear": "5m",
                "first_token_metric": "vllm:time_to_first_token_seconds",
                "between_tokens_metric": "vllm:inter_token_latency_seconds",
                "cache_metric": "vllm:kv_cache_usage_perc",
            },
        ),
    ],
)
def test_words_of_a_server(server, changes):
    assert traffic(servers()[server].signals) == {**NOTHING, **changes}


def test_a_server_that_counts_all_requests_and_bad_ones():
    signals = Signals(requests=Counter(metric="all_total"), errors=Counter(metric="bad_total"))
    assert traffic(signals) == {**NOTHING, "all_metric": "all_total", "bad_metric": "bad_total"}
    assert traffic(Signals(requests=Counter(metric="all_total"))) == {**NOTHING, "all_metric": "all_total"}


@given(
    st.sampled_from(["500", "5..", "4..|5..", "OK", "ok|success", "(4|5)..", "a[.]b", "strange"]),
    st.sampled_from(["=", "!=", "=~", "!~"]),
    st.booleans(),
)
def test_an_example_is_taken_by_the_matcher_or_not_as_is_wanted(value, operator, wanted):
    match = Match("status", operator, value)
    assert _matches(match, example(match, wanted=wanted)) == wanted
