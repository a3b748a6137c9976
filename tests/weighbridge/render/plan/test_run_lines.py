"""Runs and their month as a terminal shows them: within 80 columns, each number with what it is."""

import json

import pytest

from tests.support import past_runs
from weighbridge.planner.plan import plan_file
from weighbridge.render.plan import json as plan_json
from weighbridge.render.plan.text import render
from weighbridge.render.style import Style


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("month")
    past_runs.write_example(folder)
    return plan_file(folder / "month.yaml")


def test_the_example_keeps_eighty_columns_and_plain_characters(result):
    lines = render(result, Style()).splitlines()
    assert max(map(len, lines)) <= 80
    assert render(result, Style(unicode=False)).isascii()


def test_failed_runs_few_runs_and_names_of_slices_are_said(result):
    text = " ".join(render(result, Style()).split())
    assert "12 runs succeeded, 2 failed (14%, after 85.7 min at the median): marked, not averaged" in text
    assert "takes 6.47 h to 18.3 h on 2 x a3-highgpu-8g: $1,145 to $3,245" in text
    assert "v5p-128 counts cores, two a chip: 64 chips, 16 x ct5p-hightpu-4t" in text
    assert "the joint peak of 19 of 20 months is 48, 16 less than all together" in text


def test_the_calendar_has_a_line_for_days_that_are_alike(result):
    lines = render(result, Style()).splitlines()
    at = next(place for place, line in enumerate(lines) if "by hour (UTC)" in line)
    assert [line.split()[0] for line in lines[at + 2 :]][:2] == ["Mon", "Tue"]
    assert len(lines) - at <= 10


def test_a_day_of_the_month_has_a_line_of_its_own(tmp_path):
    (tmp_path / "w.yaml").write_text(
        'version: 1\nmonth: "2026-12"\nruns:\n  close:\n    train: {model: llama-3.1-8b, tokens_billions: 1,'
        ' sequence: 1024}\n    hardware: [{tpu: v5p-128}]\n    schedule: {at: "01:00", days_of_month: [1, 15]}\n'
    )
    text = render(plan_file(tmp_path / "w.yaml"), Style())
    assert "\n  Mon–Sun " in text
    assert "\n  Tue 1, Tue 15 " in text


def test_programs_get_every_number_and_each_day(result):
    made = json.loads(plan_json.render(result))
    ranker, tuning, embeddings = (made["runs"][name] for name in ("ranker-training", "chat-tuning", "embeddings"))
    assert (ranker["past"]["failed"], ranker["past"]["succeeded"]) == (2, 12)
    assert tuning["options"][tuning["cheapest"]]["hardware"] == "v5p-128"
    assert tuning["options"][1]["against_first"]["times_as_long"] == pytest.approx(0.67, abs=0.01)
    assert embeddings["options"][0]["seconds"]["middle"] is None
    (pool,) = made["overlap"]["pools"]
    assert pool["units_to_ask_for"] == pool["high_peak"] + pool["experiments"] == 56
    assert len(pool["calendar"]) == 31
    assert pool["calendar"][0]["day"] == "2026-12-01"
    assert len(pool["calendar"][0]["high"]) == len(pool["calendar"][0]["usual"]) == 24
