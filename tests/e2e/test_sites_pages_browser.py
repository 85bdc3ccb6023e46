"""Pages on several sites in a real browser: all of them can be read, on a phone as well."""

from __future__ import annotations

import pytest

from browsers import NEEDS_BROWSER, complaints
from drill_sample import case, drill, reading
from tidegate.journal.fork_seen import ForkSeen
from tidegate.observe.drill.cuts import CUTS
from tidegate.present.console.frame import Reader, assets
from tidegate.present.console.sites import SiteSeen, SitesSeen, sites_page
from tidegate.present.report.drill import drill_html

pytestmark = NEEDS_BROWSER
WHY = "site north at https://north.eu-central.example.org does not answer: connection refused"
SEEN = SitesSeen(
    own="west", chain="west", forked={"east": 77, "mid": 1101},
    fork_seen={"mid": ForkSeen(by="anna", site="west", at_s=1.8e9, because="a copy ran, and is stopped")},
    others=[
        SiteSeen(name="east", heard_s=1.8e9, asked_s=1.8e9, lacking_count=1204, ahead_s=90.0,
                 refused=["entry 7 of site east is said 400 s ahead of this clock"]),
        SiteSeen(name="lake", why="it is not asked from here: nobody said where", left_s=1.8e9,
                 left_in="the folder /mnt/shared/tidegate", lacking_count=None, behind_count=None),
        SiteSeen(name="north", heard_s=1.8e9, why=WHY, is_away=True, lacking_count=None, behind_count=None),
    ],
)  # fmt: skip


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_on_sites_shows_every_column_without_scrolling(browser, width):
    """What stands against a site is a sentence, and hides no other column."""
    reader = Reader(site="Example", now_s=1.8e9, name="rob", role="responder", has_sites=True)
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    page.set_content(sites_page(reader, SEEN))
    styles = [content.decode() for path, content in assets().items() if path.endswith(".css")]
    page.add_style_tag(content="\n".join(styles))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    region = page.get_by_role("region", name="Other sites")
    assert region.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert page.get_by_text("its last word there at").is_visible()
    assert page.get_by_text("anna at site west looked into it at").is_visible()
    assert [] == complaints(page)


@pytest.mark.parametrize("width", [390, 1280])
def test_a_drill_is_read_whole_and_its_cuts_are_called_as_further_below(browser, width):
    lost = reading("killed", hit=("east",), cases=(case(case="abcd", found_at=()),))
    shown = drill(*(reading(one.name) for one in CUTS if one.name != "killed"), lost)
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    page.set_content(drill_html(shown, (), None))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".scroll").first.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert page.get_by_text("one site, killed (killed)").is_visible()
    assert page.get_by_text("1, 1 LOST").is_visible()
    assert [] == complaints(page)
