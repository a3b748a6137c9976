from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.engine import Installed, RealEngine, engine
from tests.integration import binaries
from tests.support.debian import Unavailable


@pytest.fixture(scope="session")
def installed() -> Installed:
    """The CLI; without one nothing here can be tested, which CI may not overlook."""
    try:
        return Installed(binaries.pulumi(), binaries.pulumi_python_executor())
    except Unavailable as reason:
        if os.environ.get("CI"):
            pytest.fail(f"no Pulumi CLI: {reason}")
        pytest.skip(f"no Pulumi CLI: {reason}")


@pytest.fixture
def pulumi(installed: Installed, tmp_path: Path) -> Iterator[RealEngine]:
    """An engine of the test's own: its home, its state, its cloud."""
    with engine(installed, tmp_path / "engine") as started:
        yield started
