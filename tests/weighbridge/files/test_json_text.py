"""What is no JSON is said with its place, and a text that is cut off is called so."""

import pytest

from weighbridge.files.json_text import NotJson, parse_json


def test_json_is_what_it_says():
    assert parse_json('{"a": [1, true, null]}', "a.json") == {"a": [1, True, None]}
    assert parse_json('"\\ud83d\\ude00 \\\\ud83d"', "a.json") == "\U0001f600 \\ud83d"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" \n", "a.json: it is empty, and no JSON"),
        (
            '{"pools": [\n  {"name": "a"',
            "a.json:2:15: no JSON: it ends here, before it is whole, so the file is cut off",
        ),
        ('{"pools": [\n\n', "a.json:3:1: no JSON: it ends here, before it is whole, so the file is cut off"),
        ('{"na', "a.json:1:2: no JSON: the text that begins here never ends, so the file is cut off"),
        ("name: a\n", "a.json:1:1: no JSON: expecting value"),
        ('{"a": 1}\n{"b": 2}', "a.json:2:1: no JSON: extra data"),
        ('{"a": -Infinity}', "a.json: no JSON that can be read: -Infinity is no number of JSON"),
        ('{"a": ["\\ud83d\\ude00", "\\ud83d"]}', "a.json: no JSON that can be read: \\ud83d is half a character"),
        ("[" * 100_000, "a.json: no JSON that can be read: it is nested too deeply"),
    ],
)
def test_what_is_none_says_where(text, message):
    with pytest.raises(NotJson) as refused:
        parse_json(text, "a.json")
    assert str(refused.value) == message


def test_a_number_without_end_is_no_traceback():
    with pytest.raises(NotJson, match=r"^a\.json: no JSON that can be read: Exceeds the limit"):
        parse_json("1" * 5000, "a.json")
