"""The picture of what serves and trains: each share as a number, each pool once, nothing beyond its place."""

import re
from dataclasses import replace
from decimal import Decimal
from xml.etree import ElementTree as ET

from tests.support import results
from weighbridge.preview.result import RolloutView
from weighbridge.render.preview.architecture_svg import MOST_ROWS, picture

VIEW = RolloutView(
    "ranker", (("v7", Decimal(90)), ("v8", Decimal(10)), ("v9", Decimal(0))), "v8", hostname="ranker.example.com",
    node_pool="serve-l4",
)  # fmt: skip


def drawn(**more):
    return picture(replace(results.admitted(), **more))


def words(text):
    return re.findall(r"<text[^>]*>([^<]*)</text>", text)


def test_shares_are_numbers_and_the_pool_stands_once():
    shown = words(drawn(rollouts=(VIEW,)))
    assert shown[:4] == ["gateway", "us-central1", "ranker", "ranker.example.com"]
    assert "90% of requests" in shown
    assert "candidate, 10% of requests" in shown
    assert shown[-2:] == ["serve-l4", "0–14 x 1 x NVIDIA L4"]
    assert shown.count("serve-l4") == 1


def test_a_wire_is_as_wide_as_its_share_and_dashed_without_traffic():
    text = drawn(rollouts=(VIEW,))
    assert re.findall(r'var\(--own\)" stroke-width="([\d.]+)"', text) == ["10.5", "2.5"]
    assert text.count("stroke-dasharray") == 1


def test_who_cannot_see_it_is_told_the_same():
    text = drawn(rollouts=(VIEW,), pipelines=(("train", "train-a100"),))
    title = (
        "ranker sends 90% to v7, 10% to v8, 0% to v9 on node pool serve-l4; pipeline train runs on node pool train-a100"
    )
    assert f">{title}</title>" in text


def test_a_pipeline_alone_has_no_gateway_and_nothing_at_all_no_picture():
    assert words(drawn(pipelines=(("train", "tpu"),))) == ["train", "pipeline", "tpu", "node pool"]
    assert drawn() == ""


def test_hostile_and_long_names_stay_in_their_boxes_and_very_many_are_counted():
    pipelines = tuple((f"<b>&{number}" + "x" * 200, f"pool-{number}") for number in range(MOST_ROWS + 5))
    text = drawn(pipelines=pipelines)
    assert ET.fromstring(text).tag == "svg"  # noqa: S314 - our own text
    assert words(text)[-1] == "5 more"
    assert max(map(len, words(text))) < 60
