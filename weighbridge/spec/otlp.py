"""Where drift monitors send their gauges beside `/metrics`, as the spec writes it. Secrets are named, never given."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from weighbridge.spec.cluster import Cidr
from weighbridge.units import PART, Expected, MayBeSecret, SecretVersion

_HTTP_PATH = "/v1/metrics"
_SERVICE = re.compile(r"^[a-z0-9-]+\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?$")

CollectorAddress = Annotated[
    str,
    StringConstraints(
        pattern=r"^https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
        r"(?::(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
        rf"(?:/(?:[\w.~%-]+/)*{_HTTP_PATH[1:]})?$",
        max_length=1000,
    ),
    Expected(
        "an address such as http://collector.observability.svc:4317, over gRPC, or one that ends with /v1/metrics, "
        "over HTTP; without user, password and query"
    ),
    MayBeSecret(),  # people write a password into an address
]
"""Of a collector: host and port for gRPC, or the whole address of metrics for HTTP."""

HeaderName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,62}$"),
    Expected("a header's name in lower case, such as authorization or x-api-key"),
]


class OtlpCollector(BaseModel):
    """`monitoring.otlp`: an OpenTelemetry collector that is sent what is scraped."""

    model_config = PART

    endpoint: CollectorAddress = Field(examples=["http://collector.observability.svc:4317"])
    """A service of the cluster, `http://NAME.NAMESPACE.svc:PORT` with the port that its pods listen on, or an https
    address. One that ends with `/v1/metrics` is sent to over HTTP, any other over gRPC."""

    headers: dict[HeaderName, SecretVersion] = Field(
        default={},
        max_length=8,
        examples=[{"x-api-key": "projects/example-ml/secrets/otlp-key/versions/latest"}],
    )
    """Headers of each message, such as a key: the whole value is a secret in Secret Manager, which the monitor reads
    itself. Over https only."""

    reaches: tuple[Cidr, ...] = Field(default=(), max_length=50, examples=[["10.8.0.0/28"]])
    """Ranges that the https address is in, where it is a private one. Left out: anywhere outside private networks."""

    @property
    def over_http(self) -> bool:
        """Whether messages are HTTP's; else gRPC's."""
        return self.endpoint.endswith(_HTTP_PATH)

    @property
    def encrypted(self) -> bool:
        """Whether nobody on the way can read it."""
        return self.endpoint.startswith("https://")

    @property
    def host(self) -> str:
        """Without the port."""
        return self._authority.partition(":")[0].lower()

    @property
    def port(self) -> int:
        """The one that is given, or that of the protocol."""
        given = self._authority.partition(":")[2]
        if given:
            return int(given)
        if self.encrypted:
            return 443
        return 80 if self.over_http else 4317

    @property
    def namespace(self) -> str | None:
        """That of a service of the cluster; None: it is somewhere else."""
        found = _SERVICE.match(self.host)
        return found[1] if found else None

    @property
    def may_be_reached(self) -> bool:
        """Whether the host is in `reaches`; without any, outside private networks. Of a name nobody knows: it may."""
        try:
            address = IPv4Address(self.host)
        except ValueError:
            return True
        return any(address in IPv4Network(cidr) for cidr in self.reaches) if self.reaches else address.is_global

    @property
    def _authority(self) -> str:
        return self.endpoint.split("/")[2]
