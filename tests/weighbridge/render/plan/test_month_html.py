"""The calendar of a month on a plan's page: as many cells as hours in use, and the same in numbers."""

from tests.support import past_runs
from weighbridge.planner.plan import plan_file
from weighbridge.render.plan import html
from weighbridge.render.plan.month_html import month_section


def test_each_hour_in_use_has_a_cell_and_each_day_its_numbers(tmp_path):
    past_runs.write_example(tmp_path)
    result = plan_file(tmp_path / "month.yaml")
    assert result.overlap is not None
    (pool,) = result.overlap.pools
    drawn = "\n".join(month_section(result.overlap))
    assert drawn.count("<rect ") == sum(count > 0 for day in pool.calendar for count in day.high)
    assert drawn.count("</tr>") == 2 + 1 + len(pool.calendar)
    assert '<th scope="row">Tue 1</th>' in drawn
    page = html.render(result)
    assert drawn in page
    assert "ranker-training" in page
