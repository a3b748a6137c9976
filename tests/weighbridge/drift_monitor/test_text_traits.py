"""What is said of one text: examples, empty, huge and odd ones."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.drift_monitor.text_traits import END, REFUSES_WITHIN, UNDETERMINED, language, refuses, repetition


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How do I change the address that my invoices are sent to?", "en"),
        ("Wie ändere ich das Passwort von meinem Konto bei euch?", "de"),
        ("¿Cómo cambio la dirección a la que se envían las facturas?", "es"),
        ("请问怎样才能修改我的发票寄送地址呢", "zh"),
        ("請求書の送付先住所を変更するにはどうすればよいですか", "ja"),
        ("", UNDETERMINED),
        ("ok thanks", UNDETERMINED),
        ("12345 67890 12345 67890 !!!", UNDETERMINED),
        ("\ufffd\ufffd\x00\ufffd", UNDETERMINED),
    ],
)
def test_the_language_of_a_text(text, expected):
    assert language(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I\u2019m sorry, but I can\u2019t help with that.",
        "  I CANNOT\n\nASSIST with this request.",
        "Das kann ich nicht beantworten.",
        "Je suis désolé, mais je ne peux pas répondre.",
        "抱歉\uff0c我无法回答这个问题",
    ],
)
def test_a_refusal_is_known_by_how_it_begins(text):
    assert refuses(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I'm sorry to hear that. Have you tried to restart it?",
        "Of course! Here is the recipe.",
        "As an AI engineer you would begin with the data.",
        "x" * REFUSES_WITHIN + " I cannot assist with that.",  # not at the beginning
    ],
)
def test_no_refusal(text):
    assert not refuses(text)


def test_phrases_of_ones_own_count_as_well():
    assert refuses("That's NOT my department, dear customer", ["that\u2019s not my department"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0.0),
        ("one two three", 0.0),
        ("one two three four", 0.0),
        ("the cat sat on the mat and the dog lay down", 0.0),
        ("a b c d a b c d", 1 / 5),  # abcd is there twice, of five runs
        ("no " * 100, 96 / 97),
        ("好" * 100, 96 / 97),
        ("!" * 100, 96 / 97),
    ],
)
def test_repetition_is_the_share_of_runs_of_four_words_that_were_there_before(text, expected):
    assert repetition(text) == pytest.approx(expected)


def test_only_the_end_is_looked_at_as_loops_are_there():
    words = " ".join(f"w{number}" for number in range(5000))
    assert repetition(words + " and so on" * 1000) > 0.9
    assert repetition("and so on " * 1000 + words) == 0.0
    assert len(words) > END


def test_a_huge_text_takes_no_longer_than_a_long_one():
    started = time.process_time()
    huge = "The same sentence again, and again. " * 500_000
    assert (language(huge), refuses(huge), repetition(huge) > 0.9) == ("en", False, True)
    assert time.process_time() - started < 5


@given(st.text(max_size=500))
def test_any_text_has_its_traits(text):
    assert language(text).isalpha()
    assert refuses(text) in (True, False)
    assert 0 <= repetition(text) < 1
