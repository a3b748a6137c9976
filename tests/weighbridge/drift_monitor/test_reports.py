"""Small JSON files in a folder: each read once, what is wrong said, the others kept."""

from __future__ import annotations

import os

import pytest
from pydantic import BaseModel

from weighbridge.drift_monitor import reports
from weighbridge.drift_monitor.files import DataFile, Store
from weighbridge.drift_monitor.reports import Reports


class Note(BaseModel):
    run: str
    size: int


class CountingStore(Store):
    """Counts how often each file's text is read."""

    def __init__(self, root) -> None:
        super().__init__(root)
        self.read: list[str] = []

    def text(self, file: DataFile) -> str:
        self.read.append(file.name)
        return super().text(file)


def problem(file: DataFile, note: Note) -> str | None:
    return (
        None if file.name == f"{note.run}.json" else f"run: expected {file.name.removesuffix('.json')}, got {note.run}"
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "notes").mkdir()
    return tmp_path / "notes"


def put(folder, name, text, second=0):
    (folder / name).write_text(text)
    os.utime(folder / name, (second, second))


def test_what_is_right_and_a_sentence_for_what_is_not(folder):
    put(folder, "a.json", '{"run": "a", "size": 1}', 4)
    put(folder, "b.json", '{"run": "x", "size": 1}', 3)
    put(folder, "c.json", '{"run": "c", "size": "many"}', 2)
    put(folder, "d.json", '{"run": "d", ', 1)
    put(folder, "e.json", "[1]", 0)
    put(folder, "f.txt", "not looked at")
    right, wrong = Reports(Store(folder.parent), "notes/", Note, problem).read()
    assert right == (Note(run="a", size=1),)
    assert wrong == (
        "notes/b.json is wrong: run: expected b, got x",
        'notes/c.json is wrong: size: expected a whole number, got "many".',
        "notes/d.json is not JSON: write it whole, under another name first",
        "notes/e.json is wrong: expected an object",
    )


def test_a_file_is_read_again_only_when_it_has_changed(folder):
    store = CountingStore(folder.parent)
    notes = Reports(store, "notes", Note, problem)
    put(folder, "a.json", '{"run": "a", "size": 1}', 1)
    put(folder, "b.json", '{"run": "b", "size": 1}', 2)
    notes.read()
    put(folder, "a.json", '{"run": "a", "size": 20}', 3)
    right, _ = notes.read()
    assert right == (Note(run="a", size=20), Note(run="b", size=1))
    assert store.read == ["b.json", "a.json", "a.json"]


def test_of_very_many_the_newest_are_looked_at(folder, monkeypatch):
    monkeypatch.setattr(reports, "MOST", 2)
    for second in range(4):
        put(folder, f"r{second}.json", f'{{"run": "r{second}", "size": 1}}', second)
    right, _ = Reports(Store(folder.parent), "notes", Note, problem).read()
    assert [note.run for note in right] == ["r3", "r2"]


def test_a_folder_that_is_not_there_has_none(tmp_path):
    assert Reports(Store(tmp_path), "nowhere", Note, problem).read() == ((), ())
