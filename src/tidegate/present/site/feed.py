"""What was said, for feed readers? Atom (RFC 4287) and RSS 2.0, one entry an update, the latest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import format_datetime

from tidegate.inform.site.site_setting import SiteSetting
from tidegate.inform.site.view import PublicOutage, PublicUpdate
from tidegate.journal.moment import moment_text, utc
from tidegate.present.report.markup import Html, tag
from tidegate.present.site.escaped import line
from tidegate.present.site.markdown import paragraphs
from tidegate.present.site.outage import outage_path
from tidegate.present.site.words import SiteWords

MOST_ENTRIES_COUNT = 50
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'


@dataclass(frozen=True, kw_only=True)
class Item:
    """One update in a feed, and the outage it is about."""

    outage: PublicOutage
    update: PublicUpdate


def items(outages: Sequence[PublicOutage]) -> tuple[Item, ...]:
    """Return the latest updates of outages, the latest first."""
    found = [Item(outage=one, update=update) for one in outages for update in one.updates]
    return tuple(sorted(found, key=lambda item: (-item.update.at_s, item.update.id))[:MOST_ENTRIES_COUNT])


def atom(setting: SiteSetting, path: str, title: str, shown: Sequence[Item], began_s: float) -> bytes:
    """Return an Atom feed.

    Parameters
    ----------
    setting
        The site.
    path
        Where the feed stands.
    title
        What it is about.
    shown
        Its entries, the latest first.
    began_s
        When it was last changed where it has no entry, in seconds since 1970.
    """
    updated_s = shown[0].update.at_s if shown else began_s
    feed = tag(
        "feed",
        tag("id", f"tag:{setting.host},{utc(began_s):%Y-%m-%d}:{path}"),
        tag("title", line(title)),
        tag("updated", moment_text(updated_s)),
        tag("author", tag("name", line(setting.name))),
        _link(rel="self", type_="application/atom+xml", href=f"{setting.url}/{path}"),
        _link(rel="alternate", type_="text/html", href=f"{setting.url}/index.html"),
        *(_entry(setting, item) for item in shown),
        xmlns="http://www.w3.org/2005/Atom",
        **{"xml:lang": setting.languages[0]},
    )
    return f"{_HEAD}{feed}\n".encode()


def _entry(setting: SiteSetting, item: Item) -> Html:
    update, tongue = item.update, setting.languages[0]
    return tag(
        "entry",
        tag("id", _id(setting, item)),
        tag("title", _title(item, tongue)),
        tag("updated", moment_text(update.at_s)),
        tag("published", moment_text(update.at_s)),
        _link(rel="alternate", type_="text/html", href=_address(setting, item)),
        tag("category", term=update.state.value),
        # Markup in a feed is text that readers unpack: it is escaped once more here.
        tag("content", str(paragraphs(_text(update, tongue))), type="html"),
    )


def _link(*, rel: str, type_: str, href: str) -> Html:
    return Html(str(tag("link", rel=rel, type=type_, href=href)).removesuffix(">") + "/>")


def rss(setting: SiteSetting, path: str, title: str, shown: Sequence[Item], began_s: float) -> bytes:
    """Return an RSS 2.0 feed; parameters as of `atom`."""
    updated_s = shown[0].update.at_s if shown else began_s
    own = _link(rel="self", type_="application/rss+xml", href=f"{setting.url}/{path}")
    channel = tag(
        "channel",
        tag("title", line(title)),
        _element("link", f"{setting.url}/index.html"),
        tag("description", line(title)),
        tag("language", setting.languages[0]),
        tag("lastBuildDate", _mail_date(updated_s)),
        Html(own.replace("<link", "<atom:link", 1)),
        *(_item(setting, item) for item in shown),
    )
    made = tag("rss", channel, version="2.0", **{"xmlns:atom": "http://www.w3.org/2005/Atom"})
    return f"{_HEAD}{made}\n".encode()


def _item(setting: SiteSetting, item: Item) -> Html:
    update, tongue = item.update, setting.languages[0]
    return tag(
        "item",
        tag("title", _title(item, tongue)),
        _element("link", _address(setting, item)),
        tag("guid", _id(setting, item), isPermaLink="false"),
        tag("pubDate", _mail_date(update.at_s)),
        tag("category", update.state.value),
        tag("description", str(paragraphs(_text(update, tongue)))),
    )


def _element(name: str, text: str) -> Html:
    """Return an element whose name is an empty one in HTML."""
    return Html(str(tag("x", text)).replace("<x>", f"<{name}>").replace("</x>", f"</{name}>"))


def _title(item: Item, language: str) -> str:
    return f"{line(item.outage.title)}: {SiteWords(language).state(item.update.state)}"


def _text(update: PublicUpdate, language: str) -> str:
    return update.texts.get(language) or update.texts.get("en") or next(iter(update.texts.values()), "")


def _address(setting: SiteSetting, item: Item) -> str:
    return f"{setting.url}/{outage_path(item.outage)}#u-{item.update.id}"


def _id(setting: SiteSetting, item: Item) -> str:
    return f"tag:{setting.host},{utc(item.update.at_s):%Y-%m-%d}:update/{item.update.id}"


def _mail_date(at_s: float) -> str:
    return format_datetime(utc(at_s), usegmt=True)
