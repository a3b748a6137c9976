"""Makes the catalog's tables of fitted numbers from measured rows.

    python -m weighbridge.planner.build

The rows are those of `catalog/llm_measured.csv`, and the sample that the package aiconfigurator-core ships, which is
read where it is installed: none of its rows is kept here.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from weighbridge.catalog.model_speed import LlmModel, llm_devices, llm_models, measured_speeds
from weighbridge.catalog.tables import FOLDER
from weighbridge.errors import WrongInput
from weighbridge.planner.fit import (
    FOLDS,
    FitRow,
    Group,
    HeldOutError,
    Numbers,
    RowSet,
    error_of,
    fit_groups,
    four,
    held_out,
    known_groups,
)
from weighbridge.planner.memory import room_of
from weighbridge.planner.step_time import LEAST_ROWS, ModelReplica, Precision, TokenLoad

PACKAGE = "aiconfigurator_core"
SAMPLE = "systems/silicon_sample.csv"
SAMPLE_SOURCE = "aiconfigurator-sample"

_DEVICES = {
    "h100_sxm": "nvidia-h100-80gb", "h200_sxm": "nvidia-h200-141gb", "b200_sxm": "nvidia-b200",
    "b300_sxm": "nvidia-b300", "gb200": "nvidia-gb200", "gb300": "nvidia-gb300",
}  # fmt: skip
_ENGINES = {"trtllm": "tensorrt-llm", "vllm": "vllm", "sglang": "sglang"}
_PRECISIONS: Mapping[str, Precision] = {"bf16": "bf16", "fp8": "fp8", "fp4": "fp4"}
_SUFFIXES = re.compile(r"^(?:nvidia-)?(.*?)(?:-instruct)?(?:-fp8|-nvfp4)?(?:-instruct)?$")
_CONCURRENCY = re.compile(r"silicon_concurrency=(\d+)")
_MEASURED = re.compile(r"measured=(\d{4}-\d{2}-\d{2})")

TARGETS = {
    "dense, known": (0.15, 0.10), "mixture, known": (0.20, 0.12), "model never seen": (0.25, 0.15),
    "dense, model never seen": (0.25, 0.15), "mixture, model never seen": (0.25, 0.15),
}  # fmt: skip
"""Mean and median errors that estimates aim at."""

FEW_AT_ONCE = 4
"""Up to this concurrency a measured first token hardly waited."""


class NoSample(WrongInput):
    """The package with the measured rows isn't installed."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """All rows, the numbers of each group, and the error of each class of estimate."""

    rows: tuple[FitRow, ...]
    numbers: Mapping[Group, Numbers]
    groups: Mapping[Group, HeldOutError]
    classes: Mapping[str, HeldOutError]


def sample_file() -> Path | None:
    """Where the package's rows are; None where it isn't installed. Nothing of it is imported."""
    found = importlib.util.find_spec(PACKAGE)
    folders = found.submodule_search_locations if found else None
    file = Path(folders[0]) / SAMPLE if folders else None
    return file if file is not None and file.is_file() else None


def sample_rows(file: Path) -> Iterator[FitRow]:
    """The rows of one replica without pipeline or attention parallelism, of models and devices that the catalog has.

    Left out are rows whose batch isn't their concurrency: several replicas, or attention split over requests.
    """
    models, devices = llm_models(), llm_devices()
    with file.open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            model = models.get(_model_name(row["model_path"]))
            device = devices.get(_DEVICES.get(row["system"], ""))
            stated = _CONCURRENCY.search(row["silicon_data_source"])
            batch = float(row["batch_size"] or 0)
            if (
                model is None or device is None or row["mode"] != "agg" or batch < 1
                or (stated and float(stated[1]) != batch) or row["pp_size"] != "1"
                or row["attention_dp_size"] not in {"", "0", "1"} or int(row["tp_size"]) > device.most_devices
            ):  # fmt: skip
                continue
            outputs, first = float(row["osl"]), float(row["silicon_ttft_ms"]) / 1000
            seconds = first + (outputs - 1) * float(row["silicon_tpot_ms"]) / 1000
            replica = ModelReplica(model, device, int(row["tp_size"]), _precision(row), _ENGINES[row["backend"]])
            measured = _MEASURED.search(row["silicon_data_source"])
            as_of = measured[1] if measured else ""
            load = TokenLoad(batch, float(row["isl"]), outputs)
            yield FitRow(replica, load, seconds, SAMPLE_SOURCE, first, as_of)


def _model_name(path: str) -> str:
    stem = path.rpartition("/")[2].lower()
    matched = _SUFFIXES.match(stem)
    return matched[1] if matched else stem


def _precision(row: Mapping[str, str]) -> Precision:
    if row["gemm_quant_mode"] == "int4_wo":
        return "int4"
    path = row["model_path"]
    named = "fp8" if path.endswith("FP8") else "fp4" if path.endswith("NVFP4") else row["precision"]
    return _PRECISIONS.get(named, "bf16")


