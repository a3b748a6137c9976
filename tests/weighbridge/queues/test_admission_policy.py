"""The expressions hang together; what they refuse, a real API server says (tests/integration/test_queues.py)."""

from __future__ import annotations

import re

from weighbridge.infrastructure.allocatable import GPU, TPU
from weighbridge.queues.admission_policy import ACCELERATED, MESSAGE, VALIDATION, VARIABLES


def test_every_variable_is_defined_before_it_is_used():
    known: set[str] = set()
    for name, expression in (*VARIABLES, ("", VALIDATION)):
        assert set(re.findall(r"variables\.(\w+)", expression)) <= known
        known.add(name)


def test_both_kinds_of_accelerators_are_meant():
    assert f"'{GPU}'" in ACCELERATED
    assert f"'{TPU}'" in ACCELERATED


def test_the_message_says_what_to_do():
    assert "kueue.x-k8s.io/queue-name: default" in MESSAGE
