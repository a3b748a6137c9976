"""No secret that the host has seen is in a text that it shows."""

import base64
import html
import json
import shlex
import textwrap
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, quote_plus

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from weighbridge.host.masking import Mask
from weighbridge.resources.values import Secret


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        ("hunter2", "the password is hunter2.", "the password is [secret]."),
        ("hunter2", "https://ann:hunter2@example.com", "https://ann:[secret]@example.com"),
        ("first line\nsecond line", "error: second line", "error: [secret]"),
        ('{"user": "ann", "keys": ["k-1234", 5]}', "key k-1234", "key [secret]"),
        ('["k-1234"', "key k-1234", "key k-1234"),
        ("abc", "the pin abc, 'abc' is no abcissa", "the pin [secret], '[secret]' is no abcissa"),
        ("x7", '{"pin": "x7"}', '{"pin": "[secret]"}'),
        ("a", "a letter tells nothing", "a letter tells nothing"),
        ("   ab   ", "spaces   ab   count as part of it", "spaces[secret]count as part of it"),
        ("      ", "blank      ones tell nothing", "blank      ones tell nothing"),
    ],
    ids=[
        "text", "in an address", "line of a text", "text in JSON", "no JSON", "short", "two letters", "a letter",
        "padded", "blank",
    ],
)  # fmt: skip
def test_secrets_are_hidden(secret, text, shown):
    assert Mask([secret])(text) == shown


FORMS = {
    "as it is": lambda secret: f"is {secret} wrong",
    "repr": repr,
    "in a list": lambda secret: f"{['other', secret, 7]}",
    "in a dict": lambda secret: f"{ {'password': secret} }",
    "bytes": lambda secret: repr(secret.encode()),
    "exception": lambda secret: repr(KeyError(secret)),
    "f-string": lambda secret: f"{secret!r:>80}",
    "ascii": ascii,
    "json": lambda secret: json.dumps({"password": secret}),
    "json, not ascii": lambda secret: json.dumps({"password": secret}, ensure_ascii=False),
    "json in json": lambda secret: json.dumps({"body": json.dumps({"password": secret})}),
    "json in repr": lambda secret: repr(json.dumps({"password": secret})),
    "yaml": lambda secret: yaml.safe_dump({"password": secret}, width=10_000, allow_unicode=True, default_style="'"),
    "xml": lambda secret: html.escape(secret, quote=False),
    "html": html.escape,
    "xml attribute": lambda secret: html.escape(secret).replace("\n", "&#10;").replace("\t", "&#9;"),
    "url": quote,
    "url component": lambda secret: f"https://example.com/?password={quote(secret, safe='')}&x=1",
    "form": quote_plus,
    "shell": shlex.quote,
    "hex": lambda secret: secret.encode().hex(),
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64, url-safe": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="),
    "basic auth": lambda secret: base64.b64encode(f"ann:{secret}".encode()).decode(),
    "longer in base64": lambda secret: base64.b64encode(f"user:{secret}@host".encode()).decode(),
    "wrapped": lambda secret: textwrap.fill(f"{'the server said that ' * 4}{secret}", 80),
    "wrapped anywhere": lambda secret: "\n    ".join(textwrap.wrap(f"{'x' * 71} {secret}", 80, drop_whitespace=False)),
}
SECRETS = {
    "plain": "correct-horse-battery-staple",
    "quotes": "it's \"double\" & 'single' <both>",
    "backslashes": "C:\\new\\table\\x41",
    "control": "tab\there\x07bell\x1bescape",
    "lines": "BEGIN OF KEY\nMIIEvgIBADANBg/kqh+kiG9w0=\nEND OF KEY",
    "not ascii": "pässwörd-ключ",
    "words": "a pass phrase of many words that is longer than a line of eighty columns has room for, so it wraps",
    "short": "s3cr",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_no_form_of_a_secret_is_shown(secret, form):
    shown = Mask([secret])(form(secret))
    for line in (secret, *secret.split("\n")):
        for piece in (line, line[:9], line[-9:]):
            assert piece not in shown
    assert "[secret]" in shown


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Zs", "Zl", "Zp", "Cc")), min_size=6, max_size=40),
    st.text(alphabet="xyz ", max_size=9),
)
@settings(max_examples=200, deadline=None)
def test_base64_is_hidden_wherever_in_a_text_it_begins(secret, before):
    encoded = base64.b64encode(f"{before}{secret}{before}".encode()).decode()
    shown = Mask([secret])(encoded)
    assert "[secret]" in shown
    left = max(map(len, shown.split("[secret]")))
    assert left <= len(base64.b64encode(before.encode())) + 4


def test_the_longest_secret_is_hidden_first():
    mask = Mask(["token", "token-of-prod"])
    assert mask("token-of-prod and token") == "[secret] and [secret]"


def test_secrets_are_learned_later_too():
    mask = Mask()
    assert mask("hunter2") == "hunter2"
    mask.learn(["hunter2"])
    assert mask("hunter2") == "[secret]"


def test_the_beginning_of_a_secret_is_hidden_where_a_line_was_cut():
    mask = Mask(["correct-horse-battery-staple"])
    assert mask("Error: correct-horse-batt\nnext") == "Error: [secret]\nnext"
    assert mask("Error: correct-horse-riding") == "Error: correct-horse-riding"


class Colour(StrEnum):
    PLAIN = "plain"


@dataclass(frozen=True)
class Shown:
    name: str
    kind: Colour
    parts: "tuple[Shown | str, ...]" = ()
    value: object = None


def test_every_text_in_a_result_is_masked_and_nothing_else_changes():
    mask = Mask(["plain"])
    given = Shown(
        "in plain sight",
        Colour.PLAIN,
        ("plain", Shown("b", Colour.PLAIN, value={"plain": ["plain", 5, None]})),
        Secret(7),
    )
    masked = mask.over(given)
    inner = Shown("b", Colour.PLAIN, value={"[secret]": ["[secret]", 5, None]})
    assert masked == Shown("in [secret] sight", Colour.PLAIN, ("[secret]", inner), Secret(7))
    assert masked.kind is Colour.PLAIN
    assert Mask().over(given) is given
    untouched = Shown("b", Colour.PLAIN)
    assert mask.over(untouched) is untouched
