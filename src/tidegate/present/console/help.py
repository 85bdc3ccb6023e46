"""What does a customer see who asks for help? First what we know already, then the form, then a receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tidegate.present.console.frame import (
    Reader,
    area,
    choice,
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
from tidegate.present.site.escaped import filled, line
from tidegate.present.site.markdown import paragraphs


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
    is_part
        Whether more was said than is shown.
    is_closed
        Whether we hold it to be done.
    outage
        What we know it belongs to; None where nothing is known.
    takes_files
        Whether files may be added.
    files
        The names of the files that were added.
    mailed_to
        Where receipt and answers are mailed to; empty where they are not.
    """

    case: str
    way: str
    receipt: str
    said: Sequence[Said]
    is_closed: bool
    is_part: bool = False
    outage: Known | None = None
    takes_files: bool = False
    files: Sequence[str] = ()
    mailed_to: str = ""

    @property
    def answer(self) -> Said | None:
        """Our last word; None where we have not answered yet."""
        return next((one for one in reversed(self.said) if one.who == "we"), None)


def help_page(
    reader: Reader,
    known: Sequence[Known],
    key: str,
    parts: Mapping[str, str] | None = None,
    *,
    contact: str = "contact",
) -> str:
    """Return the form: known outages first, the worst first, each with one button that says: me too.

    Parameters
    ----------
    reader
        For whom.
    known
        The outages.
    key
        Names what is sent, so that it counts once.
    parts
        What a case can name: titles by id.
    contact
        For what a mail address is asked: "contact" for the answer, "contact_known" to know who it is; empty
        where it would be of no use.
    """
    words = HelpWords(reader.language)
    ways = {one: _way(one) for one in reader.languages}
    shown = [tag("h1", words("title")), *tongues("Language", ways, reader.language)]
    if known:
        head = words("known") if len(known) == 1 else words("known_many", len(known))
        shown.append(section(head, *(_known(reader, one, key) for one in known)))
    else:
        shown.append(tag("p", words("none"), class_="lead"))
    denied = ",".join(one.id for one in known)
    asked = _form(words, key, parts or {}, contact, denied)
    shown.append(section(words("else" if known else "what"), asked))
    shown.append(more(words("by_receipt"), _by_receipt(words)))
    return plain_page(words("title"), reader.site, *shown, language=reader.language)


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


def _form(words: HelpWords, key: str, named: Mapping[str, str], contact: str, denied: str) -> Html:
    """Return the form in which a customer writes; `denied` names the outages that it says it is none of."""
    where = []
    if contact:
        hint = words(f"{contact}_hint")
        where.append(entry(words(contact), "contact", hint=hint, autocomplete="email"))
    return form(
        None, _way(words.language), hide("key", key), hide("language", words.language),
        *([hide("denied", denied)] if denied else []),
        area(words("see"), "text", rows=8, required=True, hint=words("see_hint")),
        *where,
        *([choice(words("part"), "component", {"": words("part_unknown"), **named})] if named else []),
        button=words("send"),
    )  # fmt: skip


def _by_receipt(words: HelpWords) -> Html:
    wanted = area(words("receipt"), "receipt", rows=6, required=True, hint=words("by_receipt_what"))
    return form(None, f"/help/receipt?language={words.language}", wanted, button=words("by_receipt_go"))


def receipt_page(site: str, language: str, *, is_wrong: bool = False) -> str:
    """Return the form that leads from a receipt to its case; `is_wrong` after one that is none of ours."""
    words = HelpWords(language)
    head = words("no_receipt" if is_wrong else "by_receipt")
    said = [tag("p", words("no_receipt_why"), class_="loud")] if is_wrong else []
    return plain_page(head, site, tag("h1", head), *said, _by_receipt(words), language=language)


