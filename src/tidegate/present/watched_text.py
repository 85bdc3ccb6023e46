"""What a watch sees, for a terminal: each place, its narrowest limit, and what is not seen."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.journal.moment import clock_text, utc
from tidegate.observe.live_number import LOADS, amount_text
from tidegate.observe.place_reading import Drift, Load, PlaceState, Reading, SourceState, Unseen, Watched
from tidegate.present.layout import plain, wrap
from tidegate.present.quantities import NO_BREAK, duration_text
from tidegate.world.file.called import called

_INDENT = "  "


def watched_text(found: Watched, *, width: int, unicode: bool) -> str:
    """Return all places in lines of at most `width` columns."""
    return _lined(_paragraphs(found), width, unicode=unicode)


def state_words(found: Watched) -> str:
    """Return how all of it is; and that part of it is not watched, where nothing is known of that."""
    said = found.state.value
    if found.state is not PlaceState.FINE or not (found.unbound or found.unwatched):
        return said
    said += " where it is watched"
    if found.unbound:
        said += f"; nothing is read of {_many(len(found.unbound), 'place')}"
    if found.unwatched:
        count = len(found.unwatched)
        said += f"; {_many(count, 'load')} with a limit {'are' if count > 1 else 'is'} not watched"
    return said


def unwatched_text(what: str) -> str:
    """Return that a load is not watched, as a clause."""
    return f"{LOADS[what][1]}: not watched"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count > 1)}"


def changed_text(before: Watched, found: Watched, *, width: int, unicode: bool) -> str:
    """Return what is otherwise than it was, in lines; empty where nothing is."""
    known = {(one.section, one.name): _shown(one) for one in before.readings}
    said = [
        text
        for one in found.readings
        if known.get((one.section, one.name)) != _shown(one)
        for text in _place(one, found.at_s)
    ]
    sources = {one.name: one.state for one in before.sources}
    said += [
        text
        for one in found.sources
        if sources.get(one.name) is not one.state
        for text in _source(one, found.at_s)
    ]
    at = f"{utc(found.at_s):%H:%M:%S} UTC"
    return _lined([at, *said], width, unicode=unicode) if said else ""


def _shown(one: Reading) -> tuple[object, ...]:
    """Return what of a place is told anew where it is otherwise."""
    return one.state, one.unseen, one.unwatched, _kinds(one)


def _kinds(one: Reading) -> tuple[str, ...]:
    """Return what is wrong, without its numbers: these change with every sample."""
    return tuple("".join(letter for letter in why if not letter.isdigit()) for why in one.why)


def _lined(paragraphs: Iterator[str] | list[str], width: int, *, unicode: bool) -> str:
    lines = []
    for text in paragraphs:
        said = text.lstrip()
        before = text[: len(text) - len(said)]
        first, *rest = wrap(said, width - len(before) - len(_INDENT)) or [""]
        lines += [f"{before}{first}", *(f"{before}{_INDENT}{line}" for line in rest)]
    return "".join(f"{plain(line, unicode=unicode)}\n".replace(NO_BREAK, " ") for line in lines)


def _paragraphs(found: Watched) -> Iterator[str]:
    at = f"{utc(found.at_s):%d %B %Y, %H:%M:%S} UTC"
    yield f"{found.world}: {state_words(found)}. {at}."
    for one in found.sources:
        yield from _source(one, found.at_s)
    for reading in found.readings:
        yield from _place(reading, found.at_s)
    for name in found.unbound:
        yield f"{name}: nothing of it is read, so that nothing is known of it."


def _source(one: SourceState, now_s: float) -> Iterator[str]:
    if one.state is PlaceState.BLIND:
        yield f"{one.name}: blind since {clock_text(one.since_s, now_s, has_seconds=True)}: {one.why}."
    else:
        yield f"{one.name}: read."


def _place(one: Reading, now_s: float) -> Iterator[str]:
    since = f" since {clock_text(one.since_s, now_s, has_seconds=True)}"
    yield f"{one.section}.{one.name}: {one.state.value}{'' if one.state is PlaceState.FINE else since}"
    for why in one.why:
        if not any(why.startswith(unseen.path) for unseen in one.unseen):
            yield f"{_INDENT}{why[:1].upper()}{why[1:]}."
    for load in one.loads:
        if load.amount is not None:
            yield f"{_INDENT}{load_text(load, load.amount)}"
    for unseen in one.unseen:
        yield f"{_INDENT}{unseen_text(unseen, now_s)}"
    for what in one.unwatched:
        yield f"{_INDENT}{unwatched_text(what)}"
    for note in one.notes:
        yield f"{_INDENT}{note[:1].upper()}{note[1:]}."
    for drift in one.drifts:
        if not drift.is_inside:
            yield f"{_INDENT}{drift_text(drift)}"


def load_text(load: Load, amount: float) -> str:
    """Return a load with its limit and when that is reached, as a clause."""
    said = f"{LOADS[load.what][1]}: {amount_text(amount)}"
    if load.bound is not None and load.share_ratio is not None:
        said += f", {load.share_ratio:.0%} of {amount_text(load.bound.amount)} ({called(load.bound.path)}"
        said += ", as measured)" if load.bound.is_measured else ")"
    if load.reached_in_s is not None and load.reached_in_s > 0:
        said += f", reached in {duration_text(load.reached_in_s)}"
    return said


def unseen_text(unseen: Unseen, now_s: float) -> str:
    """Return that a number is not seen, for how long and why, as a sentence."""
    ago = duration_text(max(now_s - unseen.since_s, 0.0))
    known = f"Not seen for {ago}" if unseen.was_seen else "Never seen"
    return f"{known}: {unseen.path} ({unseen.why})."


def drift_text(drift: Drift) -> str:
    """Return that a number is not as the world says, as a sentence."""
    if drift.low < drift.stated or drift.stated < drift.high:
        stated = f"{amount_text(drift.low, 6)} to {amount_text(drift.high, 6)}"
    else:
        stated = f"{amount_text(drift.stated, 6)}"
    said = called(drift.path)
    measured = amount_text(drift.measured, 4)
    return f"The world no longer holds: {said} {_is(said)} {measured}, and it says {stated}."


def _is(said: str) -> str:
    return "are" if said.startswith(("the instances", "the devices", "the requests", "the ports")) else "is"
