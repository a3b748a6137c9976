"""What people call accelerators, and what GKE calls them."""

from __future__ import annotations

import re

from weighbridge.catalog.model_speed import llm_devices
from weighbridge.spelling import did_you_mean


def meant_accelerator(name: str) -> str:
    """`` Did you mean `nvidia-l4`?`` of what people call an accelerator, such as L4, H100 or v5e; else the nearest."""
    words = set(_words(name))
    same = [
        known
        for known, device in llm_devices().items()
        if words and (words <= {*_words(known), *_words(device.display)} or words >= set(_words(device.display)))
    ]
    if same:
        return f" Did you mean {' or '.join(f'`{known}`' for known in same)}?"
    return did_you_mean(name, llm_devices()) or f" It knows {', '.join(llm_devices())}"


def _words(name: str) -> list[str]:
    """Without the maker's name, which all share."""
    return [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word and word not in {"nvidia", "tesla", "gpu"}]