def waiting_page(
    reader: Reader, way: str, *, by: str = "", at_s: float = 0.0, is_counted: bool = True,
    may_be_archived: bool = False,
) -> str:  # fmt: skip
    """Return what is said of a case that was accepted, and of which this site has not heard.

    Parameters
    ----------
    reader
        For whom.
    way
        The case's own page.
    by, at_s
        The site that accepted it, and when in seconds since 1970; empty where that is not known.
    is_counted
        Whether what that site took may still come.
    may_be_archived
        Whether old cases have left the record here, so that it may be one of them.
    """
    words = HelpWords(reader.language)
    if not is_counted:
        said = tag("p", filled(words("not_counted"), line(by), reader.when(at_s)), class_="lead")
        again = tag("p", tag("a", words("title"), href=_way(reader.language), class_="button"))
        return plain_page(words("waits"), reader.site, tag("h1", words("waits")), said, again,
                          language=reader.language)  # fmt: skip
    where = filled(words("waits_at"), line(by), reader.when(at_s)) if by else words("waits_elsewhere")
    return plain_page(
        words("waits"), reader.site, tag("h1", words("waits")), tag("p", where, class_="lead"),
        tag("p", words("waits_on")), *([tag("p", words("waits_old"))] if may_be_archived else []),
        tag("p", tag("a", words("waits_way"), href=way)), language=reader.language,
    )  # fmt: skip


def archived_page(reader: Reader) -> str:
    """Return what is said of a case that was closed and has left the record."""
    words = HelpWords(reader.language)
    said = tag("p", words("archived_why"), class_="lead")
    again = tag("p", tag("a", words("title"), href=_way(reader.language), class_="button"))
    head = words("archived")
    return plain_page(head, reader.site, tag("h1", head), said, again, language=reader.language)


def thread_page(reader: Reader, thread: Thread, *, is_cut: bool = False) -> str:
    """Return a case's own page: the answer or where it will come, what was said, more words, the receipt."""
    words = HelpWords(reader.language)
    head = words("kept" if thread.said[-1].who == "you" else "answered")
    parts = [tag("h1", head), tag("p", f"{words('case')} ", tag("span", thread.case, class_="number"))]
    parts += _answer(reader, thread)
    if is_cut:
        parts.append(tag("p", words("cut"), class_="loud"))
    if thread.outage:
        title, since = tag("b", line(thread.outage.title)), reader.when(thread.outage.since_s)
        parts.append(tag("p", filled(words("belongs"), title, since)))
        known = thread.outage.text(reader.language)
        parts += [more(words("we_know"), tag("div", paragraphs(known), class_="words"))] if known else []
    parts.append(_said(reader, thread))
    parts.append(_say_more(words, thread))
    receipt = tag("pre", thread.receipt, class_="receipt", tabindex="0")
    parts.append(more(words("receipt"), tag("p", words("receipt_what")), receipt))
    return plain_page(head, reader.site, *parts, language=reader.language)


def _answer(reader: Reader, thread: Thread) -> list[Html]:
    """Return our last word, or where it will be found: what a customer comes back for."""
    words, found = HelpWords(reader.language), thread.answer
    parts = []
    if found is not None:
        when = tag("p", tag("b", words("we")), " ", reader.when(found.at_s), class_="facts")
        parts.append(tag("div", when, tag("p", found.text, class_="said"), class_="card over"))
    if thread.said[-1] is found:
        return parts
    mailed = words("mailed", line(thread.mailed_to)) if thread.mailed_to else words("not_mailed")
    return [*parts, tag("p", words("on_disk")), tag("p", mailed)]


def _said(reader: Reader, thread: Thread) -> Html:
    words = HelpWords(reader.language)
    rows = [
        tag("li", tag("b", words(one.who)), " ", reader.when(one.at_s), tag("p", one.text, class_="said"))
        for one in thread.said
    ]
    rest = [tag("p", words("said_part"), class_="quiet")] if thread.is_part else []
    return section(words("said"), *rest, tag("ol", *rows, class_="thread"))


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


def lost_page(site: str, language: str) -> str:
    """Return what stands at an address of no case: the same words whatever is wrong with it."""
    words = HelpWords(language)
    said = [tag("p", words(name)) for name in ("lost_check", "lost_receipt", "lost_again")]
    way = tag("p", tag("a", words("title"), href=_way(language), class_="button"))
    return plain_page(words("lost"), site, tag("h1", words("lost")), *said, way, language=language)


def refused_page(site: str, title: str, *said: str, language: str = "en") -> str:
    """Return a page that says why something was not done, and what to do instead."""
    parts = [tag("p", words) for words in said]
    return plain_page(title, site, tag("h1", title), *parts, language=language)
