"""Names that Weighbridge gives."""

import pytest

from tests.support.paths import STACKS
from weighbridge.conventions import runbook_link
from weighbridge.stacks.load import read_spec

PROD = read_spec(STACKS / "prod.yaml")


@pytest.mark.parametrize(
    ("runbooks", "link"),
    [
        (None, None),
        ("https://wiki.example.com/runbooks", "https://wiki.example.com/runbooks/ranker.md"),
        ("https://wiki.example.com/runbooks/", "https://wiki.example.com/runbooks/ranker.md"),
    ],
)
def test_the_link_that_alerts_carry(runbooks, link):
    monitoring = PROD.monitoring.model_copy(update={"runbooks": runbooks})

    assert runbook_link(monitoring, "ranker") == link
    assert runbook_link(None, "ranker") is None
