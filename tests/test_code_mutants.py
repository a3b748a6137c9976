"""How a mutant of the code is shown, and what happens to an explanation whose code has changed."""

from __future__ import annotations

import pytest

from tests.code_mutants import EXPLAINED, Mutation, chosen, outdated, place, read_explained, survivor
from tests.support.paths import ROOT

SOURCE = '''"""A module."""


def top(a: int) -> int:
    return a


class Row:
    """A row."""

    @property
    def left(self) -> int:
        """What is left."""
        first = self.one
        return max(
            first, 0
        )
'''
DIFF = """# weighbridge.quota.m.xǁRowǁleft__mutmut_2: survived
--- weighbridge/quota/m.py
+++ weighbridge/quota/m.py
@@ -1,6 +1,6 @@
     def left(self) -> int:
         \"\"\"What is left.\"\"\"
         first = self.one
-        return max(
-            first, 0
-        )
+        return max(
+            first, 1
+        )
"""
CHANGE = Mutation("weighbridge/quota/m.py", "Row.left", "return max( first, 0 )", "return max( first, 1 )")


@pytest.fixture
def root(tmp_path):
    module = tmp_path / CHANGE.file
    module.parent.mkdir(parents=True)
    module.write_text(SOURCE, encoding="utf-8")
    return tmp_path


def test_a_mutant_is_its_lines_in_its_function(root):
    found = survivor("weighbridge.quota.m.xǁRowǁleft__mutmut_2", DIFF, root)
    assert found.change == CHANGE
    assert str(found) == (
        "weighbridge/quota/m.py:15: Row.left\n    - return max( first, 0 )\n    + return max( first, 1 )"
    )


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("weighbridge.quota.m.x_top__mutmut_1", "top"),
        ("weighbridge.quota.m.x__top__mutmut_12", "_top"),
        ("weighbridge.quota.m.xǁRowǁ__str____mutmut_1", "Row.__str__"),
    ],
)
def test_the_place_of_a_mutant_is_in_its_name(name, function):
    assert place(name) == ("weighbridge/quota/m.py", function)


@pytest.mark.parametrize(
    ("old", "new"),
    [("first, 0", "first, 2"), ("def left", "def right"), ("class Row", "class Line")],
)
def test_an_explanation_goes_with_its_code(root, old, new):
    assert outdated([CHANGE], root) == []
    (root / CHANGE.file).write_text(SOURCE.replace(old, new), encoding="utf-8")
    assert outdated([CHANGE], root) == [CHANGE]
    (root / CHANGE.file).unlink()
    assert outdated([CHANGE], root) == [CHANGE]


def test_every_explanation_has_its_code_and_a_reason():
    explained = read_explained(EXPLAINED)
    assert outdated(explained, ROOT) == []
    assert all(explained.values())


def test_a_sample_stays_as_it_is_while_other_mutants_come_and_go():
    names = [f"m{n}" for n in range(1000)]
    assert chosen(names, 1, 100) == chosen(reversed(names), 1, 100)
    assert chosen(names, 1, 100) != chosen(names, 2, 100)
    kept = [name for name in chosen(names, 1, 100) if name in names[50:]]
    assert chosen(names[50:], 1, 100)[: len(kept)] == kept
