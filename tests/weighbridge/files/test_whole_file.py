"""A reader sees the old text or the new one, whatever interrupts the writer."""

import os
import stat
import threading
from pathlib import Path

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


def test_a_new_file_has_the_permissions_of_the_process_and_an_old_one_keeps_its_own(tmp_path):
    mask = os.umask(0o027)
    try:
        write_whole(tmp_path / "new", "a")
        (tmp_path / "old").write_text("a")
        (tmp_path / "old").chmod(0o606)
        write_whole(tmp_path / "old", "b")
    finally:
        assert os.umask(mask) == 0o027
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("new", "old")] == [0o640, 0o606]


@pytest.mark.parametrize("links", [["end"], ["deep/middle", "../end"], ["{}/end"]])
@pytest.mark.parametrize("there", [True, False], ids=["leads to a file", "dangles"])
def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path, links, there):
    (tmp_path / "deep").mkdir()
    if there:
        (tmp_path / "end").write_text("old")
        (tmp_path / "end").chmod(0o600)
    link = tmp_path / "link"
    link.symlink_to(links[0].format(tmp_path))
    for target in links[1:]:
        (tmp_path / "deep" / "middle").symlink_to(target)
    write_whole(link, "new")
    assert link.is_symlink()
    assert (tmp_path / "end").read_text() == "new"
    assert not (tmp_path / "end").is_symlink()
    assert not there or stat.S_IMODE((tmp_path / "end").stat().st_mode) == 0o600


def test_a_link_to_itself_is_the_systems_error(tmp_path):
    (tmp_path / "a").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        write_whole(tmp_path / "a", "")


def test_other_names_of_a_file_see_the_new_text_too(tmp_path):
    (tmp_path / "a").write_text("a long old text")
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    write_whole(tmp_path / "a", "new")
    assert (tmp_path / "b").read_text() == "new"


def test_pipes_and_devices_are_written_into(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    read: list[str] = []
    reader.start()
    write_whole(pipe, "text")
    reader.join()
    assert read == ["text"]
    assert pipe.is_fifo()
    (tmp_path / "zero").symlink_to("/dev/zero")
    write_whole(tmp_path / "zero", "text")
    assert stat.S_ISCHR((tmp_path / "zero").stat().st_mode)


def test_a_descriptor_that_is_not_open_is_the_systems_error():
    with pytest.raises(OSError, match="Bad file descriptor"):
        write_whole(Path("/dev/fd/987"), "")


def test_where_no_file_can_be_put_beside_it_is_written_into(tmp_path, monkeypatch):
    file = tmp_path / "mounted"
    file.write_text("a long old text")

    def refuse(*_arguments, **_options):
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(Path, "replace", refuse)
    write_whole(file, "new")
    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path, monkeypatch):
    file = tmp_path / "a"
    file.write_text("old")
    monkeypatch.setattr(os, "access", lambda *_: False)  # whoever runs the tests may be allowed everything
    with pytest.raises(PermissionError):
        write_whole(file, "new")
    assert file.read_text() == "old"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_device_is_the_systems_error(tmp_path):
    with pytest.raises(OSError, match="No space left on device"):
        write_whole(Path("/dev/full"), "text")
