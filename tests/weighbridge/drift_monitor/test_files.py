"""Files below a folder: which are listed, and why one can't be read. Buckets are in test_bucket.py."""

from __future__ import annotations

import errno

import pyarrow as pa
import pyarrow.fs
import pytest

from weighbridge.drift_monitor.files import MOST_TEXT_BYTES, DataFile, Store, reading
from weighbridge.drift_monitor.unreadable_data import UnreadableData


@pytest.fixture
def store(tmp_path) -> Store:
    for name in ("w/a.csv", "w/b/c.csv", "w/.hidden", "w/b/_SUCCESS", "w/_started", "w/_tmp/d.csv", "other.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x\n1\n")
    return Store(tmp_path)


@pytest.mark.parametrize("folder", ["w", "w/"])
def test_files_come_by_name_and_hidden_ones_not_at_all(store, folder):
    assert [file.path for file in store.files(folder)] == ["w/a.csv"]
    assert [file.path for file in store.files(folder, recursive=True)] == ["w/a.csv", "w/b/c.csv"]
    assert store.files("nowhere") == ()


def test_a_file_as_a_listing_shows_it(store, tmp_path):
    (listed,) = store.files("w")
    stat = (tmp_path / "w" / "a.csv").stat()
    assert (listed.name, listed.size, listed.modified_ns) == ("a.csv", 4, stat.st_mtime_ns)
    assert store.file("w/a.csv") == listed
    assert store.text(listed) == "x\n1\n"
    with store.open(listed) as opened:
        opened.seek(2)
        assert opened.read() == b"1\n"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("w/z.csv", "there is no file w/z.csv"),
        ("w", "w is a folder: name a file in it, or, of request logs, the folder with / at its end"),
    ],
)
def test_a_file_that_is_not_there_is_named(store, path, message):
    with pytest.raises(UnreadableData) as unread:
        store.file(path)
    assert str(unread.value) == message


def test_a_text_is_small_and_utf_8(store, tmp_path):
    (tmp_path / "latin.json").write_bytes(b"\xe4")
    with pytest.raises(UnreadableData) as unread:
        store.text(store.file("latin.json"))
    assert str(unread.value) == "latin.json can't be read: it is not UTF-8 text"
    with pytest.raises(UnreadableData) as unread:
        store.text(DataFile("huge.json", MOST_TEXT_BYTES + 1, 0))
    assert str(unread.value) == "huge.json has more than 1 MB: this can't be meant"


CLOUD = (
    "google::cloud::Status(PERMISSION_DENIED: Permanent error, with a last message of monitor does not have access "
    "error_info={reason=forbidden})"
)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.EACCES, "Permission denied: 'secret-value'"), "Permission denied"),
        (
            pa.ArrowInvalid("CSV parse error: Row #3: secret-value"),
            "it is not whole CSV: a line has too few or too many columns",
        ),
        (pa.ArrowInvalid("Parquet magic bytes not found"), "Parquet magic bytes not found"),
        (pa.ArrowInvalid("could not convert 'secret-value'"), "it is not a whole Parquet or CSV file (ArrowInvalid)"),
        (
            OSError(CLOUD),
            (
                "monitor does not have access (PERMISSION_DENIED). Grant the monitor's service account "
                "roles/storage.objectViewer on the bucket"
            ),
        ),
    ],
)
def test_why_in_a_line_that_never_quotes_the_data(error, reason):
    with pytest.raises(UnreadableData) as unread, reading("w/a.csv"):
        raise error
    assert str(unread.value) == f"w/a.csv can't be read: {reason}"


def test_the_cloud_is_opened_once_and_only_when_it_is_asked_for(tmp_path):
    opened = []

    def cloud():
        opened.append(1)
        return pa.fs.LocalFileSystem()

    store = Store(tmp_path, cloud)
    store.files("w")
    assert opened == []
    for _ in range(2):
        store.files(f"gs://{tmp_path}/w")
    assert opened == [1]
