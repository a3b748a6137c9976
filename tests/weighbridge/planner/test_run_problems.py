"""What is wrong with runs beyond what the models say, each with where and what to do."""

import pytest

from weighbridge.planner.problems import problems
from weighbridge.spec.workloads import Workloads

TRAIN = {"model": "llama-3.1-8b", "tokens_billions": 15, "sequence": 8192}
NIGHT = {"at": "02:00"}


def found(change=None, **top):
    run = {"train": TRAIN, "hardware": [{"tpu": "v5p-128"}], "schedule": NIGHT} | (change or {})
    run = {key: value for key, value in run.items() if value is not None}
    given = Workloads.model_validate({"version": 1, "runs": {"tune": run}} | top)
    return [f"{problem.location.removeprefix('runs.tune')}: {problem.message}" for problem in problems(given)]


def test_good_ones_have_none():
    assert found() == []
    assert found(experiments={"share": "20%", "at_most": {"tpu-v5p-slice": 8}}, month="2026-12") == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"train": None},
            ": nothing says how long it takes: give `history`, past runs, or `train`, a language model",
        ),
        (
            {"hardware": [{"tpu": "v5p-60"}]},
            ".hardware[0].tpu: no slice has 30 chips, as v5p-60 would; the nearest are v5p-32 and v5p-64",
        ),
        ({"history": {}}, ".history: expected either `file` or `folder`, got neither"),
        (
            {"history": {"folder": "x", "pipeline": "y"}},
            ".history.pipeline: a folder has the runs of one pipeline: leave it out",
        ),
        ({"work": 5}, ".work: it is compared with past runs, and there are none: leave it out"),
        (
            {"train": None, "history": {"file": "x"}, "goodput": "90%"},
            ".goodput: past runs have it already: leave it out",
        ),
        ({"goodput": "0%"}, ".goodput: expected more than 0%: it would never end"),
        ({"schedule": None, "at_once": 2}, ".at_once: without `schedule` nothing comes of it: leave it out"),
        (
            {"train": TRAIN | {"model": "lama-3.1-8b"}},
            ".train.model: the catalog has no 'lama-3.1-8b'. Did you mean `llama-3.1-8b`? State its `architecture`",
        ),
        ({"train": TRAIN | {"model": None}}, ".train: expected either `model` or `architecture`, got neither"),
        (
            {"train": TRAIN | {"mfu": 0.844}},
            (".train.mfu: nobody gets beyond 0.75 of the peak rate in bf16, got 0.844: was it measured in int8, against"
            " another peak, or on twice the chips (v5p-128 has 64)?"),
        ),
        ({"schedule": {}}, ".schedule: expected one of `at`, `every` and `a_month`, got none of them"),
        ({"schedule": {"every": "6h", "days": ["mon"]}}, ".schedule.days: it belongs to `at`: leave it out"),
        (
            {"schedule": {"every": "1m"}},
            ".schedule.every: 44,640 runs a month are a service, not runs: at most 9,000",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_once(change, expected):
    assert found(change) == [expected]


@pytest.mark.parametrize(
    ("top", "change", "expected"),
    [
        (
            {"experiments": {"share": "100%"}}, {},
            "experiments.share: expected less than 100%: nothing would be left for the runs",
        ),
        (
            {"experiments": {"share": "5%", "at_most": {"v5p": 8}}}, {},
            "experiments.at_most.v5p: no run is on 'v5p'; runs are on tpu-v5p-slice. Did you mean `tpu-v5p-slice`?",
        ),
        (
            {"experiments": {"share": "5%"}}, {"schedule": None},
            ("experiments: no run has a `schedule`, so there is nothing to take a share of: give a run one, or leave"
            " this out"),
        ),
        (
            {"month": "2026-12"}, {"schedule": None},
            "month: no run has a `schedule`, so nothing is simulated: leave it out",
        ),
    ],
)  # fmt: skip
def test_of_experiments_and_the_month(top, change, expected):
    assert found(change, **top) == [expected]


def test_a_day_that_never_comes_never_runs():
    # The 31st is a Saturday, a Monday ... of some year: over one year, two weekdays of a 29th to 31st may be missing.
    assert found({"schedule": NIGHT | {"days": ["tue"], "days_of_month": [29]}}) == []


def test_nothing_at_all_is_nothing_to_plan():
    given = Workloads.model_validate({"version": 1})
    assert [problem.message for problem in problems(given)] == ["nothing to plan: expected `workloads`, `runs` or both"]
