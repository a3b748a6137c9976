"""A reader sees the old text or the new one, whatever interrupts the writer."""

import os
import stat

import pytest

from weighbridge.files.whole_file import write_whole


def test_the_text_is_written_as_it_is_with_its_permissions(tmp_path):
    file = tmp_path / "a.yaml"
    write_whole(file, "ä\r\nb\n", 0o640)
    assert file.read_bytes() == "ä\r\nb\n".encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


@pytest.mark.parametrize("stopped_in", ["fsync", "replace"])
def test_a_writer_that_is_stopped_leaves_the_old_text_and_nothing_else(tmp_path, monkeypatch, stopped_in):
    file = tmp_path / "a.yaml"
    file.write_text("old")

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, stopped_in, stop)
    with pytest.raises(KeyboardInterrupt):
        write_whole(file, "new")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_that_is_not_there_is_the_systems_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "none" / "a.yaml", "")