def own_rows() -> Iterator[FitRow]:
    """The catalog's measured rows; where nobody stated the concurrency, as many requests as fit."""
    for row in measured_speeds():
        model: LlmModel = llm_models()[row.model]
        precision: Precision = "int4" if row.precision == "int4" else "int8" if row.precision == "int8" else (
            _PRECISIONS[row.precision]
        )  # fmt: skip
        replica = ModelReplica(model, llm_devices()[row.accelerator], row.devices, precision, row.engine)
        concurrency = row.concurrency or room_of(replica, row.input_tokens, row.output_tokens).sequences
        if concurrency:
            load = TokenLoad(concurrency, row.input_tokens, row.output_tokens)
            seconds = concurrency * row.output_tokens / row.tokens_per_s
            yield FitRow(replica, load, seconds, row.source, None, str(row.as_of))


def fit_all(rows: Sequence[FitRow]) -> Fitted:
    """Fits all rows, and estimates each by numbers that never saw it: its fold, or its whole model."""
    known = known_groups(rows)
    of = RowSet(rows)
    everything = np.arange(len(rows))
    shuffled = np.random.default_rng(0).permutation(len(rows)) % FOLDS
    ratios, firsts = held_out(of, [int(fold) for fold in shuffled])
    unseen, _ = held_out(of, [row.model for row in rows])
    of_group = Counter(row.group for row in rows)
    of_model = Counter((row.group, row.model) for row in rows)
    has_others = np.array([of_group[row.group] - of_model[row.group, row.model] >= LEAST_ROWS for row in rows])
    is_known = np.array([row.group in known for row in rows])
    kinds = np.array([row.replica.model.kind for row in rows])
    few = np.array([row.load.concurrency <= FEW_AT_ONCE for row in rows])
    groups = {
        group: error_of(ratios[np.array([row.group == group for row in rows])])
        for group in sorted(known)
    }  # fmt: skip
    return Fitted(
        tuple(rows),
        fit_groups(of, everything),
        groups,
        {
            "dense, known": error_of(ratios[is_known & (kinds == "dense")]),
            "mixture, known": error_of(ratios[is_known & (kinds == "mixture")]),
            "dense, model never seen": error_of(unseen[has_others & (kinds == "dense")]),
            "mixture, model never seen": error_of(unseen[has_others & (kinds == "mixture")]),
            "model never seen": error_of(unseen[has_others]),
            "few rows": error_of(ratios[~is_known]),
            "first token": error_of(firsts[is_known & few]),
        },
    )


def tables(fitted: Fitted) -> Mapping[str, str]:
    """The two tables as CSV text by name."""
    return {"llm_speed": _speed_table(fitted), "llm_speed_errors": _error_table(fitted)}


def _speed_table(fitted: Fitted) -> str:
    lines = []
    for group, logs in sorted(fitted.numbers.items()):
        if group[0] == "*":
            continue
        rows = [row for row in fitted.rows if row.group == group]
        numbers, error = four(logs), fitted.groups.get(group)
        days = sorted(row.as_of for row in rows if row.as_of)
        lines.append([
            *group, f"{numbers.memory:.3f}", f"{numbers.compute:.3f}", f"{numbers.layer * 1e6:.2f}",
            f"{numbers.layer_several * 1e6:.2f}", len(rows), " ".join(sorted({row.model for row in rows})),
            f"{error.mean:.3f}" if error else "", f"{error.median:.3f}" if error else "",
            days[0] if days else "", days[-1] if days else "", " ".join(sorted({row.source for row in rows})),
        ])  # fmt: skip
    head = ("engine", "accelerator", "kind", "memory_efficiency", "compute_efficiency", "layer_us", "layer_us_several",
            "rows", "models", "held_out_mean", "held_out_median", "first", "last", "source")  # fmt: skip
    return _csv(head, lines)


def _error_table(fitted: Fitted) -> str:
    lines = []
    for name, error in fitted.classes.items():
        target = TARGETS.get(name)
        lines.append([
            name, error.rows, f"{error.mean:.3f}", f"{error.median:.3f}", f"{error.p90:.3f}", f"{error.low:.3f}",
            f"{error.high:.3f}", f"{error.coverage:.3f}", *((f"{goal:.2f}" for goal in target) if target else ("", "")),
        ])  # fmt: skip
    head = ("estimate", "rows", "mean", "median", "p90", "low", "high", "coverage", "target_mean", "target_median")
    return _csv(head, lines)


def _csv(head: Sequence[str], lines: Sequence[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(lines)
    return out.getvalue()


def main(folder: Path = FOLDER) -> None:
    """Rewrites both tables. Raises `NoSample`."""
    file = sample_file()
    if file is None:
        raise NoSample(f"{PACKAGE} isn't installed: pip install {PACKAGE.replace('_', '-')}==0.12.0 without its needs")
    fitted = fit_all([*sample_rows(file), *own_rows()])
    for name, text in tables(fitted).items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    for name, error in fitted.classes.items():
        sys.stdout.write(f"{name}: {error}\n")


if __name__ == "__main__":
    main()
