"""Who asks for help? The queue in the order in which it is to be answered, and one case with its thread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tidegate.present.console.fields import Fields
from tidegate.present.console.frame import CONSOLE, Reader, console_page, form, hide, section
from tidegate.present.console.help import Said
from tidegate.present.console.now import Called, case_table
from tidegate.present.report.markup import Html, prose, tag
from tidegate.present.site.escaped import line
from tidegate.track.case import Case

SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class CaseSight:
    """What a case's page shows besides the case itself.

    Parameters
    ----------
    said
        The thread.
    outages
        What it can be counted to: titles by id.
    because
        Why it is counted where it is.
    files
        The files that came with it.
    components
        What people call components: titles by id.
    is_part
        Whether more was said than is shown.
    proposed
        The outage it may belong to, for a person to say; empty for none.
    elsewhere
        The other sites to which it came.
    was_cut
        Whether old cases have left the record, so that the beginning of this one may have.
    """

    said: Sequence[Said]
    outages: Mapping[str, str]
    because: str = ""
    files: Sequence[str] = ()
    components: Mapping[str, str] = field(default_factory=dict)
    is_part: bool = False
    proposed: str = ""
    elsewhere: Sequence[str] = ()
    was_cut: bool = False


def cases_page(
    reader: Reader,
    cases: Sequence[Case],
    *,
    outage: tuple[str, str] = ("", ""),
    called: Called,
    open_count: int,
    all_count: int,
) -> str:
    """Return the queue; `outage` is id and title where only its cases are shown."""
    told = f"{open_count:,} open, {all_count:,} altogether. Reopened ones come first, then the hardest hit."
    parts = [tag("h1", "Cases"), tag("p", told, class_="quiet")]
    if outage[0]:
        own = tag("a", line(outage[1]), href=f"{CONSOLE}/outages/{outage[0]}")
        parts.append(tag("p", "Of the outage ", own, ". ", tag("a", "Show all", href=f"{CONSOLE}/cases")))
    nothing = tag("p", "No case is open.", class_="quiet")
    parts.append(case_table(reader, cases[:SHOWN], called) if cases else nothing)
    if len(cases) > SHOWN:
        parts.append(tag("p", f"The first {SHOWN} of {len(cases):,} are shown.", class_="quiet"))
    parts.append(tag("p", tag("a", "Download as a table (CSV)", href=f"{CONSOLE}/cases.csv")))
    return console_page(reader, "Cases", *parts, here=f"{CONSOLE}/cases")


def case_page(reader: Reader, one: Case, sight: CaseSight) -> str:
    """Return one case."""
    own = f"{CONSOLE}/cases/{one.id}"
    title = case_title(one, sight.components)
    drill = [tag("p", "It belongs to a drill: nobody waits for an answer.", class_="late")]
    parts = [tag("h1", title), *(drill if one.is_exercise else []), _head(reader, one, sight)]
    rows = [
        tag(
            "li",
            tag("b", "Customer" if said.who == "you" else "We"),
            " ",
            reader.when(said.at_s),
            tag("p", said.text, class_="said"),
        )
        for said in sight.said
    ]
    rest = "More was said than is shown; `tidegate case show` prints all of it."
    above = [tag("p", prose(rest), class_="quiet")] if sight.is_part else []
    parts.append(section("What was said", *above, tag("ol", *rows, class_="thread")))
    if sight.files:
        files = [tag("li", tag("a", name, href=f"{own}/files/{name}")) for name in sight.files]
        warned = tag("p", "They come from a stranger. Open them nowhere that matters.", class_="late")
        parts.append(section("Files in quarantine", warned, tag("ul", *files)))
    if sight.elsewhere:
        parts.append(tag("p", f"It came to site {', '.join(sight.elsewhere)}.", class_="quiet"))
    if reader.has_sites and reader.may_act:
        look = tag("a", "Look there", href=f"{own}/files")
        parts.append(tag("p", "Files stay at the site they were sent to. ", look, class_="quiet"))
    if reader.may_act:
        parts += _forms(reader, one, sight, own)
    return console_page(reader, title, *parts, here=f"{CONSOLE}/cases")


def files_page(reader: Reader, case: str, kept: Mapping[str, Mapping[str, str] | str]) -> str:
    """Return where the files of a case are: by site their ways by name, or why the site does not say."""
    own = f"{CONSOLE}/cases/{case}"
    parts = [tag("h1", "Files at other sites"), tag("p", tag("a", f"Case {case}", href=own))]
    parts.append(tag("p", "They come from a stranger. Open them nowhere that matters.", class_="late"))
    for site, found in kept.items():
        if isinstance(found, str):
            told = tag("p", f"It cannot be asked: {found}. What it keeps stays there.", class_="late")
        elif found:
            told = tag("ul", *(tag("li", tag("a", line(name), href=way)) for name, way in found.items()))
        else:
            told = tag("p", "None.", class_="quiet")
        parts.append(section(f"Site {site}", told))
    return console_page(reader, "Files at other sites", *parts, here=f"{CONSOLE}/cases")


def _forms(reader: Reader, one: Case, sight: CaseSight, own: str) -> Iterator[Html]:
    reply, done = Fields(reader, f"{own}/reply"), Fields(reader, f"{own}/close")
    words = reply.area("Answer", "text", rows=6, required=True)
    yield section("Answer", reply.form(words, button="Answer"))
    yield section("Where it belongs", *_where(reader, one, sight, f"{own}/link"))
    if one.is_open:
        way = done.form(done.entry("Why?", "because"), button="Close it", quiet=True)
        yield section("Done?", way)


def _where(reader: Reader, one: Case, sight: CaseSight, link: str) -> Iterator[Html]:
    """Yield the outage that is proposed, which a person says it is or is not, and the choice among all."""
    if sight.proposed:
        title = tag("a", line(sight.outages[sight.proposed]), href=f"{CONSOLE}/outages/{sight.proposed}")
        said = "It names nothing. It may belong to ", title, ", the only open outage that is public."
        yield tag("p", *said)
        yield form(reader, link, hide("outage", sight.proposed), button="It belongs to it", quiet=True)
    where = Fields(reader, link)
    belongs = where.choice("It belongs to", "outage", {"": "no outage", **sight.outages}, one.outage)
    yield where.form(belongs, button="Keep it", quiet=True)


def case_title(one: Case, components: Mapping[str, str]) -> str:
    """Return what a case is called: its subject, or what it says, or its id."""
    named = ", ".join(components.get(name, name) for name in one.components)
    said = "It is broken for me too" if one.is_me_too else ""
    return line(one.title) or said or line(named) or f"Case {one.id}"


def _received(reader: Reader, one: Case, sight: CaseSight) -> str | Html:
    if one.received_s is not None:
        return reader.when(one.received_s)
    beginning = "its beginning was archived, or has not come yet"
    return beginning if sight.was_cut else "only later words are here yet"


def _head(reader: Reader, one: Case, sight: CaseSight) -> Html:
    rows = [
        tag(
            "p",
            tag("span", one.state.value, class_="state"),
            f" · case {one.id} · by {one.channel or '?'} · ",
            _received(reader, one, sight),
            class_="facts",
        )
    ]
    told = {
        "Answer to": one.contact,
        "Segment": one.segment,
        "Names": ", ".join(sight.components.get(name, name) for name in one.components),
    }
    rows += [tag("p", tag("b", f"{name}: "), line(text)) for name, text in told.items() if text]
    if one.outage:
        title = sight.outages.get(one.outage, one.outage)
        why = f" ({sight.because})" if sight.because else ""
        rows.append(
            tag(
                "p",
                tag("b", "Counted to: "),
                tag("a", line(title), href=f"{CONSOLE}/outages/{one.outage}"),
                why,
            )
        )
    return tag("div", *rows, class_="card")
