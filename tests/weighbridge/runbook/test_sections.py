"""Somebody's own words in a runbook."""

import pytest

from weighbridge.runbook.sections import quoted


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("ml@example.com", "`ml@example.com`"),
        ("two\nlines  and blanks", "`two lines and blanks`"),
        ("a `mark` inside", "`a 'mark' inside`"),
        ("", "``"),
    ],
)
def test_they_are_code_on_one_line_and_can_t_end_it(given, expected):
    assert quoted(given) == expected
