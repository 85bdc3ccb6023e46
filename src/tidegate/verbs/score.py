"""Score: what became of what the gate said? Read where numbers are kept, and judged by one rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tidegate.observe.answering import Answering, Answers
from tidegate.observe.objective_held import held
from tidegate.observe.samples import GAP_TIMES, Missing, Series, Telemetry
from tidegate.track.given_ruling import AskedGrowth, GivenRuling
from tidegate.track.hindsight import UNKNOWN, Score, Seen, Sizes, score

MOST_AT_ONCE = 1_000
_LONGEST_BEFORE_S = 600.0
_LEAST_SAMPLES = 4


@dataclass(frozen=True, kw_only=True)
class Scored:
    """One ruling with its score, and where that was read."""

    ruling: GivenRuling
    score: Score
    source: str


@dataclass(kw_only=True)
class Passed:
    """How many rulings were passed over, by why."""

    counts: Counter[str] = field(default_factory=Counter)


def scores(
    rulings: Sequence[GivenRuling],
    answering: Answering,
    telemetry: Telemetry,
    *,
    now_s: float,
    passed: Passed,
    again: bool = False,
    most: int = MOST_AT_ONCE,
) -> Iterator[Scored]:
    """Yield the score of each ruling that has none and whose time is over.

    Parameters
    ----------
    rulings
        All that the gate said, in order of time: what else it let through counts too.
    answering
        Which series answers what.
    telemetry
        Where these are read.
    now_s
        The moment, in seconds since 1970.
    passed
        Takes how many were passed over, by why.
    again
        Whether those that a source left unknown are looked at again; what a person said stays.
    most
        How many at most; the rest is passed over.

    Raises
    ------
    TidegateError
        If the source cannot be asked: nothing is said then of what was not read.
    """
    done = 0
    for number, ruling in enumerate(rulings):
        why = _passed_over(ruling, answering, now_s, again=again)
        if not why and done >= most:
            why = f"left for the next time, after {most:,}"
        if why:
            passed.counts[why] += 1
            continue
        done += 1
        answers = answering.worlds[ruling.world]
        looked = _looked(rulings, number, answers, telemetry, answering.every_s)
        yield Scored(ruling=ruling, score=looked, source=telemetry.name)


def _passed_over(ruling: GivenRuling, answering: Answering, now_s: float, *, again: bool) -> str:
    """Return why a ruling is not scored now; empty where it is."""
    may_again = again and ruling.outcome == UNKNOWN and ruling.is_read
    if ruling.outcome and not may_again:
        return "scored before"
    if not ruling.world:
        return "of which no world said anything"
    if ruling.world not in answering.worlds:
        return f"of {ruling.world}, for which no series are stated"
    if ruling.at_s + (ruling.settles_s or 0.0) + 2 * answering.every_s > now_s:
        return "whose time is not over"
    return ""


def _looked(
    rulings: Sequence[GivenRuling], number: int, answers: Answers, telemetry: Telemetry, every_s: float
) -> Score:
    """Return the score of one ruling; nothing is asked of a source where that could change nothing."""
    ruling = rulings[number]
    growth = ruling.growth
    if ruling.verdict == "cannot_tell" or growth is None:
        return score(ruling, Seen(unseen="it was not looked at"))
    if ruling.settles_s is None:
        return _no(f"{ruling.id} was taken down before it was kept how long its time is")
    twin = _asked_before(rulings, number)
    if twin:
        return _no(f"the same was asked before, as {twin}")
    return score(ruling, _seen(rulings, number, growth, answers, telemetry, every_s))


def _no(why: str) -> Score:
    return Score(outcome=UNKNOWN, because=f"{why}.")


def _near(rulings: Sequence[GivenRuling], number: int) -> Iterator[GivenRuling]:
    """Yield what was asked of the same world so near in time that both may have gone on at once."""
    ruling = rulings[number]
    settles_s = ruling.settles_s or 0.0
    for step in (-1, 1):
        i = number + step
        while 0 <= i < len(rulings) and abs(rulings[i].at_s - ruling.at_s) <= settles_s:
            if rulings[i].world == ruling.world:
                yield rulings[i]
            i += step


def _asked_before(rulings: Sequence[GivenRuling], number: int) -> str:
    """Return the id under which the same was asked and answered shortly before; empty where it was not."""
    ruling = rulings[number]
    twins = [
        one.id
        for one in _near(rulings, number)
        if (one.at_s, one.id) < (ruling.at_s, ruling.id)
        and (one.sizes, one.verdict) == (ruling.sizes, ruling.verdict)
    ]
    return min(twins, default="")


def _beside(rulings: Sequence[GivenRuling], number: int, growth: AskedGrowth) -> Iterator[str]:
    """Yield what else the gate let through meanwhile, save what the ruling was judged together with."""
    ruling = rulings[number]
    for one in _near(rulings, number):
        happened = one.is_through and (one.sizes or one.anew)
        if not happened or one.sizes == ruling.sizes:
            continue
        later_s = one.at_s - ruling.at_s
        for address in (*one.sizes, *one.anew):
            said = f"{address} {one.sizes.get(address, 'anew')}"
            if address != growth.address:
                is_judged = later_s < 0 and _is_in(f"{address} ", ruling.judged)
                alone = "" if is_judged else f"{said} was let through {abs(later_s):.0f} s away"
            elif later_s >= 0:
                alone = f"{said} was let through {later_s:.0f} s later"
            else:  # it is judged from before that step, unless that was over
                is_alone = _is_in(f"{address} {growth.before_count}-", ruling.judged)
                alone = f"{said} was let through {-later_s:.0f} s before" if is_alone else ""
            if alone:
                yield alone


def _is_in(word: str, judged: str) -> bool:
    """Whether something is named in what was judged: by its whole name, or the end of it."""
    return f" {word}" in f" {judged}" or f"/{word}" in judged


def _seen(
    rulings: Sequence[GivenRuling],
    number: int,
    growth: AskedGrowth,
    answers: Answers,
    telemetry: Telemetry,
    every_s: float,
) -> Seen:
    """Return what was seen of one change, from a while before it until its time was over."""
    ruling = rulings[number]
    settles_s = ruling.settles_s or 0.0
    at_s, end_s = ruling.at_s, ruling.at_s + settles_s
    begin_s = at_s - max(min(settles_s, _LONGEST_BEFORE_S), _LEAST_SAMPLES * every_s)

    def read(said: str) -> Series | Missing:
        # A counter's first increase is from the sample before.
        return telemetry.read(said, begin_s - GAP_TIMES * every_s, end_s, every_s)

    beside, unread = [*_beside(rulings, number, growth)], []
    own = answers.size(growth.address)
    sizes = (
        _sizes(read(own), own, at_s, end_s, every_s) if own else f"no series is stated for {growth.address}"
    )
    if isinstance(sizes, str):
        return Seen(unseen=sizes, beside=tuple(beside))
    for name, said in answers.sizes.items():
        if said == own or _is_in(f"{name} ", ruling.judged):
            continue
        other = _sizes(read(said), said, at_s, end_s, every_s)
        if isinstance(other, str):
            unread.append(f"whether {name} changed: {other}")
        elif (other.before_count, other.before_count) != (other.most_count, other.last_count):
            beside.append(f"{name} went from {other.before_count:,.0f} to {other.last_count:,.0f}")
    before, after = [], []
    for one in answers.objectives:
        found = read(one.read)
        before.append(held(one, found, begin_s, at_s, every_s))
        after.append(held(one, found, at_s + every_s / 1000, end_s, every_s))
    return Seen(
        sizes=sizes,
        beside=tuple(beside),
        failed_before=tuple(one.failed for one in before if one.failed),
        failed=tuple(one.failed for one in after if one.failed),
        unknown=(*unread, *(one.unknown for one in (*before, *after) if one.unknown)),
        looked_at_count=len(answers.objectives),
    )


def _sizes(found: Series | Missing, said: str, at_s: float, end_s: float, every_s: float) -> Sizes | str:
    """Return what a size was before, at most after, and at last; or why that is not known."""
    if isinstance(found, Missing):
        return found.why
    before = found.at(at_s, within_s=GAP_TIMES * every_s)
    inside = found.between(at_s, end_s)
    gap = found.gap(at_s, end_s, every_s)
    if before is None or gap:
        return f"{said} {gap or 'has no sample just before'}"
    return Sizes(before_count=before, most_count=max(inside.values), last_count=inside.values[-1])


def scored_as_seen(
    rulings: Sequence[GivenRuling], answering: Answering, telemetry: Telemetry, *, now_s: float
) -> list[GivenRuling]:
    """Return rulings with what became of each that can be scored; the others stay as they are.

    Parameters
    ----------
    rulings, answering, telemetry, now_s
        As for `scores`.
    """
    found = scores(rulings, answering, telemetry, now_s=now_s, passed=Passed(), most=len(rulings))
    by_id = {one.ruling.id: one for one in found}
    return [
        replace(
            one, outcome=by_id[one.id].score.outcome, because=by_id[one.id].score.because,
            mistake=by_id[one.id].score.mistake, scored_by=by_id[one.id].source,
        )
        if one.id in by_id
        else one
        for one in rulings
    ]  # fmt: skip
