"""A folder as a store: what is missing or not allowed is said; killed at any step, the book is whole."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys

import pytest

from tests.support.claim_books import PROJECT, claim
from tests.support.paths import ROOT
from tests.support.processes import PATIENCE_SECONDS
from weighbridge.claims.book import Book
from weighbridge.claims.folder_store import FolderStore
from weighbridge.claims.store import StoreUnreadable

MINE = claim("dev", "pr-1", 2, ssd=10, until=None)


def hold(store, made=MINE):
    store.change(lambda book, _: (book.holding(made), None))


def test_a_folder_that_is_missing_is_no_empty_store(tmp_path):
    store = FolderStore(tmp_path / "claimz", PROJECT)
    for use in (store.read, lambda: hold(store)):
        with pytest.raises(StoreUnreadable) as error:
            use()
        assert str(error.value) == (
            f"there is no folder {tmp_path}/claimz, where {tmp_path}/claimz/{PROJECT}.claims would be. "
            "Make it once, where all runners see it."
        )
    assert not (tmp_path / "claimz").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may do everything")
def test_what_may_not_be_written_is_said(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StoreUnreadable, match=r"can't be used: Permission denied. Let this user read and write"):
        hold(FolderStore(tmp_path, PROJECT))


@pytest.mark.parametrize(("make", "why"), [(os.mkdir, "Is a directory"), (os.mkfifo, "not a regular file")])
def test_what_is_no_file_in_place_of_the_book_is_said(tmp_path, make, why):
    make(tmp_path / f"{PROJECT}.claims")
    with pytest.raises(StoreUnreadable, match=f"can't be used: {why}"):
        FolderStore(tmp_path, PROJECT).read()


def test_reading_writes_nothing(tmp_path):
    assert FolderStore(tmp_path, PROJECT).read() == Book(PROJECT)
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_others_keep_is_given_up_and_nothing_is_written(tmp_path):
    store = FolderStore(tmp_path, PROJECT, patience_seconds=0.1)
    hold(store)
    with (tmp_path / f".{PROJECT}.lock").open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(StoreUnreadable, match=r"is locked by another process for 0.1 s. Try again."):
            hold(store, claim("dev", "pr-2", 2))
    assert [held.holder for held in store.read().held] == ["pr-1"]
    hold(store, claim("dev", "pr-2", 2, until=None))


def test_a_clock_that_was_set_back_brings_nothing_back(tmp_path, monkeypatch):
    store = FolderStore(tmp_path, PROJECT)
    hold(store)
    at = store.read().at
    real = os.utime
    monkeypatch.setattr(os, "utime", lambda handle: real(handle, (at - 3600, at - 3600)))
    assert store.change(lambda book, now: (book, now)) == at


STEPS = [("utime", 0, False), ("fsync", 0, False), ("replace", 0, False), ("fsync", 1, True), ("close", 0, True)]
"""A step of a change, how often it passes before the process is killed there, and whether the change is kept."""

DYING = """
import os, sys
from pathlib import Path
from tests.support.claim_books import PROJECT, claim
from weighbridge.claims.folder_store import FolderStore

def dying(real, left):
    def call(*given, **more):
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
        return real(*given, **more)
    return call

mine = claim("dev", "pr-2", 3, 30, until=2**40)
for place, (step, passing, _) in enumerate(STEPS):
    child = os.fork()
    if not child:
        owner = Path if step == "replace" else os
        setattr(owner, step, dying(getattr(owner, step), passing))
        FolderStore(Path(sys.argv[1], str(place)), PROJECT).change(lambda book, _: (book.holding(mine), None))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9, step
"""


def test_killed_at_a_step_it_leaves_the_old_book_or_the_new_one(tmp_path):
    stores = [FolderStore(tmp_path / str(place), PROJECT, patience_seconds=30) for place in range(len(STEPS))]
    for store in stores:
        store.folder.mkdir()
        hold(store)
    ran = subprocess.run(
        [sys.executable, "-c", f"STEPS = {STEPS!r}\n{DYING}", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    for store, (step, _, kept) in zip(stores, STEPS, strict=True):
        assert [held.holder for held in store.read().held] == (["pr-1", "pr-2"] if kept else ["pr-1"]), step
        hold(store, claim("prod", "pr-3", 1, until=None))
        assert store.read().held[-1].holder == "pr-3"
