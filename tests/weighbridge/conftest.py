"""What the tests of the package share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="session")
def no_cache_of_the_user() -> Iterator[None]:
    """Commands leave the user's cache alone, as they do in CI; a test of the cache names a folder of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CI", "true")
        yield
