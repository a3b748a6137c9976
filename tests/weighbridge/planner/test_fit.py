"""The fit finds numbers that rows were made with, and its held-out error is that of rows that it never saw."""

import numpy as np
import pytest

from weighbridge.catalog.model_speed import llm_devices, llm_models
from weighbridge.planner.fit import FitRow, RowSet, error_of, fit, fit_groups, four, held_out, known_groups
from weighbridge.planner.step_time import FourNumbers, ModelReplica, TokenLoad, request_seconds, work_of

TRUE = FourNumbers(0.8, 0.4, 60e-6, 15e-6)


def rows(count=60, noise=0.0, accelerator="nvidia-h100-80gb", model="llama-3.1-8b"):
    random = np.random.default_rng(5)
    made = []
    for _ in range(count):
        replica = ModelReplica(
            llm_models()[model], llm_devices()[accelerator], int(random.choice([1, 2, 4])), "bf16", "vllm"
        )
        load = TokenLoad(float(random.choice([1, 8, 64, 256])), float(random.choice([128, 1024, 4096])), 256.0)
        seconds = request_seconds(work_of(replica, load), load, TRUE) * np.exp(random.normal(0, noise))
        made.append(FitRow(replica, load, float(seconds), "made"))
    return made


def test_the_numbers_are_found_again():
    made = RowSet(rows())
    found = four(fit(made, np.arange(60)))
    assert found.memory == pytest.approx(TRUE.memory, rel=0.02)
    assert found.compute == pytest.approx(TRUE.compute, rel=0.02)
    assert found.layer == pytest.approx(TRUE.layer, rel=0.02)
    assert found.layer_several == pytest.approx(TRUE.layer_several, rel=0.05)


def test_one_row_measured_wrongly_does_not_decide():
    made = rows()
    made[3] = FitRow(made[3].replica, made[3].load, made[3].seconds * 20, "made")
    found = four(fit(RowSet(made), np.arange(60)))
    assert found.memory == pytest.approx(TRUE.memory, rel=0.05)


def test_few_rows_lean_on_all_others():
    few = rows(2, accelerator="nvidia-h200-141gb")
    slow = [FitRow(row.replica, row.load, row.seconds * 1.1, "made") for row in few]
    made = RowSet([*rows(), *slow])
    fitted = fit_groups(made, np.arange(62))
    few_numbers, all_numbers = (
        four(fitted[group]) for group in (("vllm", "nvidia-h200-141gb", "dense"), ("*", "*", "dense"))
    )
    assert few_numbers.memory == pytest.approx(all_numbers.memory, rel=0.2)
    assert few_numbers.compute == pytest.approx(all_numbers.compute, rel=0.2)


def test_a_held_out_row_is_estimated_without_itself():
    made = rows(40, noise=0.1)
    wrong = FitRow(made[0].replica, made[0].load, made[0].seconds * 3, "made")
    ratios, firsts = held_out(RowSet([wrong, *made[1:]]), [index % 4 for index in range(40)])
    assert ratios[0] == pytest.approx(3, rel=0.4)
    assert np.abs(np.log(ratios[1:])).mean() < 0.15
    assert np.isnan(firsts).all()


def test_the_interval_holds_nine_of_ten():
    ratios = np.exp(np.random.default_rng(2).normal(0.05, 0.2, 2000))
    found = error_of(ratios)
    assert (found.low, found.high) == pytest.approx((np.exp(0.05 - 1.645 * 0.2), np.exp(0.05 + 1.645 * 0.2)), rel=0.05)
    assert 0.88 <= found.coverage <= 0.92
    assert found.rows == 2000


def test_a_group_is_known_from_thirty_rows_on():
    assert known_groups([*rows(30), *rows(29, accelerator="nvidia-l4")]) == {("vllm", "nvidia-h100-80gb", "dense")}
