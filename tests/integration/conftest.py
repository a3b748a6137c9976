from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from integration import binaries
from integration.api_server import api_server
from integration.check import is_ci
from integration.client import Client
from integration.processes import NotReady


@pytest.fixture(scope="session")
def server() -> Iterator[Client]:
    """A client of a real API server with the definitions of the Gateway API and of ../shared/crds, where present."""
    with ExitStack() as stack:
        try:
            client = stack.enter_context(api_server())
            client.install_definitions((*binaries.gateway_definitions(), *binaries.shared_definitions()))
        except (binaries.Unavailable, NotReady) as reason:
            if is_ci():
                pytest.fail(f"no API server: {reason}")
            pytest.skip(f"no API server: {reason}")
        yield client
