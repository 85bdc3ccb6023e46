"""What does somebody see who wants notices? A form, and pages on which an address agrees, changes or ends.

An address that leads here changes nothing by being opened, for mail scanners open every one: what changes
something is behind a button. No page says who is subscribed. Each is written in every language of the site.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tidegate.present.console.frame import choice, entry, form, hide, more, plain_page, section, tongues
from tidegate.present.console.subscribe_words import SubscribeWords
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.escaped import line

WAY = "/notices"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What can be asked for, and how the page speaks.

    Parameters
    ----------
    site
        What people call the site.
    language, languages
        The page's language, and those spoken, the site's own first.
    ways
        The channels that can be asked for.
    groups
        Titles of what is shown, by id, by the group they stand in.
    segment, word
        A customer segment whose own words may be heard, and the word that says so; empty for none.
    """

    site: str
    language: str = "en"
    languages: Sequence[str] = ("en",)
    ways: Sequence[str] = ()
    groups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    segment: str = ""
    word: str = ""

    @property
    def words(self) -> SubscribeWords:
        """The words of its language."""
        return SubscribeWords(self.language)

    def to(self, way: str = WAY, language: str = "") -> str:
        """Return an address of ours, in this language or another."""
        own = f"&for={self.word}" if self.word else ""
        return f"{way}?language={language or self.language}{own}"


@dataclass(frozen=True, kw_only=True)
class Given:
    """What was filled in, or is wanted so far."""

    channel: str = ""
    address: str = ""
    severity: str = "none"
    language: str = ""
    components: Sequence[str] = ()
    has_segment: bool = True


def subscribe_page(
    offer: Offer, given: Given | None = None, faults: Sequence[str] = (), *, is_lapsed: bool = False
) -> str:
    """Return the form; `faults` stood against what was filled in before, `is_lapsed` against its address."""
    words, given = offer.words, given or Given(language=offer.language)
    fields = [
        choice(words("how"), "channel", {way: words(way) for way in offer.ways}, given.channel),
        entry(
            words("where"), "address", given.address, required=True, autocomplete="email", maxlength="320",
            hint=words("where_mail" if "email" in offer.ways else "where_post"), spellcheck="false",
        ),
        *_wanted(offer, given),
    ]  # fmt: skip
    lead = [tag("p", words("lead"), class_="lead")]
    lead += [tag("p", words("lapsed"), class_="loud")] if is_lapsed else []
    ways = tongues(words("tongue"), {one: offer.to(language=one) for one in offer.languages}, offer.language)
    asking = form(None, offer.to(), *fields, button=words("ask"))
    return _page(offer, words("title"), *ways, *lead, *_faults(offer, faults), asking)


def _page(offer: Offer, title: str, *body: str) -> str:
    return plain_page(title, offer.site, tag("h1", title), *body, language=offer.language)


def _faults(offer: Offer, faults: Sequence[str]) -> list[Html]:
    if not faults:
        return []
    rows = tag("ul", *(tag("li", fault) for fault in faults))
    return [tag("div", tag("p", offer.words("mend")), rows, class_="faults", role="alert")]


def _wanted(offer: Offer, given: Given) -> list[Html]:
    """Return the fields for what is to be heard of, in which words."""
    words = offer.words
    fields = [choice(words("which"), "severity", words.severities, given.severity)]
    if len(offer.languages) > 1:
        tongues = {one: SubscribeWords.name_of(one) for one in offer.languages}
        fields.append(choice(words("tongue"), "language", tongues, given.language or offer.languages[0]))
    if offer.segment:
        says = words("segment", line(offer.segment))
        fields += [_tick("segment", "yes", says, is_on=given.has_segment)]
        fields += [hide("for", offer.word)] if offer.word else []
    return [*fields, _parts(offer, set(given.components))]


def _tick(name: str, value: str, says: str, *, is_on: bool) -> Html:
    box = tag("input", type="checkbox", name=name, value=value, checked=is_on)
    return tag("label", box, tag("span", says), class_="tick")


def _parts(offer: Offer, chosen: set[str]) -> Html:
    if not offer.groups:
        return join()
    sets = [
        tag(
            "fieldset",
            *([tag("legend", line(group))] if group else []),
            *(_tick("component", name, line(title), is_on=name in chosen) for name, title in parts.items()),
        )
        for group, parts in offer.groups.items()
    ]
    none = tag("p", f"{offer.words('parts_none')}.", class_="quiet")
    return more(offer.words("parts"), none, *sets, is_open=bool(chosen))


def asked_page(offer: Offer, *, is_mail: bool) -> str:
    """Return what is said to whoever asked, whether or not the address was asked anew."""
    words = offer.words
    return _page(
        offer, words("asked"),
        tag("p", words("asked_mail" if is_mail else "asked_post"), class_="lead"),
        tag("p", words("asked_next")),
        tag("p", words("asked_none"), class_="quiet"),
    )  # fmt: skip


def agree_page(offer: Offer, way: str) -> str:
    """Return the page on which an address agrees, with one button."""
    words = offer.words
    return _page(
        offer, words("agree"), tag("p", words("agree_who", line(offer.site))),
        form(None, way, button=words("agree_yes")), tag("p", words("agree_not"), class_="quiet"),
    )  # fmt: skip


def agreed_page(offer: Offer, given: Given, *, secret: str, manage_way: str) -> str:
    """Return what is said after an address agreed; `secret` where notices to it are signed."""
    words = offer.words
    parts = _heard(offer, given)
    if secret:
        kept = tag("pre", secret, class_="receipt", tabindex="0")
        parts.append(section(words("verify"), tag("p", words("secret")), kept))
    parts.append(tag("p", words("later"), " ", tag("a", words("later_now"), href=manage_way)))
    return _page(offer, words("on"), *parts)


def _heard(offer: Offer, given: Given) -> list[Html]:
    """Return what is heard of from now on."""
    words = offer.words
    titles = {name: title for parts in offer.groups.values() for name, title in parts.items()}
    what = ", ".join(line(titles.get(name, name)) for name in given.components) or words("all")
    said = [tag("p", words("hear", what, words.severities[given.severity]), class_="lead")]
    if offer.segment and given.has_segment:
        said.append(tag("p", words("hear_segment", line(offer.segment))))
    return said


def manage_page(
    offer: Offer,
    heard: Given,
    given: Given | None = None,
    faults: Sequence[str] = (),
    *,
    end_way: str,
    change_way: str,
) -> str:
    """Return the page on which notices are ended with one button, or made to tell of something else.

    Parameters
    ----------
    offer
        What can be asked for.
    heard
        What is heard of so far.
    given, faults
        What was filled in before, and what stood against it.
    end_way, change_way
        Where the forms lead.
    """
    words = offer.words
    press = form(None, end_way, button=words("end"))
    altered = form(None, change_way, *_wanted(offer, given or heard), button=words("keep"), quiet=True)
    return _page(
        offer, words("manage"), *_heard(offer, heard), *_faults(offer, faults),
        tag("p", words("end_says", line(offer.site)), class_="quiet"), press,
        section(words("change"), altered),
    )  # fmt: skip


def changed_page(offer: Offer, given: Given, *, manage_way: str) -> str:
    """Return what is said after it was wanted otherwise."""
    back = tag("p", tag("a", offer.words("later_now"), href=manage_way))
    return _page(offer, offer.words("changed"), *_heard(offer, given), back)


def ended_page(offer: Offer) -> str:
    """Return what is said after notices were ended."""
    words = offer.words
    again = tag("p", words("mistake"), " ", tag("a", words("again"), href=offer.to()))
    return _page(offer, words("ended"), tag("p", words("ended_says")), again)
