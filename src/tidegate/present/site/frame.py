"""What stands around every page: its head, the way to the other pages, how long it may be believed.

A page asks for itself, one stylesheet, and one small script it can do without. The policy it carries
allows those and forbids everything else, so that even markup smuggled in could load or run nothing. The page
of copies has a second script, which may ask the copies that it names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

from tidegate.inform.draft import when_text
from tidegate.inform.site.apart import Apart
from tidegate.inform.site.site_setting import SiteSetting
from tidegate.journal.moment import moment_text
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.escaped import filled, line, when
from tidegate.present.site.words import SiteWords

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'"
)
ASKING_POLICY = f"{POLICY}; connect-src https: http:"
"""What a server says of the page of copies, which itself names those that its script may ask."""
NAVIGATION = (
    ("now", "index.html"),
    ("history", "history.html"),
    ("uptime", "uptime.html"),
    ("maintenance", "maintenance.html"),
    ("record", "record.html"),
    ("follow", "follow.html"),
)
COPIES_PATH = "copies.html"


def asset(name: str) -> bytes:
    """Return a packaged file of the site."""
    return files("tidegate.present.site").joinpath(name).read_bytes()


def asset_path(name: str) -> str:
    """Return the path of a packaged file: it names the content, so that pages never meet another's."""
    stem, _, ending = name.rpartition(".")
    return f"{stem}-{sha256(asset(name)).hexdigest()[:12]}.{ending}"


STYLE_PATH = asset_path("site.css")
SCRIPT_PATH = asset_path("expiry.js")
COPIES_SCRIPT_PATH = asset_path("copies.js")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a page stands, and in which language.

    Parameters
    ----------
    setting
        The site.
    language
        The page's language.
    path
        Its path within its language.
    """

    setting: SiteSetting
    language: str
    path: str

    @property
    def words(self) -> SiteWords:
        """The words of its language."""
        return SiteWords(self.language)

    @property
    def file(self) -> str:
        """Its path within the site."""
        return self.path_in(self.language)

    def path_in(self, language: str) -> str:
        """Return the path of the same page in another language."""
        return self.path if language == self.setting.languages[0] else f"{language}/{self.path}"

    @property
    def up(self) -> str:
        """The way up to the root of the site."""
        return "../" * self.file.count("/")

    def to(self, path: str) -> str:
        """Return the way from here to another page in the same language."""
        return self.up + Place(setting=self.setting, language=self.language, path=path).file

    def when(self, at_s: float, *, dated: bool = True) -> Html:
        """Return a time in the site's zone and this language."""
        return when(at_s, self.setting.zone, self.words, dated=dated)


def page(
    place: Place,
    title: str,
    *body: str,
    believed: tuple[float, float] | None = None,
    is_private: bool = False,
    script: str = "",
    asks: Sequence[str] = (),
) -> bytes:
    """Return one page.

    Parameters
    ----------
    place
        Where it stands.
    title
        What it is about.
    body
        Its content.
    believed
        When it was confirmed and until when it may be believed, in seconds since 1970; None for a page
        that tells of the past alone.
    is_private
        Whether its address is a secret: search engines, referrers and other languages are not told.
    script, asks
        A script of its own, by its path within the site, and the origins that it may ask.
    """
    until = moment_text(believed[1]) if believed else None
    document = tag(
        "html",
        _head(
            place,
            title,
            is_private=is_private,
            asks=asks,
            scripts=[*([SCRIPT_PATH] if believed else []), *([script] if script else [])],
        ),
        tag(
            "body",
            tag("a", place.words("skip"), class_="skip", href="#main"),
            _top(place, is_private=is_private),
            tag("main", *_age(place, believed), *body, id="main"),
            _foot(place, believed),
        ),
        lang=place.language,
        data_until=until,
    )
    return f"<!doctype html>\n{document}\n".encode()


def _head(place: Place, title: str, *, is_private: bool, scripts: Sequence[str], asks: Sequence[str]) -> Html:
    name = line(place.setting.name)
    extra: list[Html] = []
    if is_private:
        extra.append(tag("meta", name="robots", content="noindex, nofollow"))
    else:
        feed = place.up + "history.atom"
        extra.append(tag("link", rel="alternate", type="application/atom+xml", title=name, href=feed))
        extra += [
            tag("link", rel="alternate", hreflang=other, href=place.up + place.path_in(other))
            for other in place.setting.languages
            if other != place.language
        ]
    extra += [tag("script", src=place.up + one, defer=True) for one in scripts]
    policy = f"{POLICY}; connect-src {' '.join(asks)}" if asks else POLICY
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("link", rel="icon", href="data:,"),
        tag("title", f"{line(title)} · {name}"),
        tag("link", rel="stylesheet", href=place.up + STYLE_PATH),
        *extra,
    )


