"""What a function of a provider answers that isn't called."""

import pytest

from weighbridge.host.functions import offline_answer
from weighbridge.host.wire import properties, to_struct

SECRET_TEXT = "gcp:secretmanager/getSecretVersionAccess:getSecretVersionAccess"  # noqa: S105 - a function's name


def test_arguments_are_echoed_and_what_would_be_read_is_a_placeholder():
    arguments = to_struct({"secret": "pager", "project": "example-ml"})
    assert properties(offline_answer(SECRET_TEXT, arguments)) == {
        "secret": "pager",
        "project": "example-ml",
        "id": "[not read offline]",
        "name": "[not read offline]",
        "secretData": "[not read offline]",
    }
    assert properties(arguments) == {"secret": "pager", "project": "example-ml"}


def test_no_other_function_has_an_answer():
    with pytest.raises(KeyError):
        offline_answer("gcp:compute/getZones:getZones", to_struct({}))
