"""Any file that people write: its text, its model, or everything that is wrong with it, in the order of the file."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from weighbridge.files.problem import FileError, Problem
from weighbridge.files.reading import located, parse_model, read_text, refuse
from weighbridge.files.yaml_text import MOST_BYTES


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    machine: str
    nodes: int = 1


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int
    pools: dict[str, Part] = {}


FILE = Path("a.yaml")


def lines(text):
    with pytest.raises(FileError) as error:
        parse_model(text, FILE, Whole)
    return error.value.lines()


def test_a_good_text_is_its_model():
    assert parse_model("version: 1\npools: {a: {machine: m}}\n", FILE, Whole).pools["a"].nodes == 1


def test_json_is_read_as_well():
    assert parse_model('{"version": 1, "pools": {}}', FILE, Whole).version == 1


def test_everything_wrong_is_listed_in_the_order_of_the_file():
    assert lines("pools:\n  a: {machin: m}\n  b: {machine: 1, nodes: x}\nversion: one\n") == [
        "a.yaml:2:7: pools.a.machin: unknown key. Allowed here: machine, nodes. Did you mean `machine`?",
        "a.yaml:3:16: pools.b.machine: expected text (quote it if it looks like something else), got 1.",
        'a.yaml:3:26: pools.b.nodes: expected a whole number, got "x".',
        'a.yaml:4:10: version: expected a whole number, got "one".',
    ]


def test_what_is_wrong_with_the_yaml_is_not_said_twice():
    assert lines("version:\n") == ["a.yaml:1:9: version: nothing is given: give a value, or remove it"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "a.yaml: the file is empty"),
        ("- version\n", "a.yaml:1:1: expected a mapping with keys such as `version: 1`, got a list of 1"),
        ("version: [\n", "a.yaml:2:1: not valid YAML: a value is missing here"),
        ("pools: {}\n", "a.yaml:1:1: version: missing. Add it, such as `version: …`"),
    ],
)
def test_a_text_that_is_no_document_says_so(text, line):
    assert lines(text) == [line]


def test_what_stands_behind_an_alias_is_shown_at_what_should_hold_it():
    text = "version: 1\npools:\n  a: &pool {machin: m}\n  b: *pool\n"
    assert lines(text)[1].startswith("a.yaml:4:3: pools.b.machin: ")


def test_problems_that_have_a_line_keep_it():
    problems = [Problem(("b",), "second"), Problem(("a",), "first", line=1, column=9)]
    found = located(problems, "a: 1\nb: 2\n")
    assert [(problem.message, problem.line, problem.column) for problem in found] == [("first", 1, 9), ("second", 2, 4)]
    refuse([], "", FILE)


def test_a_file_is_read_with_its_line_ends_and_without_a_byte_order_mark(tmp_path):
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfa: 1\r\n")
    assert read_text(tmp_path / "a") == "a: 1\r\n"


def test_a_file_that_cannot_be_read_says_why(tmp_path):
    def line_of(path, hint=lambda _: ""):
        with pytest.raises(FileError) as error:
            read_text(path, hint)
        return error.value.lines()[0].removeprefix(f"{path}")

    assert line_of(tmp_path / "none", lambda path: f": no {path.name}") == ": there is no such file: no none"
    assert line_of(tmp_path) == ": this is a folder, not a file"
    assert line_of(tmp_path / "none" / "x" / "..") == ": there is no such file"
    (tmp_path / "latin").write_bytes("a: 1\nb: ü\n".encode("latin-1"))
    assert line_of(tmp_path / "latin") == ":2:4: not UTF-8 text: save the file with that encoding"
    assert line_of(Path("a\0b")).endswith(": can't be read: embedded null byte")
    (tmp_path / "file").write_text("")
    assert line_of(tmp_path / "file" / "a") == ": can't be read: Not a directory"


def test_no_more_is_read_than_can_be_meant(tmp_path):
    (tmp_path / "big").write_bytes(b"#" * (MOST_BYTES + 10))
    text = read_text(tmp_path / "big")
    assert len(text) == MOST_BYTES + 1
    assert lines(text) == ["a.yaml: more than 5 MB: this can't be meant"]
