"""The committed numbers are what the measured rows give, and their held-out errors are within the targets."""

import csv
import io

import pytest

from weighbridge.catalog.model_speed import measured_speeds
from weighbridge.catalog.tables import FOLDER
from weighbridge.planner import build
from weighbridge.planner.build import NoSample, fit_all, own_rows, sample_file, sample_rows, tables


@pytest.fixture(scope="module")
def fitted():
    file = sample_file()
    if file is None:
        pytest.skip("aiconfigurator-core is not installed: its measured rows are needed to fit")
    return fit_all([*sample_rows(file), *own_rows()])


def test_the_committed_tables_are_what_the_rows_give(fitted):
    for name, text in tables(fitted).items():
        with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as committed:
            made, kept = (list(csv.DictReader(source)) for source in (io.StringIO(text), committed))
        assert [_words(row) for row in made] == [_words(row) for row in kept]
        for one, other in zip(made, kept, strict=True):
            # Another processor's last digits may move a number that few rows decide on.
            assert _numbers(one) == pytest.approx(_numbers(other), rel=0.05, abs=0.02)


def _words(row):
    return {key: value for key, value in row.items() if not _is_number(value)}


def _numbers(row):
    return [float(value) for value in row.values() if _is_number(value)]


def _is_number(text):
    return bool(text) and text.replace(".", "", 1).isdigit()


REACHED = ("dense, known", "mixture, known", "dense, model never seen", "model never seen")


@pytest.mark.parametrize("estimate", REACHED)
def test_held_out_errors_are_within_the_targets(fitted, estimate, capsys):
    error, (mean, median) = fitted.classes[estimate], build.TARGETS[estimate]
    with capsys.disabled():
        print(f"\n{estimate}: {error.rows} held-out rows, mean {error.mean:.1%}, median {error.median:.1%}", end="")
    assert error.mean <= mean
    assert error.median <= median


def test_mixtures_never_seen_miss_the_target_of_the_median_by_little(fitted):
    error = fitted.classes["mixture, model never seen"]
    assert error.mean <= 0.20
    assert 0.15 < error.median <= 0.16, "reached: say so in docs/planner.md"


def test_nine_of_ten_held_out_rows_lie_between_the_factors(fitted):
    for name, error in fitted.classes.items():
        assert 0.88 <= error.coverage <= 0.92, name


def test_rows_of_several_replicas_or_split_attention_are_left_out(tmp_path):
    head = (
        "silicon_data_source,backend,model_path,system,precision,mode,isl,osl,gemm_quant_mode,batch_size,tp_size,pp_size,"
        "attention_dp_size,silicon_ttft_ms,silicon_tpot_ms\n"
    )
    good = (
        "silicon_concurrency=8; measured=2026-03-01,vllm,Qwen/Qwen3-32B,h100_sxm,fp8,agg,1000,101,fp8,8,2,1,1,100,10\n"
    )
    wrong = [
        good.replace("concurrency=8", "concurrency=16"), good.replace(",2,1,1,", ",2,2,1,"),
        good.replace(",2,1,1,", ",2,1,2,"), good.replace("agg", "disagg"), good.replace("Qwen3-32B", "Nobody-1B"),
    ]  # fmt: skip
    file = tmp_path / "sample.csv"
    file.write_text(head + good + "".join(wrong))
    (row,) = sample_rows(file)
    assert (row.seconds, row.first_token, row.as_of) == (pytest.approx(1.1), 0.1, "2026-03-01")
    assert (row.model, row.replica.precision, row.replica.devices) == ("qwen3-32b", "fp8", 2)


def test_own_rows_are_those_of_the_catalog_each_with_a_concurrency():
    made = list(own_rows())
    assert len(made) == len(measured_speeds())
    assert all(row.load.concurrency >= 1 for row in made)


def test_without_the_package_the_tables_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "sample_file", lambda: None)
    with pytest.raises(NoSample, match="aiconfigurator_core isn't installed"):
        build.main(tmp_path)
    assert not list(tmp_path.iterdir())
