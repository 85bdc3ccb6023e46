"""The pages: the answer first, never better than what is open, nothing of anybody's text as markup."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from test_site_formats import HOSTILE

import site_sample as sample
from record_sample import NOON_S, desk
from tidegate.errors import InputError
from tidegate.inform.phrases import LANGUAGES
from tidegate.inform.site.site_setting import check_site_setting
from tidegate.journal.entry import Draft
from tidegate.present.phrase import ORDER
from tidegate.present.site import words
from tidegate.present.site.escaped import clean
from tidegate.present.site.frame import POLICY
from tidegate.present.site.markdown import paragraphs
from tidegate.present.site.site_tree import changed_paths, site_tree
from tidegate.present.site.words import SiteWords
from tidegate.track.lifecycle import OutageEvent
from tidegate.verbs.record.outage import Report, move, open_outage

GOLDEN = Path(__file__).parents[3] / "golden" / "site"
KEPT = (
    "index.html", "de/index.html", "uptime.html", "record.html", "components/login.html", "history.atom",
    "history.rss", "maintenance.ics", "badge.svg", "api/v2/summary.json", "manifest.json",
    "copies.html",
)  # fmt: skip


@pytest.fixture(scope="module")
def tree():
    return sample.built()


@pytest.mark.parametrize("path", KEPT)
def test_site_golden(tree, path: str, update_golden: bool) -> None:
    """Pages, feeds and JSON of a small record change only on purpose."""
    kept = GOLDEN / path.replace("/", "__")
    if update_golden:
        kept.write_bytes(tree.contents()[path])
    assert kept.read_bytes() == tree.contents()[path]


def test_paths_golden(tree, update_golden: bool) -> None:
    """The paths of a site change only on purpose: people link to them."""
    text = "\n".join(sorted(tree.contents())) + "\n"
    if update_golden:
        (GOLDEN / "paths.txt").write_text(text)
    assert (GOLDEN / "paths.txt").read_text() == text


def test_the_same_record_and_moment_give_the_same_bytes(tree):
    """A second site of the same entries and moment is equal, byte for byte."""
    assert tree.contents() == sample.built().contents()


class Reader(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text.append(data)


def read(content: bytes) -> Reader:
    reader = Reader()
    reader.feed(content.decode())
    return reader


def text_of(tree, path):
    return " ".join("".join(read(tree.contents()[path]).text).split())


def pages(tree):
    return {path: content for path, content in tree.contents().items() if path.endswith(".html")}


def test_every_link_within_the_site_leads_somewhere(tree):
    """No link, stylesheet or picture of any page points at a file that is not there."""
    lost = []
    for path, content in pages(tree).items():
        for name, value in read(content).attributes:
            if name in {"href", "src"} and not value.startswith(("http", "data:", "#")):
                where = (Path("/") / path).parent / value.partition("#")[0]
                if str(Path("/").joinpath(*_walk(where))).lstrip("/") not in tree.contents():
                    lost.append((path, value))
    assert [] == lost


def _walk(path):
    steps = []
    for step in path.parts[1:]:
        if step == "..":
            steps.pop()
        else:
            steps.append(step)
    return steps


def test_nothing_runs_in_a_page_but_one_file(tree):
    """Every page carries the policy; no script, style or handler stands in a page itself."""
    for content in pages(tree).values():
        reader = read(content)
        assert ("content", POLICY) in reader.attributes
        assert "style" not in reader.tags
        assert not [name for name, _ in reader.attributes if name.startswith("on") or name == "style"]
    assert "unsafe" not in POLICY


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markup(text):
    """Titles, names and words of anybody are text on every page, but for emphasis in what was published."""
    at, clock, _ = desk(with_world=False)
    line = "".join(text.split("\r\n")).replace("\0", "")[:200]
    declared = {"title": line, "group": line, "region": line, "describes": text.replace("\0", "")}
    at.say([Draft(kind="component.declared", subject="shop", payload=declared)])
    plain = sample.built(at.state)
    report = Report(title=line, components={"shop": "major_outage"}, segments=["buyers"])
    one = move(at, open_outage(at, report), OutageEvent.CONFIRM)
    sample.speak(at, one, texts={"en": f"{text}\n\n{text}"})
    known = {tag for content in pages(sample.built()).values() for tag in read(content).tags}
    for content in pages(sample.built(at.state)).values():
        reader = read(content)
        assert set() == set(reader.tags) - known - {"em", "strong"}
        links = [value for name, value in reader.attributes if name in {"href", "src"}]
        assert not [link for link in links if link.lower().startswith("javascript")]
    assert len(plain.made) < len(sample.built(at.state, clock.now_s).made)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See https://a.example/x.", ('<p>See <a href="https://a.example/x" rel="nofollow noreferrer">'
         "https://a.example/x</a>.</p>")),
        ("Affected: users\nof it", "<p><b>Affected:</b> users</p><p>of it</p>"),
        ("https://a.example: is out", ('<p><a href="https://a.example" rel="nofollow noreferrer">'
         "https://a.example</a>: is out</p>")),
        ("[x](javascript:y) <b>", "<p>[x](javascript:y) &lt;b&gt;</p>"),
    ],
)  # fmt: skip
def test_words_become_paragraphs(text, expected):
    """Lines are paragraphs, labels stand out, addresses are links, and marks stay marks."""
    assert expected == paragraphs(text)


def test_what_cannot_be_seen_is_taken_out():
    """Control characters and marks that turn the direction of text do not reach a page."""
    assert "ab\ncd" == clean("a\x00\x1b\u202eb\r\nc\u2066d")


def test_the_front_page_says_until_when_it_is_good(tree):
    """Without any script the page names the time after which it is not to be believed."""
    assert "Good until 12:10 UTC (13:10 CET); after that, take it as unknown." in text_of(tree, "index.html")


def test_the_answer_is_never_better_than_what_is_open():
    """With an open outage that names no component the page does not say that everything works."""
    at, _, _ = desk(with_world=False)
    sample.declare(at)
    assert "Everything works" in text_of(sample.built(at.state), "index.html")
    move(at, open_outage(at, Report(title="Something is wrong")), OutageEvent.CONFIRM)
    told = text_of(sample.built(at.state), "index.html")
    assert "Everything works" not in told
    assert "There is a problem" in told


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        (["buyers"], "One group of customers is affected"),
        (["buyers", "readers"], "2 groups of customers are affected"),
    ],
)
def test_the_answer_says_how_many_groups_are_affected_where_no_component_is_named(segments, expected):
    at, _, _ = desk()
    sample.declare(at)
    move(at, open_outage(at, Report(title="Something is wrong", segments=segments)), OutageEvent.CONFIRM)
    told = text_of(sample.built(at.state), "index.html")
    assert expected in told
    assert "no component is named yet" not in told


def test_an_overdue_promise_is_admitted():
    """The page itself says that we are late."""
    at, _, _ = sample.sample()
    assert "We are late." not in text_of(sample.built(at.state, NOON_S), "index.html")
    assert "We are late." in text_of(sample.built(at.state, NOON_S + 3600.0), "index.html")


def test_the_arithmetic_of_uptime_can_be_worked_out_again(tree):
    """Two hours out in part in 40 whole days: the sum is on the component's page."""
    told = text_of(tree, "components/login.html")
    assert "1 − (0.3 × 7,200 s out in part) / 3,456,000 s = 99.93750 %" in told
    assert "99.937 %" in told