def _top(place: Place, *, is_private: bool) -> Html:
    words = place.words
    ways = [
        tag("a", words(name), href=place.to(path), aria_current="page" if path == place.path else None)
        for name, path in NAVIGATION
    ]
    name = tag("a", line(place.setting.name), class_="site", href=place.to("index.html"))
    parts = [name, tag("nav", *ways, aria_label=words("pages"))]
    if len(place.setting.languages) > 1 and not is_private:
        others = [
            tag(
                "a", SiteWords(other)("language"), href=place.up + place.path_in(other), lang=other,
                aria_current="true" if other == place.language else None,
            )
            for other in place.setting.languages
        ]  # fmt: skip
        parts.append(tag("nav", *others, class_="tongues", aria_label=words("languages")))
    return tag("header", *parts)


def _age(place: Place, believed: tuple[float, float] | None) -> tuple[Html, ...]:
    """Return what the script shows once the page is too old to be believed."""
    if believed is None:
        return ()
    words = place.words
    told = [
        tag("p", words("stale"), class_="loud"),
        tag("p", filled(words("stale_why"), place.when(believed[1]))),
    ]
    if place.setting.copies:
        told.append(tag("p", tag("a", words("copies_look"), href=place.to(COPIES_PATH))))
    return (tag("div", *told, id="stale", hidden=True),)


def believed_line(place: Place, believed: tuple[float, float]) -> Html:
    """Return when a page was confirmed and until when it may be believed."""
    words = place.words
    at, until = place.when(believed[0]), place.when(believed[1], dated=False)
    return tag("p", words("as_of"), " ", at, ". ", filled(words("believe"), until), class_="age")


def apart_lines(place: Place, apart: Apart) -> list[Html]:
    """Return what a site may not have heard, a line for each other site; nothing where it has heard all."""
    words, own = place.words, line(apart.own)
    said = [
        filled(words("apart_never"), own, line(name)) if since_s is None
        else filled(words("apart"), own, line(name), place.when(since_s))
        for name, since_s in apart.away
    ]  # fmt: skip
    said += [filled(words("forked"), line(name)) for name in apart.forked]
    said += [filled(words("fork_seen"), line(name)) for name in apart.forks_seen]
    said += [filled(words("parted"), own)] if apart.is_parted else []
    return [tag("p", one, class_="late") for one in said]


def _foot(place: Place, believed: tuple[float, float] | None) -> Html:
    words, setting = place.words, place.setting
    ways = [
        tag("a", words(name), href=url)
        for name, url in (
            ("help", asking_way(place, setting.help_url)),
            ("subscribe", asking_way(place, setting.subscribe_url)),
            ("copies_look", place.to(COPIES_PATH) if setting.copies else ""),
        )
        if url
    ]
    if believed is None:
        front = tag("a", words("front"), href=place.to("index.html"))
        ways.append(tag("span", filled(words("past_page"), front)))
    zone = "" if setting.zone == "UTC" else f" · {setting.zone}"
    return tag("footer", *(tag("p", way) for way in ways), tag("p", f"UTC{zone}", class_="quiet"))


def asking_way(place: Place, url: str, word: str = "") -> str:
    """Return where to ask for something, in the page's language; empty where there is no such place.

    Parameters
    ----------
    place
        The page that leads there.
    url
        The place, in whichever language it speaks by itself.
    word
        What is unguessable in the address of a segment's own page: there its words can be asked for.
    """
    asked = [f"language={place.language}"] if place.language != place.setting.languages[0] else []
    asked += [f"for={word}"] if word else []
    return f"{url}?{'&'.join(asked)}" if url and asked else url


def day_text(at_s: float, place: Place) -> str:
    """Return the UTC day of a time."""
    return when_text(at_s, "UTC", place.words.phrases, dated=True).partition(", ")[2]


def section(title: str, *body: str, name: str = "") -> Html:
    """Return a part of a page under its heading."""
    return tag("section", tag("h2", title), *body, id=name or None)


def nothing(text: str) -> Html:
    """Return what is said where there is nothing."""
    return join(tag("p", text, class_="quiet"))
