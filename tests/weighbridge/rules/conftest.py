"""Whatever a test makes a rule find is well formed, and in all that a user reads of it as it is written down.

A test asks for the part that it is about. The rest, place, holder, level and numbers, stands in
`tests/golden/violations`, where who changes a message reads it; `pytest FILE --update-golden` writes it.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from tests.support.paths import GOLDEN
from weighbridge.rules import shared_quota
from weighbridge.rules.violation import Violation
from weighbridge.spec.root import Spec

LEVELS = get_args(get_type_hints(Violation)["level"])
IN = "\n    in "
"""Before each test that finds it."""


@pytest.fixture(autouse=True)
def _well_formed(request, monkeypatch):
    judge = getattr(request.module, "judge", None)
    rule = getattr(sys.modules.get(getattr(judge, "__module__", ""), None), "RULE", None)
    if judge is None or rule is None:
        return

    def checked(*given, **named):
        answer = judge(*given, **named)
        found = [*answer]
        if found and isinstance(given[0], list | tuple):  # resources: what is found of one is found whichever is first
            assert {*found} == {*judge(given[0][::-1], *given[1:], **named)}
        for violation in found:
            assert violation.rule == rule.name
            assert violation.level in LEVELS
            assert violation.path is None or violation.path[0] in Spec.model_fields
            assert violation.urn or violation.path or rule is shared_quota.RULE, violation  # a limit is nobody's own
        return type(answer)(found) if isinstance(answer, list | tuple) else iter(found)

    monkeypatch.setattr(request.module, "judge", checked)


@pytest.fixture(autouse=True)
def _as_written(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, update_golden: bool) -> Iterator[None]:
    found: set[str] = set()
    differs = hasattr(request.function, "hypothesis") or "shared" in request.fixturenames  # by run, or by machine
    if not differs:
        monkeypatch.setattr(Violation, "__init__", _noted(Violation.__init__, found))
    failed = request.session.testsfailed
    yield
    if request.session.testsfailed > failed:
        return
    file = GOLDEN / "violations" / f"{request.path.stem.removeprefix('test_')}.txt"
    test, expected = request.node.name, _read(file)
    gone = {name for name in expected if name.partition("[")[0] not in vars(request.module)}
    if update_golden:
        _write(file, {**{name: expected[name] for name in expected.keys() - gone}, test: sorted(found)})
        return
    assert sorted(found) == expected.get(test, []), f"not as in {file}, which --update-golden writes"
    assert not gone, f"no test any more, but in {file}, which --update-golden writes"


def _noted(made: Callable[..., None], found: set[str]) -> Callable[..., None]:
    """An `__init__` that notes what a rule finds, and nothing that a test makes itself to compare that with."""

    def noted(self: Violation, *given: object, **named: object) -> None:
        made(self, *given, **named)
        if sys._getframe(1).f_globals["__name__"].startswith("weighbridge.rules."):
            found.add(_text(self))

    return noted


def _text(found: Violation) -> str:
    """Its message, and below it all that isn't as it is by default."""
    rest = [
        (field.name, getattr(found, field.name), field.default) for field in fields(found) if field.name != "message"
    ]
    return f"{found.message}\n    " + ", ".join(f"{name}={value!r}" for name, value, usual in rest if value != usual)


@cache
def _read(file: Path) -> Mapping[str, list[str]]:
    """What is found, by the name of the test."""
    found = defaultdict(list)
    for entry in file.read_text(encoding="utf-8").split("\n\n") if file.exists() else ():
        text, *tests = entry.rstrip("\n").split(IN)
        for test in tests:
            found[test].append(text)
    return found


def _write(file: Path, found: Mapping[str, list[str]]) -> None:
    """Each once, and which tests find it."""
    texts = sorted({text for listed in found.values() for text in listed})
    _read.cache_clear()
    if not texts:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(exist_ok=True)
    entries = (IN.join((text, *(test for test in sorted(found) if text in found[test]))) for text in texts)
    file.write_text("\n\n".join(entries) + "\n", encoding="utf-8")
