"""A language model's requests and answers: what is seen of texts and vectors, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tests.support.monitor_data import WatchedFolder, column, config, distance, write
from weighbridge.drift_monitor.baseline_reader import WrongColumns
from weighbridge.drift_monitor.series import samples
from weighbridge.files.problem import FileError
from weighbridge.signals.verdict import breaches

WATCH = (
    "{baseline: baseline.parquet, window: latest/, least_rows: 100, features: [prompt, vector], predictions: [answer], "
    "texts: [prompt, answer], embeddings: [vector]}"
)
ENGLISH = ("How do I change my address", "Where is the invoice of last month", "Please cancel the order of yesterday")
GERMAN = ("Wie ändere ich das Passwort", "Wo liegt die Rechnung vom letzten Monat", "Bitte die Bestellung stornieren")
ANSWERS = (
    "You find it in the settings of your account",
    "I have sent it to you by mail",
    "It is done, have a nice day",
)
REFUSAL = "I'm sorry, but I can't help with that"


def logged(
    rows: int = 400, seed: int = 1, prompts: tuple[str, ...] = ENGLISH, refused: float = 0.02, shift: float = 0.0
) -> pa.Table:
    """What a language model was asked and has answered, with a vector of each prompt."""
    random = np.random.default_rng(seed)
    answers = [f"{text} {number}" for number, text in enumerate(random.choice(ANSWERS, rows))]
    texts = np.where(random.random(rows) < refused, REFUSAL, answers)
    vectors = random.normal(shift, 1, (rows, 16))
    return pa.table({"prompt": random.choice(prompts, rows), "answer": texts, "vector": list(vectors)})


def far(folder: WatchedFolder) -> set[str]:
    """Columns whose distance from the training data is beyond their noise."""
    return {
        watched.name
        for watched in folder.measure().window.columns
        for measured in watched.measured
        if measured.against == "training" and measured.distance > measured.noise
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(logged(), tmp_path / "baseline.parquet")
    return tmp_path


def test_texts_alike_are_not_far_and_each_change_is_seen_where_it_is(root):
    part = root / "latest/part.parquet"
    found = set()
    for change in ({}, {"prompts": GERMAN}, {"refused": 0.5}, {"shift": 1.0}):
        write(logged(seed=2, **change), part)
        found.add((*change, *sorted(far(WatchedFolder(root, config(WATCH))))))
    assert () in found, "nothing changed"
    assert [names for names in found if names[:1] == ("prompts",)] == [
        ("prompts", "language of prompt", "length of prompt")
    ]
    (refused,) = (names for names in found if names[:1] == ("refused",))
    assert "refusal of answer" in refused
    (moved,) = (names for names in found if names[:1] == ("shift",))
    assert sum(name.endswith(" of vector") for name in moved) >= 4
    assert {name.partition(" of ")[2] for name in moved[1:]} == {"vector"}


def test_no_text_is_exposed_and_the_verdict_names_what_drifted(root):
    write(logged(seed=2, refused=0.9), root / "latest/part.parquet")
    settings = config(WATCH).model_copy(update={"stage": "serving"})
    folder = WatchedFolder(root, settings)
    snapshot = folder.measure()
    exposed = {label for sample in samples(snapshot) for label in sample.labels}
    assert "refusal of answer" in exposed
    assert not exposed & {"prompt", "answer", *ENGLISH, *ANSWERS, REFUSAL}
    assert "refusal of answer" in " ".join(str(breach) for breach in breaches(snapshot, settings, folder.now))


def test_missing_empty_and_wrong_values_are_counted_as_such(root):
    data = logged(seed=2)
    texts: list[str | None] = data["answer"].to_pylist()
    texts[:100] = [None] * 100
    texts[100:200] = [""] * 100
    write(data.set_column(1, "answer", pa.array(texts)), root / "latest/part.parquet")
    length = column(WatchedFolder(root, config(WATCH)).measure(), "length of answer")
    assert length.missing == pytest.approx(0.25)
    numbers = pa.array(range(data.num_rows))
    write(data.set_column(1, "answer", numbers).set_column(2, "vector", numbers), root / "latest/part.parquet")
    other = WatchedFolder(root, config(WATCH)).measure()
    for name in ("length of answer", "language of answer", "refusal of answer", "norm of vector"):
        assert column(other, name).invalid["type"] == pytest.approx(1), name


def test_a_window_that_lacks_the_column_and_an_empty_one(root):
    write(logged(seed=2).drop_columns(["answer"]), root / "latest/part.parquet")
    folder = WatchedFolder(root, config(WATCH))
    assert column(folder.measure(), "length of answer").missing == 1
    assert folder.log == [
        "window: the column 'answer' is missing from latest/, so its values count as missing",
        *folder.log[1:],
    ]
    write(logged(rows=0), root / "latest/part.parquet")
    assert WatchedFolder(root, config(WATCH)).measure().window.rows == 0


def test_slices_of_texts(root):
    half = ["de", "fr"] * 200
    write(logged().append_column("country", pa.array(half)), root / "baseline.parquet")
    data = logged(seed=2).append_column("country", pa.array(half))
    answers = [REFUSAL if place == "fr" else text for place, text in zip(half, data["answer"].to_pylist(), strict=True)]
    write(data.set_column(1, "answer", pa.array(answers)), root / "latest/part.parquet")
    window = WatchedFolder(root, config(WATCH.replace("texts:", "slices: [country], texts:"))).measure().window
    far_slices = {
        (part.name, watched.result.name)
        for part in window.slices
        for watched in part.columns
        if any(measured.distance > measured.noise for measured in watched.result.measured)
    }
    assert ("country=fr", "refusal of answer") in far_slices
    assert ("country=de", "refusal of answer") not in far_slices


@pytest.mark.parametrize(
    ("replaced", "message"),
    [
        (
            ("texts: [prompt, answer]", "texts: [prompt, reply]"),
            "reply is among no features, labels or predictions: name it there as well",
        ),
        (("embeddings: [vector]", "embeddings: [prompt]"), "prompt is a text or an embedding already: remove one"),
        (
            ("[prompt, vector]", "[prompt, vector, length of prompt]"),
            "length of prompt is the name of what is made of a text or an embedding: rename the column",
        ),
        (
            ("texts: [prompt, answer]", "texts: [prompt], refusals: [not my department]"),
            "refusals are looked for in texts among labels and predictions, and there are none: name one",
        ),
        (
            ("texts: [prompt, answer]", "texts: [answer], refusals: [no]"),
            'expected a phrase of 5 to 200 characters, got "no".',
        ),
    ],
)
def test_what_is_wrong_with_what_is_to_be_watched(replaced, message):
    with pytest.raises(FileError) as refused:
        config(WATCH.replace(*replaced))
    assert [problem.message for problem in refused.value.problems] == [message]


def test_a_baseline_that_holds_something_else(root):
    data = logged()
    write(data.drop_columns(["answer"]), root / "baseline.parquet")
    with pytest.raises(WrongColumns) as refused:
        WatchedFolder(root, config(WATCH)).measure()
    assert str(refused.value) == (
        "predictions[0]: the baseline baseline.parquet has no column 'answer', but prompt and vector."
    )
    numbers = pa.array(range(data.num_rows))
    write(data.set_column(1, "answer", numbers).set_column(2, "vector", numbers), root / "baseline.parquet")
    with pytest.raises(WrongColumns) as refused:
        WatchedFolder(root, config(WATCH)).measure()
    assert str(refused.value) == (
        "features[1]: the baseline baseline.parquet has int64 in column 'vector': "
        "`embeddings` takes columns of lists of numbers, which CSV can't hold\n"
        "predictions[0]: the baseline baseline.parquet has int64 in column 'answer': `texts` takes columns of texts"
    )


def test_distance_of_nothing_is_no_number(root):
    write(logged(seed=2), root / "latest/part.parquet")
    assert distance(WatchedFolder(root, config(WATCH)).measure(), "length of prompt") < 0.1
