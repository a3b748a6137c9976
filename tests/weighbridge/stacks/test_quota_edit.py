"""Edits of the quota file: exactly what is meant, and every other character stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.paths import STACKS
from weighbridge.files.problem import FileError
from weighbridge.spec.quota_file import HeldReservation, Limit, Unexplained
from weighbridge.stacks.load import parse_quota
from weighbridge.stacks.quota_edit import rewrite_quota

FILE = Path("stacks/quota.yaml")
TEXT = (STACKS / "quota.yaml").read_text(encoding="utf-8")
QUOTA = parse_quota(TEXT, FILE)
L4 = "NVIDIA-L4-GPUS-per-project-region"
COMMENTS = [line.partition("#")[2] for line in TEXT.splitlines() if "#" in line]


def reservation(name: str, **keys) -> HeldReservation:
    return HeldReservation.model_validate(
        {"name": name, "zone": "us-central1-a", "machine_type": "a3-highgpu-8g", "count": 1, **keys}
    )


SETS = st.fixed_dictionaries(
    {
        "limits": st.lists(
            st.builds(
                lambda entry, limit, used: entry.model_copy(update={"limit": limit, "used": used}),
                st.sampled_from(
                    [*QUOTA.limits, *(entry.model_copy(update={"region": "us-east4"}) for entry in QUOTA.limits[:4])]
                ),
                st.integers(-1, 10**6),
                st.none() | st.integers(0, 99),
            ),
            unique_by=lambda entry: (entry.quota, entry.region, str(entry.dimensions)),
        ),
        "unexplained": st.lists(
            st.builds(
                Unexplained, quota=st.just(L4), region=st.just("us-central1"), amount=st.integers(1, 99),
                what=st.none() | st.text("ab:#'\"{}[], \n", min_size=1, max_size=20).map(str.strip).filter(bool),
            ),
            max_size=1,
        ),
        "reservations": st.lists(
            st.builds(
                reservation, st.sampled_from(["a", "b", "c"]), count=st.integers(1, 9),
                calendar=st.none() | st.just({"from": "2026-12-01", "to": "2026-12-20"}),
            ),
            unique_by=lambda entry: entry.name,
        ),
        "sold": st.dictionaries(
            st.sampled_from(["us-central1-a", "us-central1-b"]), st.sampled_from([(), ("e2",), ("e2", "g2-standard-8")])
        ),
    }
)  # fmt: skip


def made(sets):
    l4 = next(entry for entry in QUOTA.limits if entry.quota == L4)  # the file's outside use names it
    limits = [entry for entry in sets["limits"] if (entry.quota, entry.region) != (L4, "us-central1")]
    updates = {**sets, "limits": (l4, *limits), "unexplained": tuple(sets["unexplained"])}
    return QUOTA.model_copy(update={**updates, "reservations": tuple(sets["reservations"])})


def named(entry) -> str:
    return entry.name if isinstance(entry, HeldReservation) else str((entry.quota, entry.region, entry.dimensions))


def in_order(entries, before):
    """As an edit leaves them: what was there, then what is new."""
    places = {named(entry): place for place, entry in enumerate(before)}
    return tuple(sorted(entries, key=lambda entry: places.get(named(entry), len(places))))


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(first=SETS, second=SETS)
def test_any_change_after_any_other_is_made_and_comments_stay(first, second):
    text = TEXT
    for sets in (first, second):
        now = parse_quota(text, FILE)
        wanted = made(sets)
        ordered = {name: in_order(getattr(wanted, name), getattr(now, name)) for name in ("limits", "reservations")}
        wanted = wanted.model_copy(update=ordered)
        text = rewrite_quota(text, FILE, wanted)
        assert parse_quota(text, FILE) == wanted
    kept = [comment for comment in COMMENTS if comment in text]
    assert len(kept) >= len(COMMENTS) - 1


def test_line_ends_stay_as_they_are():
    text = TEXT.replace("\n", "\r\n")
    changed = QUOTA.model_copy(update={"sold": {"us-central1-a": ("e2",)}})
    assert rewrite_quota(text, FILE, changed).replace("\r\n", "").count("\n") == 0


def test_aliases_are_written_out_where_they_are_in_the_way():
    l4 = "{quota: NVIDIA-L4-GPUS-per-project-region, region: us-central1, limit: 24}"
    text = TEXT.replace(l4, "{quota: NVIDIA-L4-GPUS-per-project-region, region: us-central1, limit: &n 24}")
    text = text.replace("us-central1, limit: 32}", "us-central1, limit: *n}")
    quota = parse_quota(text, FILE)
    limits = tuple(entry.model_copy(update={"limit": 7}) if "TPU" in entry.quota else entry for entry in quota.limits)
    wanted = quota.model_copy(update={"limits": limits})
    changed = rewrite_quota(text, FILE, wanted)
    assert parse_quota(changed, FILE) == wanted
    assert "limit: &n 24" in changed


def test_what_would_be_no_good_file_is_refused():
    limits = (*QUOTA.limits, Limit(quota="NVIDIA-L5-GPUS-per-project-region", region="us-central1", limit=1))
    with pytest.raises(FileError, match="the catalog has no quota id NVIDIA-L5"):
        rewrite_quota(TEXT, FILE, QUOTA.model_copy(update={"limits": limits}))
