"""The file beside the quota file: read back as written, and never an error."""

from __future__ import annotations

from tests.support.specs import NOW
from weighbridge.spec.capacity import CapacityFile, PoolCapacity
from weighbridge.stacks.capacity import CAPACITY, capacity_text, read_capacity

ENTRY = {
    "stack": "dev", "pool": "p", "machine_type": "g2-standard-8", "provisioning": "spot", "nodes": 1,
    "slot": {"zone": "us-central1-a", "from": "2026-12-01", "to": "2026-12-08"}, "unknown": ["calendar: no"],
}  # fmt: skip


def test_it_is_read_back_as_it_was_written(tmp_path):
    kept = CapacityFile(version=1, asked_at=NOW, pools=(PoolCapacity.model_validate(ENTRY),))
    (tmp_path / CAPACITY).write_text(capacity_text(kept))
    assert read_capacity(tmp_path) == (kept, None)


def test_none_is_none_and_a_wrong_one_is_told_of(tmp_path):
    assert read_capacity(tmp_path) == (None, None)
    (tmp_path / CAPACITY).write_text('{"version": 1, "pools": 3}')
    found, wrong = read_capacity(tmp_path)
    assert found is None
    assert wrong is not None
    assert wrong.startswith("capacity.json can't be read: ")
