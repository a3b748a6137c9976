from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.integration import binaries
from tests.integration.api_server import api_server
from tests.integration.check import is_ci
from tests.integration.client import Client
from tests.support.debian import Unavailable
from tests.support.processes import NotReady


@pytest.fixture(scope="session")
def server() -> Iterator[Client]:
    """A client of a real API server with the definitions of the Gateway API and of ../shared/crds, where present."""
    with ExitStack() as stack:
        try:
            client = stack.enter_context(api_server())
            client.install_definitions(binaries.definitions())
        except (Unavailable, NotReady) as reason:
            if is_ci():
                pytest.fail(f"no API server: {reason}")
            pytest.skip(f"no API server: {reason}")
        yield client
