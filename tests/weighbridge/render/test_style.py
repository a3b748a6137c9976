"""What a terminal can do, and what it is given."""

from weighbridge.render.style import RED, Style


def test_colour_only_where_there_is_any():
    assert Style(colour=True).paint("x", RED) == "\x1b[31;1mx\x1b[0m"
    assert Style().paint("x", RED) == "x"


def test_characters_that_a_terminal_does_not_know_are_spelled():
    text = "2 → 14 – █░ · … é"
    assert Style().spell(text) == text
    assert Style(unicode=False).spell(text) == "2 -> 14 - #. - ... ?"
