"""What is going on? The console's first page: what is broken, what is owed, who waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tidegate.present.console.alerts import proposal_card, uncounted_part
from tidegate.present.console.frame import CONSOLE, Reader, console_page, section
from tidegate.present.console.outage_opening import opening_part
from tidegate.present.record.outage_text import impact_text, span_text
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.escaped import line
from tidegate.track.alert import SeenAlert
from tidegate.track.case import Case, CaseState
from tidegate.track.outage import Outage
from tidegate.track.proposal import Proposal

SHOWN_CASES = 10
DRAFTED_WITHIN_S = 60.0
"""How long a new outage may be without a draft before that is called out: the server drafts by itself."""


@dataclass(frozen=True, kw_only=True)
class Health:
    """How this server itself is: sentences, the troubling ones marked.

    Parameters
    ----------
    says
        The sentence.
    is_well
        Whether nobody has to do anything.
    """

    says: str
    is_well: bool = True


@dataclass(frozen=True, kw_only=True)
class Called:
    """What people call things: titles of what can be a cause, of components and of outages, by id."""

    causes: Mapping[str, str] = field(default_factory=dict)
    components: Mapping[str, str] = field(default_factory=dict)
    outages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Signals:
    """What signals say and no person has judged.

    Parameters
    ----------
    proposed
        Outages that may be one.
    firing
        The alerts that fire while no open outage counts them, each with the outage that did.
    """

    proposed: Sequence[Proposal] = ()
    firing: Sequence[tuple[SeenAlert, Outage]] = ()


def now_page(
    reader: Reader,
    *,
    open_outages: Sequence[Outage],
    waiting: Sequence[Case],
    counts: Mapping[str, int],
    probes: Sequence[Health],
    health: Sequence[Health],
    called: Called,
    signals: Signals,
) -> str:
    """Return the first page.

    Parameters
    ----------
    reader
        Who reads.
    open_outages
        What is open, the latest first.
    waiting
        The open cases in the order in which they are to be answered.
    counts
        How many open cases each outage has; under the empty name those of none.
    probes, health
        What the probes say, and how the server itself is.
    called
        What people call things.
    signals
        What signals say and no person has judged.
    """
    parts = [tag("h1", _answer(open_outages, waiting, len(signals.firing)))]
    if signals.firing:
        parts.append(uncounted_part(reader, signals.firing))
    parts += [proposal_card(reader, one) for one in signals.proposed]
    parts += [outage_card(reader, one, counts.get(one.id, 0)) for one in open_outages]
    if reader.may_act:
        parts.append(opening_part(reader, called.causes, called.components, is_open=not open_outages))
    parts.append(section("Cases, the hardest hit first", _cases(reader, waiting, called)))
    if probes:
        parts.append(section("Probes", _health(probes)))
    parts.append(section("This server", _health(health)))
    return console_page(reader, "Now", *parts, here=CONSOLE)


def _answer(open_outages: Sequence[Outage], waiting: Sequence[Case], firing_count: int) -> str:
    real = [one for one in open_outages if not one.is_exercise]
    count = len(waiting)
    wait = (
        "nobody waits for an answer" if not count else f"{count:,} case{'s wait' if count > 1 else ' waits'}"
    )
    if not real and firing_count:
        fire = f"{firing_count:,} alert{'s fire' if firing_count > 1 else ' fires'}"
        return f"No outage is open, but {fire}; {wait}"
    if not real:
        return f"Nothing is known to be broken; {wait}"
    return f"{len(real)} outage{'s are' if len(real) > 1 else ' is'} open; {wait}"


def outage_card(reader: Reader, one: Outage, cases_count: int = 0) -> Html:
    """Return an outage in a few lines, with the way to its page."""
    end_s = reader.now_s if one.until_s is None else one.until_s
    facts: list[str] = [
        tag("span", state_words(one), class_="state"),
        f" · {impact_text(one)} · {span_text(end_s - one.since_s)}, since ",
        reader.when(one.since_s),
    ]
    if one.unconfirmed:
        facts.append(tag("span", " · alerts say that it is worse", class_="late"))
    if cases_count:
        facts.append(f" · {cases_count:,} open case{'s' if cases_count > 1 else ''}")
    way = tag("a", line(one.title), href=f"{CONSOLE}/outages/{one.id}")
    return tag(
        "article",
        tag("h2", way),
        tag("p", *facts, class_="facts"),
        tag("p", *_words_so_far(reader, one)),
        class_=f"card {one.impact if one.is_open else 'over'}",
    )


def state_words(one: Outage) -> str:
    """Return an outage's state as it is shown."""
    words = one.state.value.replace("_", " ")
    return f"exercise: {words}" if one.is_exercise else words


