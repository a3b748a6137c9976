"""What fits into the memory of a replica: weights, keys and values or a latent, and the engine itself."""

from __future__ import annotations

from dataclasses import dataclass

from weighbridge.planner.step_time import ModelReplica, kv_bytes, kv_copies, weight_bytes

USED_SHARE = 0.9
"""Of a device's memory that an engine takes, as vLLM does unless told otherwise."""

RESERVE_GB = 2.0
"""Of that, a device, for activations and workspace: makers and tools keep 1 to 3.5."""

BLOCK_TOKENS = 16
"""Caches are cut into blocks of so many tokens."""

MOST_SEQUENCES = 1024
"""At once, as vLLM allows on large devices unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes over all devices of a replica, and the requests that fit at once."""

    usable: float
    weights: float
    request: float  # one request with its last token
    sequences: int  # 0: not even one

    @property
    def message(self) -> str:
        """Why nothing fits; empty where something does."""
        if self.sequences:
            return ""
        if self.weights >= self.usable:
            return f"weights need {self.weights / 1e9:,.0f} GB, {self.usable / 1e9:,.0f} GB can be used"
        left = self.usable - self.weights
        return f"{left / 1e9:,.1f} GB are left beside the weights, one request needs {self.request / 1e9:,.1f} GB"


def room_of(replica: ModelReplica, input_tokens: float, output_tokens: float, mean_tokens: float | None = None) -> Room:
    """The room for requests of these tokens; `mean_tokens` is what one holds on average, where many share the room.

    One request must fit with all its tokens; of many, not all are at their last one.
    """
    n = replica.devices
    usable = n * (USED_SHARE * replica.device.memory_gb - RESERVE_GB) * 1e9
    weights = weight_bytes(replica.model, replica.precision)

    def size(tokens: float) -> float:
        blocks = -(-tokens // BLOCK_TOKENS) * BLOCK_TOKENS
        return kv_bytes(replica.model, blocks) * kv_copies(replica.model, n)

    whole = size(input_tokens + output_tokens)
    held = size(mean_tokens if mean_tokens is not None else input_tokens + output_tokens / 2)
    left = usable - weights
    sequences = min(MOST_SEQUENCES, int(left // held)) if left >= whole else 0
    return Room(usable, weights, whole, sequences)
