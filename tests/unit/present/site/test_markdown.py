"""Words that were published, as markup: a small part of Markdown, and nothing that it could smuggle in."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from tidegate.present.site.markdown import MOST_LETTERS, paragraphs

REL = 'rel="nofollow noreferrer"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ntwo\n\nthree", "<p>one</p><p>two</p><p>three</p>"),
        ("*so* and **so**", "<p><em>so</em> and <strong>so</strong></p>"),
        ("- a\n- b\nafter", "<ul><li>a</li><li>b</li></ul><p>after</p>"),
        ("1. a\n2. *b*", '<ol><li value="1">a</li><li value="2"><em>b</em></li></ol>'),
        ("See [the page](https://a.example/x_y).",
         f'<p>See <a href="https://a.example/x_y" {REL}>the page</a>.</p>'),
        ("[us](mailto:a@b.example)", f'<p><a href="mailto:a@b.example" {REL}>us</a></p>'),
        ("Affected: *all* of it", "<p><b>Affected:</b> <em>all</em> of it</p>"),
        ("Or: [here](https://a.example)", f'<p><b>Or:</b> <a href="https://a.example" {REL}>here</a></p>'),
        (r"\*not\* a mark", "<p>*not* a mark</p>"),
    ],
)  # fmt: skip
def test_paragraphs_emphasis_lists_and_links(text, expected):
    """What is read of Markdown, beside labels at the begin of a line."""
    assert expected == paragraphs(text)


@pytest.mark.parametrize(
    "text",
    [
        "snake_case_name and 5 * 3 * 2", "# no heading", "> no quote", "`no code`", "~~not struck~~",
        "| no | table |", "***", "x:y", "+5 degrees", "*.example.org and *.example.com",
    ],
)  # fmt: skip
def test_everything_else_is_shown_as_it_was_typed(text):
    """Marks that are not read stay where they are."""
    assert f"<p>{text.replace('>', '&gt;')}</p>" == paragraphs(text)


def test_a_line_that_begins_with_a_date_keeps_its_number():
    """Numbers are shown as they were typed, although a list would count on."""
    assert '<li value="7">Dezember</li><li value="12">Dezember</li>' in paragraphs(
        "7. Dezember\n12. Dezember"
    )


def test_an_address_is_shown_whole_and_leads_where_it_says():
    """No letter of a bare address is a mark; a link that reads like an address names its own."""
    bare = "https://a.example/a_b*c*_d_"
    assert f'href="{bare}"' in paragraphs(f"See {bare} now")
    assert f'<p><a href="https://evil.example" {REL}>https://evil.example</a></p>' == paragraphs(
        "[https://bank.example](https://evil.example)"
    )


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.names, self.links = set(), set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name == "href"]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>", "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)", "[x](vbscript:x)", "[x](//evil.example)",
        "[x](/console)", "[x](<javascript:alert(1)>)", "[x](java&#115;cript:alert(1))", "[x](\tjavascript:x)",
        "![x](https://x.example/y.png)", '[x](https://a.example "t\\" onclick=alert(1)")',
        '[x](https://a.example/"onmouseover=alert(1))', "<https://a.example>", "[x]: https://a.example\n[x]",
        "<a href=javascript:x>y</a>", "&lt;script&gt;", "[<img src=x onerror=alert(1)>](https://a.example)",
        "[x](https:\\\\evil.example)", "[a [b](https://b.example) c](https://a.example)",
        "- <script>x</script>\n1. [x](javascript:y)", "[x](mailto:a@b.example?subject=<script>)",
    ],
)  # fmt: skip
def test_nothing_but_our_elements_and_safe_links_comes_out(text):
    """No element, attribute or address but those we mean, whatever was typed."""
    for said in (text, f"Label: {text}", f"*{text}*", f"- {text}", f"{text}\n{text}"):
        made = paragraphs(said)
        reader = Reader()
        reader.feed(made)
        assert reader.tags <= {"p", "b", "a", "em", "strong", "ul", "ol", "li"}
        assert reader.names <= {"href", "rel", "value"}
        assert all(link.lower().startswith(("https://", "http://", "mailto:")) for link in reader.links)


def test_what_is_very_long_is_shown_without_marks():
    """A text that could take long to read is only parted into lines."""
    text = f"*{'a' * MOST_LETTERS}*"
    assert f"<p>{text}</p><p>b</p>" == paragraphs(f"{text}\nb")