def _words_so_far(reader: Reader, one: Outage) -> list[str]:
    held = f"{one.holder} has it in hand. " if one.holder else "Nobody has it in hand. "
    if not one.is_open:
        count = len(one.updates)
        return [f"{count} update{' was' if count == 1 else 's were'} published."]
    if not one.told:
        if not one.drafts and reader.now_s - one.opened_s < DRAFTED_WITHIN_S:
            return [held, "Nothing is public yet; its first words are being drafted."]
        drafted = "a draft is ready" if one.drafts else "no draft is written"
        return [held, tag("span", f"Nothing is public yet; {drafted}.", class_="late")]
    if one.promise_s is None:
        return [held, "The last update promised no next one."]
    if one.is_overdue(reader.now_s):
        late = f"The update promised for {{}} is {span_text(reader.now_s - one.promise_s)} late."
        before, _, after = late.partition("{}")
        return [held, tag("span", before, reader.when(one.promise_s, dated=False), after, class_="late")]
    return [
        held,
        "We promised to speak again at ",
        reader.when(one.promise_s, dated=False),
        f", in {span_text(one.promise_s - reader.now_s)}.",
    ]


def _cases(reader: Reader, waiting: Sequence[Case], called: Called) -> Html:
    if not waiting:
        return tag(
            "p",
            "No case is open. They come in by the form at /help, the API, mail and the command line.",
            class_="quiet",
        )
    shown = case_table(reader, waiting[:SHOWN_CASES], called)
    if len(waiting) <= SHOWN_CASES:
        return shown
    rest = tag("p", tag("a", f"All {len(waiting):,} open cases", href=f"{CONSOLE}/cases"))
    return join(shown, rest)


def case_table(reader: Reader, cases: Sequence[Case], called: Called) -> Html:
    """Return cases as a table; components and outages are called by their titles."""
    heads = [tag("th", name, scope="col") for name in ("Case", "Waits", "Where it stands")]
    rows = []
    for one in cases:
        wait = span_text(reader.now_s - one.received_s) if one.received_s is not None else "?"
        state = "still broken" if one.state is CaseState.REOPENED else one.state.value
        title = line(called.outages.get(one.outage, "")) or "an outage"
        way = tag("a", title, href=f"{CONSOLE}/outages/{one.outage}")
        where = [state, *([" · ", way] if one.outage else [])]
        named = ", ".join(called.components.get(name, name) for name in one.components)
        says = "me too" if one.is_me_too else line(one.title) or line(named)
        about = " · ".join(part for part in (says, line(one.segment)) if part)
        own = tag("a", about or one.id, href=f"{CONSOLE}/cases/{one.id}")
        name = tag("th", own, tag("small", one.id), scope="row", class_="wrap")
        rows.append(tag("tr", name, tag("td", wait), tag("td", *where, class_="wrap")))
    table = tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *rows))
    return tag("div", table, class_="scroll", tabindex="0", role="region", aria_label="Cases")


def _health(found: Sequence[Health]) -> Html:
    return tag(
        "ul", *(tag("li", one.says, class_=None if one.is_well else "late") for one in found), class_="states"
    )
