"""That an answer in part is none; the rest is tried through the command."""

from __future__ import annotations

import pytest

from weighbridge.cloud_api.client import RefusedCall
from weighbridge.cloud_api.refusal import Lack, LackKind
from weighbridge.prometheus import NoAnswer
from weighbridge.pull.reading import Gathering, Unread


def fails(error):
    def ask():
        raise error

    return ask


def test_nothing_missing_says_nothing():
    gathering = Gathering("p")
    assert gathering.read("limits", lambda: 3, 0) == 3
    gathering.end()


def test_each_lack_is_named_once_apis_before_permissions_before_silence():
    gathering = Gathering("p")
    gathering.read("use", fails(NoAnswer("monitoring doesn't answer")), None)
    gathering.read("VMs", fails(RefusedCall(Lack(LackKind.PERMISSION, "compute.x.list", "x is missing"))), None)
    gathering.read("zones", fails(RefusedCall(Lack(LackKind.PERMISSION, "compute.x.list", "x is missing"))), None)
    gathering.read("limits", fails(RefusedCall(Lack(LackKind.API_OFF, "q", "q is off"))), None)
    gathering.read("more use", fails(NoAnswer("monitoring doesn't answer")), None)
    with pytest.raises(Unread) as unread:
        gathering.end()
    assert str(unread.value).splitlines()[1:4] == [
        "  limits: q is off",
        "  VMs, zones: x is missing",
        "  use, more use: monitoring doesn't answer",
    ]
