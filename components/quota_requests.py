"""What a stack asks of Google: more of some limits."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_gcp as gcp

from weighbridge.conventions import quota_preference_name
from weighbridge.quota.request import SERVICE, dimensions_of
from weighbridge.spec.quota_file import QuotaRequest


class QuotaRequests(pulumi.ComponentResource):
    """One preference for each limit. Google deletes none, so each is kept when its stack is destroyed."""

    def __init__(
        self, name: str, project: str, requests: Sequence[QuotaRequest], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("weighbridge:index:QuotaRequests", name, None, opts)
        for request in requests:
            preference = quota_preference_name(request.quota, request.region, request.dimensions.values())
            gcp.cloudquota.SQuotaPreference(
                preference,
                name=preference,
                parent=f"projects/{project}",
                service=SERVICE,
                quota_id=request.quota,
                dimensions=dimensions_of(request),
                quota_config=gcp.cloudquota.SQuotaPreferenceQuotaConfigArgs(preferred_value=str(request.value)),
                contact_email=request.contact,
                justification=request.justification,
                opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
            )
        self.register_outputs({})
