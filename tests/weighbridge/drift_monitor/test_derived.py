"""Which columns stand for a text or a vector, and what they are called."""

from __future__ import annotations

from weighbridge.drift_monitor.derived import DIRECTIONS, Derived, derived_of
from weighbridge.spec.pipeline import Watch

WATCH = Watch.model_validate(
    {
        "baseline": "b.parquet",
        "window": "latest/",
        "features": ["prompt", "vector", "country"],
        "predictions": ["answer"],
        "texts": ["prompt", "answer"],
        "refusals": ["not my department"],
        "embeddings": ["vector"],
    }
)


def names(column: str, role: str) -> list[str]:
    return [derived.name for derived in derived_of(column, role, WATCH)]


def test_of_texts_that_a_model_is_asked_no_refusals_are_looked_for():
    assert names("prompt", "features") == ["length of prompt", "language of prompt", "repetition of prompt"]
    assert names("answer", "predictions") == [
        "length of answer", "language of answer", "repetition of answer", "refusal of answer",
    ]  # fmt: skip
    assert derived_of("answer", "predictions", WATCH)[-1].phrases == ("not my department",)


def test_of_a_vector_and_of_what_is_neither():
    found = names("vector", "features")
    assert found[:3] == ["norm of vector", "size of vector", "direction 1 of vector"]
    assert len(found) == 2 + DIRECTIONS
    assert names("country", "features") == []


def test_what_is_made_of_what():
    derived = [Derived("a", trait) for trait in ("length", "language", "refusal", "repetition", "norm", "size")]
    assert [column.of_text for column in derived] == [True, True, True, True, False, False]
    assert [column.is_number for column in derived] == [True, False, False, True, True, True]
