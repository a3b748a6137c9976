"""The table of resource types: which row decides, and which rows are refused."""

import pytest

from weighbridge.resources import resource_classes
from weighbridge.resources.resource_classes import class_of, is_cloud_package, rows

HEAD = "type,class,why,fix\n"


@pytest.fixture
def table(tmp_path, monkeypatch):
    def write(*lines):
        file = tmp_path / "resource_classes.csv"
        file.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
        monkeypatch.setattr(resource_classes, "TABLE", file)
        resource_classes._table.cache_clear()

    yield write
    resource_classes._table.cache_clear()


def test_a_type_of_its_own_comes_before_a_pattern_and_the_longest_pattern_before_others(table):
    table("a:*,free,any,", "a:b/*,refused,no,another", "a:b/c:D,free,its own,")
    assert [class_of(type_).why for type_ in ("a:b/c:D", "a:b/c:E", "a:x:Y")] == ["its own", "no", "any"]
    assert class_of("b:x:Y") is None


@pytest.mark.parametrize(
    "line",
    ["a:b:C,maybe,why,", "a:b:C,free,,", "a:b:C,refused,why,", "a:b:C,free,why,do this"],
    ids=["no class", "no reason", "refused without a way out", "free with one"],
)
def test_a_row_that_says_half_is_refused(table, line):
    table(line)
    with pytest.raises(ValueError, match=r"^resource_classes.csv: a:b:C: class is free or refused; why is never empty"):
        rows()


def test_packages_of_clouds_are_told_from_components():
    assert is_cloud_package("gcp:container/cluster:Cluster")
    assert is_cloud_package("kubernetes:apps/v1:Deployment")
    assert not is_cloud_package("weighbridge:index:Platform")
