"""What did a record not show, and how is it measured next? The first changes most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tidegate.discover.conntrack_text import Passed
from tidegate.discover.flow_book import FlowBook
from tidegate.discover.occupancy import Occupancy
from tidegate.discover.population import Asked
from tidegate.discover.rerun import Replayed
from tidegate.world.how_many import how_many

_SHORT_S = 60.0
_LEAST_LOST_RATIO = 0.001
_LEAST_LOST_COUNT = 2
_LEAST_STALLED_RATIO = 0.005
_DAY_S = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Unseen:
    """One thing that is not known.

    Parameters
    ----------
    what
        It, as a sentence.
    measure
        How it is found out.
    """

    what: str
    measure: str


def warnings(book: FlowBook, passed: Passed) -> Iterator[str]:
    """Yield what makes a record less than it seems, a sentence each."""
    if passed.lost_count:
        yield (
            f"the recorder lost events {how_many(passed.lost_count, 'time')}: rates are too low, "
            "lives too long where an end was lost. Record on a less busy processor."
        )
    if passed.backwards_count:
        told = how_many(
            passed.backwards_count,
            "event stands after later ones, and was taken as at the same time",
            "events stand after later ones, and were taken as at the same time",
        )
        yield f"{told}."
    if passed.untimed_count:
        told = how_many(
            passed.untimed_count,
            "event without a time was passed over",
            "events without a time were passed over",
        )
        yield f"{told}: record with `-o timestamp`."
    if passed.not_understood_count:
        number, text = passed.examples[0]
        told = how_many(
            passed.not_understood_count,
            f"line is no entry and was passed over: line {number}: {text}",
            f"lines are no entries and were passed over, the first in line {number}: {text}",
        )
        yield told
    if passed.portless_count:
        told = how_many(
            passed.portless_count,
            "entry of a protocol without ports was passed over",
            "entries of protocols without ports were passed over",
        )
        yield f"{told}."
    yield from _missing(book, passed)
    if book.length_s and book.length_s < _SHORT_S:
        yield f"the record is {book.length_s:.0f} s long: two minutes show more."


def _missing(book: FlowBook, passed: Passed) -> Iterator[str]:
    """Yield what the events lack, as they themselves and dumps tell."""
    if book.lost_ratio > _LEAST_LOST_RATIO:
        yield (
            f"{book.lost_ratio:.1%} of new flows are missing from the events, as closed ones in the dumps "
            "tell: rates and pauses were mended by that."
        )
    elif len(book.lost_s) > _LEAST_LOST_COUNT and not passed.lost_count:
        yield (
            f"events were lost: {len(book.lost_s):,} came that cannot be without others before them. Rates "
            "are too low, lives too long where an end was lost."
        )
    if book.stalled_s > _LEAST_STALLED_RATIO * book.length_s:
        then = (
            "that much that time-outs, waits and spreads are only ranges, and rates less sure"
            if book.is_stalled
            else "waits that begin or end there were left out"
        )
        yield (
            f"the recorder did not read for {book.stalled_s:.1f} s in all, and what it read then stands too "
            f"late: {then}. Record on a machine that does less."
        )
    if book.is_sampled:
        yield (
            "most flows that the dumps list as closed are not in the events: these were sampled, or taken at "
            "another time. Rates are too low; pools, lives and pauses of them tell nothing."
        )
    if book.hides_old:
        yield (
            "no connection from before the record ended in it: either there were none, or the kernel does "
            "not tell of them (`nf_conntrack_events=2`, as it comes). A restart would then not be seen: set "
            "it to 1 well before."
        )


def disagreements(table: Occupancy | None, replayed: Sequence[Replayed]) -> Iterator[str]:
    """Yield where the numbers together do not give what was recorded."""
    if table is not None and not table.agrees:
        yield (
            f"by these numbers the table holds {table.expected_count:,.0f} entries, and a dump has "
            f"{table.dumped_count:,.0f}: something is asked that is not among them, or the record has gaps."
        )
    for one in replayed:
        if not one.quiet_holds:
            yield (
                f"{one.group}, run over again, does not ask as often as was recorded ({one.quiet_outside} of "
                f"{one.quiet_count} times five seconds): its rate and pause are only ranges."
            )
        if not one.failing_holds:
            yield (
                f"{one.group}, run over again, does not try again as was recorded ({one.failing_outside} of "
                f"{one.failing_count} times five seconds): its time-out and back-off are only ranges."
            )


def unseen(book: FlowBook, places: Sequence[Asked]) -> Iterator[Unseen]:
    """Yield what is not known of a world that was made of a record, the most telling first."""
    failed = [one for one in places if one.refused_count or one.unanswered_count]
    if not any(one.spells.failed for one in places):
        yield Unseen(
            what="time-outs, and how clients try again: nothing failed while this was recorded",
            measure="let one port be silent for 12 s while recording, or `tidegate probe -- CLIENT`",
        )
    if not book.entries_by_dump:
        yield Unseen(
            what="connections that were open before: events do not show them, nor hosts that only keep some",
            measure="`conntrack -L > dump.txt` beside the events, and give both",
        )
    if not book.length_s:
        yield Unseen(
            what="how often anything is asked: a dump of the table shows what stands, and no rates",
            measure="`conntrack -E -o timestamp > events.txt` for two minutes, and give both",
        )
    yield from _not_told(places)
    yield from _hidden(places)
    if book.length_s < 2.0 * _DAY_S:
        when = "on other days" if book.length_s >= _DAY_S else "at other hours and on other days"
        yield Unseen(
            what=f"how much is asked {when}: the record has {book.length_s:,.0f} s",
            measure="record at the busiest hour; or requests a second of some weeks in your metrics",
        )
    yield Unseen(
        what="what the device can do: its table, its ports, how many new flows a second",
        measure="sysctl net.netfilter.nf_conntrack_max; `tidegate calibrate`; its data sheet",
    )
    yield Unseen(
        what="requests on kept connections, and how long and how many at a time a service works on them",
        measure="requests a second and latency in its own metrics or traces",
    )
    if failed:
        named = ", ".join(sorted({f"{one.place.address}:{one.place.port}" for one in failed}))
        yield Unseen(
            what=f"what was refused or not answered ({named}): seconds around it count for nothing here",
            measure="record again while all is well, and compare",
        )


def _not_told(places: Sequence[Asked]) -> Iterator[Unseen]:
    """Yield whose time-outs and tries are not known although their place failed."""
    blind = [
        f"{asked.place.address}:{asked.place.port}"
        for asked in places
        if asked.spells.failed and asked.place.protocol == "tcp"
        for one in asked.populations
        if one.failing.timeout_s is None or one.failing.law is None
    ]
    if blind:
        yield Unseen(
            what=(
                f"time-outs, or how they try again, of "
                f"{how_many(len(blind), 'group that asks', 'groups that ask')} "
                f"{', '.join(sorted(set(blind)))}: too few of them failed, or what they did was not clear"
            ),
            measure="a drill of 12 s silence and one of 5 s refusal; or `tidegate probe -- CLIENT`",
        )


def _hidden(places: Sequence[Asked]) -> Iterator[Unseen]:
    for asked in (one for one in places if one.place.protocol == "tcp"):
        for one in asked.populations:
            if one.hides_clients:
                yield Unseen(
                    what=(
                        f"how many clients stand behind the "
                        f"{how_many(len(one.sources), 'busy address that asks', 'busy addresses that ask')} "
                        f"{asked.place.address}:{asked.place.port}: at least {one.most_open_count} at a "
                        f"time, at most some {one.most_hidden_count:,}"
                    ),
                    measure="a record at that NAT or proxy; or a drill: how attempts die out tells it",
                )