def test_our_own_lag_is_published(tree):
    """First words after five minutes each time, on a page of their own."""
    told = text_of(tree, "record.html")
    assert "5 min Median of 2 outages" in told
    assert "Promises kept" in told


def test_languages_have_every_phrase():
    """Every phrase is there in every language, with the same places for values."""
    assert list(LANGUAGES) == list(ORDER)
    for name, row in words._ROWS.items():
        assert 4 == len(row), name
        places = [sorted(set(_places(text))) for text in row]
        assert [places[0]] * 4 == places, name
    assert {"Now", "Jetzt", "Maintenant", "Ahora"} == {SiteWords(language)("now") for language in LANGUAGES}


def _places(text):
    return [part.split("}")[0] for part in text.split("{")[1:]]


COPIES = ("https://status.example.org", "https://mirror.example.net/status")


@pytest.fixture(scope="module")
def copied():
    """The sample's site, which names where copies of it are read."""
    setting = replace(sample.SETTING, copies=COPIES)
    return site_tree(sample.sample()[0].state, setting, NOON_S, sample.KEY, by="eu_west")


def links_of(tree, path):
    return [value for name, value in read(tree.contents()[path]).attributes if name == "href"]


def test_every_page_leads_to_the_copies(copied, tree):
    """In its footer, in its language, from a segment's page too; where no copy is named, nothing does."""
    way = "Looks old? Read a copy</a></p>"
    german = "Sieht alt aus? Eine Kopie lesen</a></p>"
    for path in pages(copied):
        foot = copied.contents()[path].decode().partition("<footer>")[2]
        assert (german if path.startswith("de/") else way) in foot, path
        assert any(one.endswith("copies.html") for one in links_of(copied, path)), path
    plain = [content.decode() for content in pages(tree).values()]
    assert not [text for text in plain if way in text or german in text]


def test_a_page_that_is_too_old_leads_to_the_copies_itself(copied):
    """What the script shows of an old page holds the way to the others; without a script the footer does."""
    text = copied.contents()["index.html"].decode()
    shown = text.partition('id="stale"')[2].partition("</div>")[0]
    assert '<a href="copies.html">Looks old? Read a copy</a>' in shown


def test_the_page_of_copies_names_them_all_and_who_made_this_one(copied):
    """Plain links to the front page of each, by which site it was made, and until when it may be believed."""
    for path, front in (("copies.html", "index.html"), ("de/copies.html", "de/index.html")):
        assert {f"{url}/{front}" for url in COPIES} <= set(links_of(copied, path))
    told = text_of(copied, "copies.html")
    assert "If this page looks old, read it there:" in told
    assert "Good until 12:10 UTC (13:10 CET)" in told
    assert "Made by the site eu_west, signed with this key:" in told
    assert sample.KEY.public_key().public_bytes_raw().hex() in told
    assert "No other place is known." in text_of(sample.built(), "copies.html")


def test_addresses_of_copies_are_checked():
    """An address that is none is refused, and so are too many."""
    for copies in (("javascript:x",), ("https://a.example/",), ("https://a.example",) * 21):
        with pytest.raises(InputError):
            check_site_setting(replace(sample.SETTING, copies=copies))
    check_site_setting(replace(sample.SETTING, copies=COPIES))


def test_a_new_word_changes_few_files(tree):
    """After one more update, files of untouched components and past outages are taken over as they are."""
    at, _, _ = sample.sample()
    before = sample.built(at.state)
    one = next(one for one in at.state.outages() if one.is_open)
    sample.speak(at, one, texts={"en": "More."})
    changed = changed_paths(sample.built(at.state, NOON_S, before), before)
    assert "index.html" in changed
    assert "components/shop.atom" in changed
    assert not {"components/login.html", "components/store.atom", "history.html", "badge.svg"} & set(changed)
