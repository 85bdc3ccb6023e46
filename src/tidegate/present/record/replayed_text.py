"""What the gate would have said of past scalings, as a terminal and a program read it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from tidegate.journal.moment import moment_text, utc
from tidegate.present.layout import plain
from tidegate.present.quantities import duration_text
from tidegate.present.record.rulings_text import (
    READ_SO,
    in_short,
    share_text,
    standing_document,
    verdict_word,
)
from tidegate.track.given_ruling import GivenRuling
from tidegate.track.replayed import NOT_WORKED_OUT, HeldUp, Replayed
from tidegate.track.right_or_wrong import standings

_MOST_SHOWN = 20
_WORDS = ("proceed", "slow_down", "stop", "cannot_tell")


def replayed_text(found: Replayed, scored: Sequence[GivenRuling] | None = None) -> str:
    """Return the answer first, then what would have been held up, is not known, and was passed over.

    Parameters
    ----------
    found
        What would have been said.
    scored
        The same rulings with what happened; None where nobody looked.
    """
    lines = [_head(found), *_counts(found), ""]
    for one in found.held_up[:_MOST_SHOWN]:
        lines += _held_up(one)
    if len(found.held_up) > _MOST_SHOWN:
        lines.append(f"and {len(found.held_up) - _MOST_SHOWN:,} more: --format json has them all")
    lines += [*_untold(found)]
    if scored is not None:
        lines += ["", *_standing(scored)]
    lines += [f"passed over, {count:,}: {why}" for why, count in found.passed.items()]
    lines += found.notes
    return "\n".join(plain(one, unicode=True) for one in lines) + "\n"


def _head(found: Replayed) -> str:
    grew = len(found.rulings)
    scalings = f"{grew:,} {'scaling' if grew == 1 else 'scalings'} up"
    return f"Of {scalings} {len(found.held_up):,} would have been held up ({found.world})."


def _counts(found: Replayed) -> Iterator[str]:
    said = ", ".join(f"{found.count(word):,} {word.replace('_', ' ')}" for word in _WORDS)
    between = f"{utc(found.first_s):%Y-%m-%d %H:%M} to {utc(found.last_s):%Y-%m-%d %H:%M} UTC"
    smaller = f"{found.shrinking_count:,} made something smaller, which is never held up"
    yield f"{between}: {said}; {smaller}."
    known = [one.for_s for one in found.held_up if one.for_s is not None]
    open_count = len(found.held_up) - len(known)
    if found.held_up:
        longest = f", the longest {duration_text(max(known))}" if known else ""
        ended = f"; {open_count:,} to the end of what was given" if open_count else ""
        yield f"Held up for {duration_text(sum(known))} in all{longest}{ended}."


def _held_up(one: HeldUp) -> Iterator[str]:
    ruling = one.ruling
    long = "to the end" if one.for_s is None else f"for {duration_text(one.for_s)}"
    sizes = "; ".join(f"{address} {said}" for address, said in ruling.sizes.items())
    yield f"{utc(ruling.at_s):%Y-%m-%d %H:%M:%S} UTC  {verdict_word(ruling.verdict)}, {long}  {sizes}"
    yield f"    {ruling.why}"


def _untold(found: Replayed) -> Iterator[str]:
    """Yield what nothing could be told of, by why."""
    for name, count in list(found.unknown_names.items())[:_MOST_SHOWN]:
        yield f"not known to this world, {_times(count)}: {name} (give what it is there a `known_as`)"
    if len(found.unknown_names) > _MOST_SHOWN:
        yield f"and {len(found.unknown_names) - _MOST_SHOWN:,} more names"
    if found.not_worked_out_count:
        yield f"not worked out, {found.not_worked_out_count:,}: --most sets how many questions are"
    reasons: dict[str, int] = {}
    for one in found.rulings:
        if one.verdict == "cannot_tell" and one.world and one.why != NOT_WORKED_OUT:
            reasons[one.why] = reasons.get(one.why, 0) + 1
    for why, count in sorted(reasons.items(), key=lambda pair: -pair[1])[:_MOST_SHOWN]:
        yield f"cannot tell, {count:,}: {why}"


def _standing(scored: Sequence[GivenRuling]) -> Iterator[str]:
    found = standings(scored)
    yield in_short(found)
    for one in found:
        missed = share_text(one.missed_count, one.called_safe_count)
        alarms = share_text(one.false_alarms_count, one.called_unsafe_count)
        yield f"{one.world}: missed {missed}, false alarms {alarms}" if one.world else "no world: not scored"
    yield READ_SO
    for each in scored:
        if each.outcome == "wrong":
            yield f"{utc(each.at_s):%Y-%m-%d %H:%M:%S} UTC  {each.mistake.replace('_', ' ')}: {each.because}"
    reasons: dict[str, int] = {}
    for each in scored:
        if each.outcome == "unknown":
            reasons[each.because] = reasons.get(each.because, 0) + 1
    for why, count in reasons.items():
        yield f"unknown, {count:,}: {why}"


def replayed_json(found: Replayed, scored: Sequence[GivenRuling] | None = None) -> str:
    """Return the same as JSON."""
    rulings = found.rulings if scored is None else scored
    document = {
        "world": found.world,
        "from": moment_text(found.first_s),
        "until": moment_text(found.last_s),
        "scalings_count": found.scalings_count,
        "shrinking_count": found.shrinking_count,
        "verdicts": {word: found.count(word) for word in _WORDS},
        "held_up": [{"id": one.ruling.id, "for_s": one.for_s} for one in found.held_up],
        "not_known": dict(found.unknown_names),
        "not_worked_out_count": found.not_worked_out_count,
        "passed_over": dict(found.passed),
        "notes": list(found.notes),
        "worlds": None if scored is None else [standing_document(one) for one in standings(scored)],
        "rulings": [asdict(one) for one in rulings],
    }
    return json.dumps(document, indent=2) + "\n"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
