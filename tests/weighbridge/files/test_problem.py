"""One problem, the errors that carry them, and their lines."""

from pathlib import Path

import pytest

from weighbridge.files.problem import FileError, FolderError, Problem


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ((), ""),
        (("owner",), "owner"),
        (("node_pools", "serve-l4", "nodes", "max"), "node_pools.serve-l4.nodes.max"),
        (("limits", 3, "quota"), "limits[3].quota"),
        ((0, 1), "[0][1]"),
    ],
)
def test_a_location_is_written_as_people_write_it(path, location):
    assert Problem(path, "wrong").location == location


def test_a_line_has_what_is_known():
    error = FileError(
        Path("a.yaml"), [Problem((), "all of it"), Problem(("b",), "a key"), Problem(("b", 0), "x", line=3, column=5)]
    )
    assert error.lines() == ["a.yaml: all of it", "a.yaml: b: a key", "a.yaml:3:5: b[0]: x"]
    assert str(error) == "\n".join(error.lines())


def test_a_folders_error_has_the_lines_of_all_files():
    errors = [FileError(Path(f"{name}.yaml"), [Problem((), name)]) for name in "ab"]
    assert FolderError(errors).lines() == ["a.yaml: a", "b.yaml: b"]
