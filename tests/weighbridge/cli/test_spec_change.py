"""A change of a spec is shown, and written unless it is only tried."""

from __future__ import annotations

import pytest

from weighbridge.cli.spec_change import write_changed

OLD, NEW = "a: 1\nb: 2\nc: 3\n", "a: 1\nb: 4\nc: 3\n"


@pytest.mark.parametrize(
    ("dry_run", "kept", "closing"),
    [(True, OLD, "nothing was written (--dry-run)\n"), (False, NEW, "Next: commit\n")],
)
def test_it_is_shown_and_written(tmp_path, capsys, dry_run, kept, closing):
    file = tmp_path / "prod.yaml"
    file.write_text(OLD)
    write_changed(file, OLD, NEW, "commit", dry_run=dry_run)
    shown = capsys.readouterr().out
    assert "@@ -1,3 +1,3 @@\n a: 1\n-b: 2\n+b: 4\n c: 3\n" in shown
    assert shown.endswith(f"\n{closing}")
    assert file.read_text() == kept
