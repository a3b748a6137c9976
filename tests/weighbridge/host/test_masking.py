"""No secret that the host has seen is in a text that it shows."""

import pytest

from weighbridge.host.masking import Mask


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        ("hunter2", "the password is hunter2.", "the password is [secret]."),
        ("first line\nsecond line", "error: second line", "error: [secret]"),
        ('{"user": "ann", "keys": ["k-1234", 5]}', "key k-1234", "key [secret]"),
        ('["k-1234"', "key k-1234", "key k-1234"),
        ("abc", "abc is too short to hide", "abc is too short to hide"),
        ("   a   ", "spaces   a   do not count", "spaces   a   do not count"),
    ],
    ids=["text", "line of a text", "text in JSON", "no JSON", "short", "blank"],
)
def test_secrets_are_hidden(secret, text, shown):
    assert Mask([secret])(text) == shown


def test_the_longest_secret_is_hidden_first():
    mask = Mask(["token", "token-of-prod"])
    assert mask("token-of-prod and token") == "[secret] and [secret]"


def test_secrets_are_learned_later_too():
    mask = Mask()
    assert mask("hunter2") == "hunter2"
    mask.learn(["hunter2"])
    assert mask("hunter2") == "[secret]"
