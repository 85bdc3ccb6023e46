"""What can a kind of flow record show, and what not? Nothing is told of it beyond that.

Sources: measured beside a known truth (docs/how-to/discover-a-world.md); documentation of the kinds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tidegate.discover.conntrack_text import Passed
from tidegate.discover.number import Number
from tidegate.discover.population import Asked, Population
from tidegate.discover.when_failing import NOTHING_SEEN
from tidegate.world.how_many import how_many

_MOST_SPANS_TOLD = 3
_REUSED_LEAST_RATIO = 0.01
_HOUR_S = 3_600.0


@dataclass(frozen=True, kw_only=True)
class Shows:
    """What one kind of record shows.

    Parameters
    ----------
    title
        What it is called.
    clock_s
        How far apart two times are at least, in seconds.
    window_s
        How long one row tells of at most, in seconds; 0 where each happening is told of by itself.
    has_begun
        Whether the first packet of a connection is told from a later one.
    has_lives
        Whether beginnings and ends are seen for what they are.
    has_order
        Whether it is exact enough to tell whether flows of one source overlap.
    has_refusals
        Whether a refusal is told from silence.
    has_hold
        Whether it shows for how long a closed flow keeps its entry.
    has_before
        Whether connections show that were open before it began.
    has_retries
        Whether first packets that are sent again show.
    sampled_one_in
        Of so many packets one was looked at; 1 where all were, NaN where it is not known of how many.
    is_partial
        Whether flows are left out on purpose, no one knows how many: then nothing is counted.
    is_of_interface
        Whether addresses are those of the interface, which at a NAT gateway are not those of the packets.
    """

    title: str
    clock_s: float
    window_s: float = 0.0
    has_begun: bool = True
    has_lives: bool = True
    has_order: bool = True
    has_refusals: bool = True
    has_hold: bool = False
    has_before: bool = False
    has_retries: bool = False
    sampled_one_in: float = 1.0
    is_partial: bool = False
    is_of_interface: bool = False

    @property
    def is_sampled(self) -> bool:
        """Whether only some packets were looked at."""
        return self.sampled_one_in != 1.0  # NaN, too

    @property
    def counts_flows(self) -> bool:
        """Whether flows can be counted: all of them, or a known share."""
        return not self.is_partial and math.isfinite(self.sampled_one_in)


def as_shown(asked: Asked, shows: Shows) -> Asked:
    """Return a place without the numbers that its record cannot show."""
    return replace(asked, populations=tuple(_population(one, shows) for one in asked.populations))


def _population(one: Population, shows: Shows) -> Population:
    if not shows.has_order:
        one = replace(one, demand="untold", think_s=None, idle_s=None, failing=NOTHING_SEEN)
    if one.life_s is not None and shows.clock_s >= 1.0:
        one = replace(one, life_s=one.life_s + shows.clock_s)
    if shows.is_sampled or not shows.has_lives:
        one = replace(one, demand="untold", think_s=None, age_s=None, idle_s=None, life_s=None)
        one = replace(one, most_open_count=0, failing=NOTHING_SEEN)
    if one.rate_per_s is not None and shows.is_sampled:
        one = replace(one, rate_per_s=_scaled(one.rate_per_s, shows.sampled_one_in))
    if not shows.counts_flows:
        one = replace(one, rate_per_s=None)
    if one.pool is not None and (shows.is_sampled or shows.is_partial):
        one = replace(one, pool=replace(one.pool, count=0, high=4.0 * one.pool.high))
    return one


def _scaled(number: Number, factor: float) -> Number:
    """Return what was counted in a sample as that of all: its relative error is that of the sample."""
    return Number(
        value=factor * number.value, low=factor * number.low, high=factor * number.high, count=number.count
    )


def shortcomings(shows: Shows, passed: Passed, flows_count: int) -> Iterator[str]:
    """Yield what makes a record less than it seems by its kind, and by what was passed over of it."""
    if shows.is_sampled and shows.counts_flows:
        yield (
            f"packets were sampled one in {shows.sampled_one_in:,.0f}: rates are scaled, with their error; "
            "lives, gaps, pools and retries cannot be told, and some sources were not seen at all."
        )
    elif shows.is_sampled:
        yield (
            "packets were sampled, one in an unknown number: no rates are given, nor lives, pools, retries. "
            "`--sampled N` says of how many."
        )
    elif shows.is_partial:
        yield (
            f"a {shows.title} leaves flows out: packets are sampled before flows are made of them, no one "
            "knows how many. No rates are given, nor pools; places and sources are the least that there are."
        )
    if not shows.has_begun:
        yield (
            "no flags: a flow is new where its tuple was not seen in the window before, so rates are up to "
            "3 % low; who asks whom is told by the port that many share."
        )
    if shows.is_of_interface:
        yield (
            "without pkt-srcaddr and pkt-dstaddr addresses are the interface's own: at a NAT gateway neither "
            "who asks nor what is asked shows. Elsewhere they are right."
        )
    if not shows.has_refusals:
        yield "refusals and silence look alike in this kind of record."
    yield from _passed_over(passed, flows_count)


def _passed_over(passed: Passed, flows_count: int) -> Iterator[str]:
    for text in passed.cut_short:
        yield f"the record is cut short: {text}. What stands before was taken."
    if passed.skipped_count:
        yield (
            f"{how_many(passed.skipped_count, 'row says', 'rows say')} that rows are missing (SKIPDATA): "
            "rates are too low around there."
        )
    for from_s, until_s in passed.gaps_s[:1]:
        yield (
            f"nothing is told for {(until_s - from_s) / _HOUR_S:,.1f} hours, or a time is wrong: "
            "rates are of the whole of it."
        )
    if passed.read_time_count:
        yield (
            f"{how_many(passed.read_time_count, 'event has', 'events have')} the time of reading, up to "
            "tenths of a second late: this kernel tells none (Linux 6.14 does)."
        )
    if passed.lost_spans_s:
        told = [f"{until_s - from_s:.1f} s from {from_s:.0f}" for from_s, until_s in passed.lost_spans_s]
        more = f", and {len(told) - _MOST_SPANS_TOLD} more" * (len(told) > _MOST_SPANS_TOLD)
        yield f"events were lost within {', '.join(told[:_MOST_SPANS_TOLD])}{more}: rates are too low there."
    if passed.twice_count:
        yield (
            f"{how_many(passed.twice_count, 'entry tells', 'entries tell')} of a flow a second time (its "
            "other end, or behind the translation), and counts once."
        )
    if passed.retried_count:
        again = how_many(passed.retried_count, "first packet was", "first packets were")
        yield f"{again} sent again by the system; no new flows."
    if passed.reused_count > _REUSED_LEAST_RATIO * max(flows_count, 1):
        low_percent = 100.0 * passed.reused_count / max(flows_count, 1)
        yield (
            f"about {how_many(passed.reused_count, 'flow shares', 'flows share')} a row with another of the "
            f"same ports: rates of busy addresses are up to {low_percent:.0f} % low."
        )
