"""What does a customer see who asks for help? First what we know already, then the form, then a receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.present.console.frame import Reader, area, entry, form, hide, more, plain_page, section
from tidegate.present.report.markup import Html, tag
from tidegate.present.site.markdown import paragraphs
from tidegate.present.site.text import line


@dataclass(frozen=True, kw_only=True)
class Known:
    """An outage that the public was told of.

    Parameters
    ----------
    id, title
        Its id and what people call it.
    since_s
        When it began, in seconds since 1970.
    text
        The last public words; empty where none are out.
    """

    id: str
    title: str
    since_s: float
    text: str = ""


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


def help_page(reader: Reader, known: Sequence[Known], key: str, *, text: str = "") -> str:
    """Return the form: known outages first, each with one button that says: me too."""
    head = tag("h1", "Ask for help")
    parts: list[Html] = []
    if known:
        count = "This is known" if len(known) == 1 else f"{len(known)} outages are known"
        parts.append(section(f"{count} and being worked on", *(_known(reader, one, key) for one in known)))
    else:
        parts.append(
            tag("p", "No outage is known at the moment. If something does not work, tell us.", class_="lead")
        )
    parts.append(section("Something else is broken" if known else "What is broken?", _form(key, text)))
    return plain_page("Ask for help", reader.site, head, *parts)


def _known(reader: Reader, one: Known, key: str) -> Html:
    me_too = form(
        None,
        "/help",
        hide("key", f"{key}-{one.id}"),
        hide("outage", one.id),
        hide("me_too", "yes"),
        button="It is broken for me too",
    )
    first, _, rest = one.text.partition("\n")
    words = [paragraphs(first)] if first else []
    words += [more("What we know", tag("div", paragraphs(rest), class_="words"))] if rest else []
    since = tag("p", "Since ", reader.when(one.since_s), ".", class_="facts")
    return tag("article", tag("h3", line(one.title)), since, me_too, *words, class_="known")


def _form(key: str, text: str) -> Html:
    return form(
        None,
        "/help",
        hide("key", key),
        area(
            "What do you see, since when, and what did you expect?",
            "text",
            text,
            rows=8,
            required=True,
            hint="Up to 64 KB are kept. Leave passwords and keys out. Files can be added afterwards.",
        ),
        entry(
            "Where do we answer?",
            "contact",
            hint="A mail address. Without one, read the answer at the address on the receipt.",
            autocomplete="email",
        ),
        entry("Which part is it?", "component", hint="Leave it empty if you do not know."),
        button="Send",
    )


def thread_page(reader: Reader, thread: Thread, *, is_new: bool, is_cut: bool = False) -> str:
    """Return a case's own page: its number and receipt, what was said, and how to say more."""
    head = "Your request is kept" if is_new else f"Case {thread.case}"
    parts = [tag("h1", head), tag("p", "Case ", tag("span", thread.case, class_="number"))]
    if is_new:
        told = "It is on our disk. Keep the address of this page: the answer appears here as well."
        parts.append(tag("p", told, " ", tag("a", "This case's page", href=thread.way)))
    if is_cut:
        parts.append(tag("p", "The text was longer than 64 KB; the first 64 KB are kept.", class_="loud"))
    if thread.outage:
        parts.append(
            tag(
                "p",
                "It belongs to a known outage: ",
                tag("b", line(thread.outage.title)),
                ", since ",
                reader.when(thread.outage.since_s),
                ".",
            )
        )
    parts.append(_said(reader, thread))
    parts.append(_say_more(thread))
    parts.append(
        more(
            "Receipt",
            tag("p", "Anybody who has our public key can verify it, also without us."),
            tag("pre", thread.receipt, class_="receipt", tabindex="0"),
            is_open=is_new,
        )
    )
    return plain_page(head, reader.site, *parts)


def _said(reader: Reader, thread: Thread) -> Html:
    rows = [
        tag(
            "li",
            tag("b", "You" if one.who == "you" else "We"),
            " ",
            reader.when(one.at_s),
            tag("p", one.text, class_="said"),
        )
        for one in thread.said
    ]
    return section("What was said", tag("ol", *rows, class_="thread"))


def _say_more(thread: Thread) -> Html:
    told = (
        "We hold this case to be done." if thread.is_closed else "Nobody has to ask again; this is for news."
    )
    again = form(
        None,
        f"{thread.way}/still-broken",
        area("What do you see now?", "text", rows=3),
        button="Still broken for me",
    )
    parts = [tag("p", told, class_="quiet"), again]
    if thread.files:
        parts.append(tag("p", "Files with this case: ", ", ".join(line(name) for name in thread.files), "."))
    if thread.takes_files:
        pick = tag(
            "label",
            tag("span", "Files"),
            tag("input", type="file", name="file", multiple=True),
            class_="field",
        )
        upload = tag(
            "form",
            pick,
            tag("button", "Add files", type="submit", class_="second"),
            method="post",
            action=f"{thread.way}/files",
            enctype="multipart/form-data",
        )
        parts.append(
            more(
                "Add files",
                tag("p", "At most 5 MB each. They are kept apart and deleted after 14 days.", class_="quiet"),
                upload,
            )
        )
    return section("Still broken?" if thread.is_closed else "Say more", *parts)


def refused_page(site: str, title: str, *said: str, language: str = "en") -> str:
    """Return a page that says why something was not done, and what to do instead."""
    parts = [tag("p", words) for words in said]
    return plain_page(title, site, tag("h1", title), *parts, language=language)
