"""Keys tell texts apart, are the same however the texts lie in memory, and in every process."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.drift_monitor.keys import keys_of

TEXTS = st.lists(st.text(max_size=40), max_size=30)


@given(TEXTS)
def test_two_texts_have_one_key_exactly_where_they_are_the_same(texts):
    keys = keys_of(pa.array(texts, pa.string())).tolist()
    assert len(keys) == len(texts)
    assert len(set(zip(texts, keys, strict=True))) == len(set(texts)) == len(set(keys))


@given(TEXTS, TEXTS)
def test_a_key_depends_on_its_text_alone(before, texts):
    """A slice has its neighbours' bytes beside it, and other types other offsets."""
    alone = keys_of(pa.array(texts, pa.string()))
    within = pa.array([*before, *texts, *before], pa.string()).slice(len(before), len(texts))
    assert np.array_equal(keys_of(within), alone)
    assert np.array_equal(keys_of(pa.array(texts, pa.large_string())), alone)
    assert np.array_equal(keys_of(pa.array([text.encode() for text in texts], pa.binary())), alone)


def test_texts_that_are_alike_at_their_ends():
    texts = ["", "\0", "\0\0", "a", "a\0", "\0a", "ab", "ba", "x" * 2**20, "x" * (2**20 + 1)]
    assert len(set(keys_of(pa.array(texts)).tolist())) == len(texts)


def test_another_process_has_the_same_keys():
    code = (
        "import pyarrow as pa; from weighbridge.drift_monitor.keys import keys_of; "
        "print(keys_of(pa.array(['DE', 'FR'])))"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == str(keys_of(pa.array(["DE", "FR"])))
