"""The shell of every page: what comes from elsewhere is escaped, and a table says what it is."""

from weighbridge.render.html_page import escaped, page, table, worded


def test_text_from_elsewhere_stays_text():
    assert escaped("<b>\x00&") == "&lt;b&gt;\N{REPLACEMENT CHARACTER}&amp;"
    assert worded("say `x < 1`") == "say <code>x &lt; 1</code>"


def test_a_page_has_a_title_a_way_to_its_content_and_its_own_style():
    made = page("a<b", ["<header></header>"], ["<p>x</p>"], ".plot {}")
    assert "<title>a&lt;b — Weighbridge</title>" in made
    assert '<main id="main">\n<p>x</p>\n</main>' in made
    assert ".plot {}</style>" in made


def test_a_table_scrolls_by_itself_and_has_heads():
    made = "".join(table("Numbers", ("name", "n"), [("a", "1\n2")], numbers=[1]))
    assert 'tabindex="0" role="region" aria-label="Numbers"' in made
    assert '<th scope="row">a</th><td class="n">1<br>2</td>' in made
