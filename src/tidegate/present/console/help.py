"""What does a customer see who asks for help? First what we know already, then the form, then a receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tidegate.present.console.frame import (
    Reader,
    area,
    entry,
    form,
    hide,
    more,
    plain_page,
    section,
    tongues,
)
from tidegate.present.console.help_words import HelpWords
from tidegate.present.report.markup import Html, tag
from tidegate.present.site.markdown import paragraphs
from tidegate.present.site.text import filled, line


@dataclass(frozen=True, kw_only=True)
class Known:
    """An outage that the public was told of.

    Parameters
    ----------
    id, title
        Its id and what people call it.
    since_s
        When it began, in seconds since 1970.
    texts
        The last public words, by language; empty where none are out.
    """

    id: str
    title: str
    since_s: float
    texts: Mapping[str, str] = field(default_factory=dict)

    def text(self, language: str) -> str:
        """Return the last public words in a language, or in English, or in whichever there is."""
        return self.texts.get(language) or self.texts.get("en") or next(iter(self.texts.values()), "")


@dataclass(frozen=True, kw_only=True)
class Said:
    """One word in a case's thread: who ("you" or "we"), when (seconds since 1970), and what."""

    who: str
    at_s: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Thread:
    """A case as its customer sees it.

    Parameters
    ----------
    case, way
        Its id, and the address at which only its customer finds it.
    receipt
        The signed receipt.
    said
        What was said so far.
    is_closed
        Whether we hold it to be done.
    outage
        What we know it belongs to; None where nothing is known.
    takes_files
        Whether files may be added.
    files
        The names of the files that were added.
    """

    case: str
    way: str
    receipt: str
    said: Sequence[Said]
    is_closed: bool
    outage: Known | None = None
    takes_files: bool = False
    files: Sequence[str] = ()


def help_page(reader: Reader, known: Sequence[Known], key: str) -> str:
    """Return the form: known outages first, each with one button that says: me too."""
    words = HelpWords(reader.language)
    ways = {one: _way(one) for one in reader.languages}
    parts = [tag("h1", words("title")), *tongues("Language", ways, reader.language)]
    if known:
        head = words("known") if len(known) == 1 else words("known_many", len(known))
        parts.append(section(head, *(_known(reader, one, key) for one in known)))
    else:
        parts.append(tag("p", words("none"), class_="lead"))
    parts.append(section(words("else" if known else "what"), _form(words, key)))
    return plain_page(words("title"), reader.site, *parts, language=reader.language)


def _way(language: str) -> str:
    return f"/help?language={language}"


def _known(reader: Reader, one: Known, key: str) -> Html:
    words = HelpWords(reader.language)
    me_too = form(
        None, _way(reader.language), hide("key", f"{key}-{one.id}"), hide("outage", one.id),
        hide("me_too", "yes"), hide("language", reader.language), button=words("me_too"),
    )  # fmt: skip
    first, _, rest = one.text(reader.language).partition("\n")
    said = [paragraphs(first)] if first else []
    said += [more(words("we_know"), tag("div", paragraphs(rest), class_="words"))] if rest else []
    since = tag("p", filled(words("since"), reader.when(one.since_s)), class_="facts")
    return tag("article", tag("h3", line(one.title)), since, me_too, *said, class_="known")


def _form(words: HelpWords, key: str) -> Html:
    return form(
        None, _way(words.language), hide("key", key), hide("language", words.language),
        area(words("see"), "text", rows=8, required=True, hint=words("see_hint")),
        entry(words("contact"), "contact", hint=words("contact_hint"), autocomplete="email"),
        entry(words("part"), "component", hint=words("part_hint")),
        button=words("send"),
    )  # fmt: skip


def thread_page(reader: Reader, thread: Thread, *, is_new: bool, is_cut: bool = False) -> str:
    """Return a case's own page: its number and receipt, what was said, and how to say more."""
    words = HelpWords(reader.language)
    head = words("kept") if is_new else f"{words('case')} {thread.case}"
    parts = [tag("h1", head), tag("p", f"{words('case')} ", tag("span", thread.case, class_="number"))]
    if is_new:
        parts.append(tag("p", words("on_disk"), " ", tag("a", words("its_page"), href=thread.way)))
    if is_cut:
        parts.append(tag("p", words("cut"), class_="loud"))
    if thread.outage:
        title, since = tag("b", line(thread.outage.title)), reader.when(thread.outage.since_s)
        parts.append(tag("p", filled(words("belongs"), title, since)))
    parts.append(_said(reader, thread))
    parts.append(_say_more(words, thread))
    receipt = tag("pre", thread.receipt, class_="receipt", tabindex="0")
    parts.append(more(words("receipt"), tag("p", words("receipt_what")), receipt, is_open=is_new))
    return plain_page(head, reader.site, *parts, language=reader.language)


def _said(reader: Reader, thread: Thread) -> Html:
    words = HelpWords(reader.language)
    rows = [
        tag("li", tag("b", words(one.who)), " ", reader.when(one.at_s), tag("p", one.text, class_="said"))
        for one in thread.said
    ]
    return section(words("said"), tag("ol", *rows, class_="thread"))


def _say_more(words: HelpWords, thread: Thread) -> Html:
    again = form(
        None,
        f"{thread.way}/still-broken",
        area(words("see_now"), "text", rows=3),
        button=words("still"),
    )
    parts = [tag("p", words("done" if thread.is_closed else "news"), class_="quiet"), again]
    if thread.files:
        names = ", ".join(line(name) for name in thread.files)
        parts.append(tag("p", words("files_with", names)))
    if thread.takes_files:
        parts.append(_upload(words, thread))
    return section(words("still_head" if thread.is_closed else "more"), *parts)


def _upload(words: HelpWords, thread: Thread) -> Html:
    pick = tag("input", type="file", name="file", multiple=True)
    upload = tag(
        "form", tag("label", tag("span", words("files")), pick, class_="field"),
        tag("button", words("files_add"), type="submit", class_="second"),
        method="post", action=f"{thread.way}/files", enctype="multipart/form-data",
    )  # fmt: skip
    return more(words("files_add"), tag("p", words("files_most"), class_="quiet"), upload)


def refused_page(site: str, title: str, *said: str, language: str = "en") -> str:
    """Return a page that says why something was not done, and what to do instead."""
    parts = [tag("p", words) for words in said]
    return plain_page(title, site, tag("h1", title), *parts, language=language)
