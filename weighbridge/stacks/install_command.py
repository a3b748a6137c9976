"""How another environment gets the Weighbridge that runs: by its name, or from the folder or commit it came from."""

from __future__ import annotations

import json
import shlex
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit

_REQUIREMENTS = "requirements.txt"


def install_command(folder: Path, environment: str) -> str:
    """`pip install` of what the project in `folder` needs, by the Python of a virtual environment.

    A Weighbridge that came from no index is named as it was installed: an index may not have its version.
    """
    source = _source()
    words = [shlex.quote(source)] if source else []
    if (folder / _REQUIREMENTS).is_file():
        words += ["-r", _REQUIREMENTS]
    return f"{environment}/bin/pip install {' '.join(words) or 'weighbridge'}"


def _source() -> str | None:
    """Where pip had it from, as pip takes it; None for an index. PEP 610 says what is recorded."""
    try:
        recorded = distribution("weighbridge").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    if not recorded:
        return None
    source = json.loads(recorded)
    url = str(source["url"])
    if url.startswith("file:"):
        return unquote(urlsplit(url).path)
    if (commit := source.get("vcs_info")) is not None:
        return f"{commit['vcs']}+{url}@{commit['commit_id']}"
    return url
