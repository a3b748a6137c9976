"""Whether anybody says who asks Cloud Storage, found out at once.

pyarrow's own client finds the same, but asks a metadata server that isn't there again and again for more than a minute
for each file. What is looked at is what it looks at: Application Default Credentials (google-cloud-cpp,
google_application_default_credentials_file.cc and compute_engine_util.cc, 2026-11).
"""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Never

from weighbridge.cloud_api.identity import TOKEN
from weighbridge.drift_monitor.engine import BIGQUERY, SCHEMES, SPARK
from weighbridge.drift_monitor.files import CLOUD, PATIENCE_OF_A_PERSON, Store, cloud
from weighbridge.drift_monitor.unreadable_data import UnreadableData

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

METADATA_SECONDS = 2.0
METADATA_SERVER = "169.254.169.254"  # by its number: where there is no network, asking for names takes long too
_EMULATOR = "CLOUD_STORAGE_EMULATOR_ENDPOINT"
_FILE, _CONFIG, _METADATA = "GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG", "GCE_METADATA_ROOT"


def refuse_without_credentials(environment: Mapping[str, str], home: Path) -> None:
    """Raises `UnreadableData` where nobody says who asks."""
    if environment.get(_EMULATOR):
        return
    named = environment.get(_FILE)
    if named:
        if Path(named).is_file():
            return
        raise UnreadableData(f"{_FILE} names {named}, and there is no such file")
    config = Path(environment.get(_CONFIG) or home / ".config" / "gcloud")
    if (config / "application_default_credentials.json").is_file() or _is_google_cloud(environment):
        return
    raise UnreadableData(
        "there are no credentials for Google Cloud: run `gcloud auth application-default login`, or name a file of "
        f"them in {_FILE}"
    )


def found_out_once(look: Callable[[], None]) -> Callable[[], None]:
    """The same, which remembers what it found: each file would be waited for otherwise."""
    found: list[UnreadableData | None] = []

    def again() -> None:
        if not found:
            try:
                look()
                found.append(None)
            except UnreadableData as lacking:
                found.append(lacking)
        if found[0] is not None:
            raise found[0]

    return again


def cloud_at_once(environment: Mapping[str, str], home: Path) -> Callable[[], FileSystem]:
    """Cloud Storage for somebody who waits: says at once that nobody is signed in, and doesn't ask again for long."""
    refuse = found_out_once(lambda: refuse_without_credentials(environment, home))

    def opened() -> FileSystem:
        refuse()
        return cloud(PATIENCE_OF_A_PERSON)

    return opened


def refused_at_once(paths: Iterable[str], folder: Path, environment: Mapping[str, str], home: Path) -> Store | None:
    """What reads for somebody who waits, where nobody is signed in and so nothing of the cloud can be read at all.

    No process of its own is needed then, and no answer waited for. None where something may be read.
    """
    remote = [path for path in paths if path.startswith((CLOUD, *SCHEMES))]
    otherwise = (SPARK, BIGQUERY) if environment.get(TOKEN, "").strip() else (SPARK,)
    if not remote or any(path.startswith(otherwise) for path in remote):
        return None
    try:
        refuse_without_credentials(environment, home)
    except UnreadableData as error:
        lacking = str(error)
    else:
        return None

    def refuse(*_: object) -> Never:
        raise UnreadableData(lacking)

    return Store(folder, open_cloud=refuse, open_engine=refuse)


def _is_google_cloud(environment: Mapping[str, str]) -> bool:
    """Whether a metadata server answers, as on every machine and pod there."""
    host = environment.get(_METADATA) or METADATA_SERVER
    connection = http.client.HTTPConnection(host, timeout=METADATA_SECONDS)
    try:
        connection.request("GET", "/", headers={"Metadata-Flavor": "Google"})
        return connection.getresponse().headers.get("Metadata-Flavor") == "Google"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
