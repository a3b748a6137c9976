"""Options of the test run."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import typer.testing
from hypothesis import settings

from tests.support.installed import wheel, wheel_environment  # noqa: F401 - fixtures
from tests.support.paths import SHARED

# The providers' types and the plans of tests are many objects that stay: by Python's own thresholds a quarter of the
# time of collecting tests goes into looking through them again and again.
gc.set_threshold(1_000_000, 50, 100)

# Before anything loads gRPC, as weighbridge.host does: with its fork handlers a child of a busy process may die before
# it becomes the program that it was started for.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

# How long one example takes says more of the machine than of the code; `make bench` measures.
# Where CI is set, the examples are the same in each run: what a change didn't touch can't refuse it. Everywhere else
# they are new ones, so that properties go on being searched.
settings.register_profile("project", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("project")


def pytest_collection_finish() -> None:
    """What there is once all tests are known stays: no collection has to look through it any more."""
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite tests/golden/ from what the code gives now; look at the diff",
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(autouse=True, scope="session")
def commands_are_built_once() -> Iterator[None]:
    """Typer builds all commands anew for each that is called: more than most of them take."""
    with pytest.MonkeyPatch.context() as patch:
        built = cache(typer.main.get_command)
        patch.setattr(typer.main, "get_command", built)
        patch.setattr(typer.testing, "_get_command", built)
        yield


@pytest.fixture
def takes_ctrl_c() -> Iterator[None]:
    """So do processes that the test starts, even where a shell runs it in the background, in which none does."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    """Finds reference material beside the repository; a test that needs what is not there is skipped and says so."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"the reference material {name} is not beside the repository")
        return path

    return find
