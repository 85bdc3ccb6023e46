"""Who hears of outages, what is owed to them, and what failed? One page for operators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidegate.inform.notice_counts import Standing
from tidegate.inform.phrases import LANGUAGES
from tidegate.inform.subscription import Subscription
from tidegate.present.console.fields import Fields
from tidegate.present.console.frame import (
    CONSOLE,
    Reader,
    console_page,
    form,
    hide,
    more,
    section,
)
from tidegate.present.console.subscribe_words import SubscribeWords
from tidegate.present.record.outage_text import span_text
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.escaped import line
from tidegate.present.site.words import SiteWords

_WORDS = SubscribeWords("en")
WAYS: Mapping[str, str] = {way: _WORDS(way) for way in ("email", "webhook", "slack", "teams")}
SEVERITIES: Mapping[str, str] = _WORDS.severities
_OWN = f"{CONSOLE}/notices"
SHOWN = 200
_CHANNELS: Mapping[str, str] = {**WAYS, "webhook": "Webhook", "operators": "Operators"}
_OUTCOMES: Mapping[str, str] = {"refused": "refused by the receiver", "gave_up": "given up after three days"}


@dataclass(frozen=True, kw_only=True)
class Owed:
    """One notice that is owed, or that failed.

    Parameters
    ----------
    what
        What it tells of.
    channel, address
        How and where it goes.
    tries_count
        How often it was tried without success.
    why
        What the last try ended with; empty where there was none.
    next_s
        When it is tried again, in seconds since 1970; None for at once.
    outcome
        How it ended; empty while it is owed.
    """

    what: str
    channel: str
    address: str
    tries_count: int
    why: str = ""
    next_s: float | None = None
    outcome: str = ""


def notices_page(
    reader: Reader,
    standing: Standing,
    *,
    owed: Sequence[Owed],
    failed: Sequence[Owed],
    subscriptions: Sequence[Subscription],
    operators: Sequence[str] = (),
    failure: str = "",
    secret: str = "",
) -> str:
    """Return the page.

    Parameters
    ----------
    reader
        For whom.
    standing
        How the notices stand.
    owed, failed
        Notices that are owed, and those that were never taken; the first few.
    subscriptions
        Subscriptions that are not ended, the first few.
    operators
        Operators' channels that are set up.
    failure
        Why nothing is sent; empty where all is well.
    secret
        With what notices to a webhook that was just subscribed are signed; shown this once.
    """
    parts = [tag("h1", _answer(standing))]
    if failure:
        parts.append(tag("p", f"{failure}.", class_="must"))
    if secret:
        said = tag("p", "It is subscribed. Its notices are signed with this secret, shown this once:")
        parts.append(tag("div", said, tag("pre", secret, class_="receipt", tabindex="0"), class_="done"))
    parts.append(_figures(standing))
    parts.append(section("Owed", _deliveries("Owed", reader, owed, "Nothing is owed.")))
    if failed:
        parts.append(section("Not delivered", _deliveries("Not delivered", reader, failed, "")))
    parts.append(section("Subscriptions", _subscriptions(reader, subscriptions)))
    if reader.may_act:
        parts.append(_ours(reader, operators))
    return console_page(reader, "Notices", *parts, here=_OWN)


def _answer(standing: Standing) -> str:
    owed_count, tried_count = sum(standing.owed.values()), standing.tried_count
    if not owed_count:
        return "No notice is owed"
    said = f"{owed_count:,} notice{' is' if owed_count == 1 else 's are'} owed"
    return f"{said}; {tried_count:,} tried without success" if tried_count else said


def _figures(standing: Standing) -> Html:
    delivered = standing.ended.get("delivered", 0)
    rows = [("delivered", delivered)]
    rows += [
        (f"subscribed by {_CHANNELS[name].lower()}", count)
        for name, count in sorted(standing.confirmed.items())
    ]
    rows.append(("asked, not answered yet", standing.open_count))
    shown = [tag("div", tag("dt", says), tag("dd", f"{count:,}")) for says, count in rows]
    return tag("dl", *shown, class_="figures")


def _deliveries(name: str, reader: Reader, found: Sequence[Owed], none: str) -> Html:
    if not found:
        return tag("p", none, class_="quiet")
    rows = [
        tag(
            "tr",
            tag("th", line(one.what), scope="row"),
            tag("td", _CHANNELS.get(one.channel, one.channel), tag("small", line(one.address))),
            tag("td", f"{one.tries_count}"),
            tag("td", line(one.why) or "-"),
            tag("td", _next(reader, one)),
        )
        for one in found
    ]
    return _table(name, ("What", "To", "Tries", "Last answer", "Next"), rows)


def _next(reader: Reader, one: Owed) -> str:
    if one.outcome:
        return _OUTCOMES.get(one.outcome, one.outcome)
    if one.next_s is None or one.next_s <= reader.now_s:
        return "now"
    return f"in {span_text(one.next_s - reader.now_s)}"


def _subscriptions(reader: Reader, found: Sequence[Subscription]) -> Html:
    if not found:
        return tag("p", "Nobody is subscribed.", class_="quiet")
    rows = []
    for one in found:
        end = form(reader, f"{_OWN}/end", hide("id", one.id), button="End it", quiet=True)
        rows.append(
            tag(
                "tr",
                tag(
                    "th",
                    line(one.address),
                    tag("small", _CHANNELS.get(one.channel, one.channel)),
                    scope="row",
                ),
                tag("td", line(", ".join(one.components)) or "all components", *_besides(one)),
                tag("td", SEVERITIES[one.severity]),
                tag("td", "since ", reader.when(one.confirmed_s))
                if one.confirmed_s is not None
                else tag("td", "asked, has not agreed", class_="wait"),
                tag("td", end) if reader.may_act else join(),
            )
        )
    heads = ("Where", "Of what", "From", "Agreed", *([""] if reader.may_act else []))
    return _table("Subscriptions", heads, rows)


def _besides(one: Subscription) -> list[Html]:
    """Return whose own words are heard too, and in which language."""
    said = [f"also the words for {line(', '.join(one.segments))}"] if one.segments else []
    said += [f"in {SiteWords(one.language)('language')}"] if one.language in LANGUAGES else []
    return [tag("small", "; ".join(said))] if said else []


def _ours(reader: Reader, operators: Sequence[str]) -> Html:
    ways = {**WAYS, **({"operators": "Operators' channel"} if operators else {})}
    named = f" For operators' channels its name: {', '.join(operators)}." if operators else ""
    ours = Fields(reader, _OWN)
    way = ours.form(
        tag("p", "It is not asked whether it agrees: for addresses of our own only.", class_="quiet"),
        ours.choice("How?", "channel", ways),
        ours.entry("Where?", "address", required=True, hint=f"A mail address, or an https address.{named}"),
        ours.choice("Which outages?", "severity", SEVERITIES),
        button="Subscribe it",
    )
    return more("Subscribe an address of our own", way, is_open=ours.is_back)


def _table(name: str, heads: Sequence[str], rows: Sequence[Html]) -> Html:
    top = tag("tr", *(tag("th", head, scope="col") if head else tag("td") for head in heads))
    table = tag("table", tag("thead", top), tag("tbody", *rows))
    return tag("div", table, class_="scroll", tabindex="0", role="region", aria_label=name)
