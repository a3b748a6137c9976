"""The file of workloads: what its models and its published schema admit."""

import jsonschema
import pytest
from pydantic import ValidationError

from weighbridge.spec.schema import workloads_schema
from weighbridge.spec.workloads import Workloads

SCHEMA = jsonschema.Draft202012Validator(workloads_schema())

CHAT = {
    "model": "llama-3.1-70b",
    "precision": "fp8",
    "accelerators": ["nvidia-h100-80gb"],
    "demand": {"rate": 2.5, "input_tokens": 1000, "output_tokens": 200},
    "objective": {"first_token": "2s", "per_token": "50ms", "within": "99%"},
    "scale_up_delay": "6m",
    "survive": {"replicas": 1, "zones": 1},
    "measured": [{"accelerator": "nvidia-l4", "concurrency": 1, "per_token": "25.35ms"}],
}


def changed(**change):
    return {"version": 1, "workloads": {"chat": {**CHAT, **change}}}


def test_model_and_schema_admit_a_good_file():
    Workloads.model_validate(changed())
    SCHEMA.validate(changed())


@pytest.mark.parametrize(
    "change",
    [
        {"model": "Llama 3.1"},
        {"precision": "fp32"},
        {"engine": "vlllm"},
        {"accelerators": ["a"] * 17},
        {"devices": [0]},
        {"demand": {"rate": 0}},
        {"demand": {"rate": 1, "daily": [1] * 23}},
        {"demand": {"rate": 1, "weekly": [1] * 6 + [-1]}},
        {"demand": {"rate": 1, "peak_factor": 0.5}},
        {"demand": {"rate": 1, "growth": 0}},
        {"objective": {"within": "101%"}},
        {"survive": {"zones": 2}},
        {"scale_up_delay": "soon"},
        {"gpu": 1},
    ],
)
def test_model_and_schema_refuse_alike(change):
    with pytest.raises(ValidationError):
        Workloads.model_validate(changed(**change))
    assert not SCHEMA.is_valid(changed(**change))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(number):
    with pytest.raises(ValidationError):
        Workloads.model_validate(changed(demand={"rate": number}))
