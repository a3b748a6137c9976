"""When a window is another than before."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from weighbridge.drift_monitor.files import DataFile
from weighbridge.drift_monitor.window import Window


def test_a_window_is_another_when_any_of_its_files_is():
    files = tuple(DataFile(f"latest/{name}.csv", 10, 1_000_000_000 * number) for number, name in enumerate("ab", 1))
    window = Window("", files)
    others = [
        Window("7", files),
        Window("", files[:1]),
        Window("", (files[0], DataFile("latest/b.csv", 11, 2_000_000_000))),
        Window("", (files[0], DataFile("latest/b.csv", 10, 2_000_000_001))),
        Window("", (files[0], DataFile("latest/c.csv", 10, 2_000_000_000))),
    ]
    assert len({window.key, *(other.key for other in others)}) == 6
    assert Window("", files).key == window.key
    assert window.modified == datetime.fromtimestamp(2, UTC)


def hidden(file, at):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("")
    os.utime(file, (at.timestamp(), at.timestamp()))
