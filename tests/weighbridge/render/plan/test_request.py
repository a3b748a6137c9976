"""The commands that ask Google for quota."""

from datetime import UTC, datetime

from tests.support.hardware import L4, option, plan, plan_result
from weighbridge.render.plan import request

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def test_the_request_asks_for_the_cheapest_or_for_what_fits():
    assert request.render(plan_result(), NOW) == (
        "#!/bin/sh\n"
        "# Quota that `weighbridge plan` would ask for, 2026-11-26. Google decides.\n"
        "# $8,256 a month, 5 units of 1 limit more; what fits without it costs more.\n"
        "set -e\n"
        "\n"
        "# NVIDIA L4: 12 now, 17 needed\n"
        "gcloud beta quotas preferences create \\\n"
        "  --service=compute.googleapis.com \\\n"
        "  --project=example-ml \\\n"
        "  --quota-id=NVIDIA-L4-GPUS-per-project-region \\\n"
        "  --preferred-value=17 \\\n"
        "  --dimensions=region=us-central1 \\\n"
        "  --justification='a: 8 to 9 g2-standard-4, on demand; b: 8 g2-standard-4, on demand'\n"
    )
    assert "; nothing fits without it." in request.render(plan_result(2, plan("a", option(L4, 8))), NOW)
    assert "there is nothing to ask for" in request.render(plan_result(24), NOW)
