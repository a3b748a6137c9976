"""The stacks of a folder, and files that are almost specs."""

from __future__ import annotations

import pytest

from weighbridge.files.problem import FolderError
from weighbridge.stacks.names import stack_files, stack_names


def test_a_stack_is_a_file_of_its_name(tmp_path):
    for name in ("prod.yaml", "dev.yaml", "quota.yaml", "Pulumi.dev.yaml", "schema.json", ".dev.yaml.swp.yaml"):
        (tmp_path / name).touch()
    assert stack_names(tmp_path) == ("dev", "prod")


def test_another_ending_is_said_to_be_wrong(tmp_path):
    (tmp_path / "dev.yml").touch()
    found, (wrong,) = stack_files(tmp_path)
    assert found == []
    assert "rename it to dev.yaml" in str(wrong)


def test_a_folder_that_is_not_there_has_none(tmp_path):
    with pytest.raises(FolderError, match="can't be read"):
        stack_names(tmp_path / "none")
