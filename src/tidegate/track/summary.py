"""What happened, afterwards? The facts of one outage, worked out from its record alone.

Nothing is judged and nothing is put into words here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from tidegate.track.component import RANK, Status
from tidegate.track.lifecycle import OutageEvent
from tidegate.track.outage import Change, Outage, Tried


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One line of the timeline.

    Parameters
    ----------
    at_s
        When it was so, in seconds since 1970.
    said_s
        When it was said.
    kind
        "began", "state", "component", "tried", "said" or "note".
    what
        What happened, as a phrase without its time.
    """

    at_s: float
    said_s: float
    kind: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Impact:
    """How long a component was worse than operational.

    Parameters
    ----------
    name
        The component.
    worst
        The worst it was.
    from_s, until_s
        When it was first and last not operational, in seconds since 1970; None where it still is not.
    down_s
        For how long altogether, up to the end or to now.
    """

    name: str
    worst: Status
    from_s: float
    until_s: float | None
    down_s: float


@dataclass(frozen=True, kw_only=True)
class Words:
    """How we spoke during an outage.

    Parameters
    ----------
    first_after_s
        From its beginning to the first public words; None where there were none.
    updates_count
        How many updates there were.
    longest_gap_s
        The longest silence between beginning, updates and end (or now); None without an update.
    promises_count, kept_count
        How many next updates were promised and are due by now, or by its end, and how many came in time. That
        it was over is no word: only later words keep a promise.
    """

    first_after_s: float | None
    updates_count: int
    longest_gap_s: float | None
    promises_count: int
    kept_count: int


@dataclass(frozen=True, kw_only=True)
class Summary:
    """An outage afterwards.

    Parameters
    ----------
    outage
        The outage.
    lasted_s
        From its beginning to its end, or to now.
    contained_after_s
        From its beginning to when it no longer spread; None where that was never said.
    draining_ratio
        The share of its time that was recovering: the cause mended, its backlog not yet worked off.
    words
        How we spoke.
    impacts
        How long each component was hit, the worst first.
    timeline
        Everything, in the order in which it was so.
    tried
        What was done and what it did.
    corrections
        What had been said and was wrong.
    """

    outage: Outage
    lasted_s: float
    contained_after_s: float | None
    draining_ratio: float
    words: Words
    impacts: tuple[Impact, ...]
    timeline: tuple[Happening, ...]
    tried: tuple[Tried, ...]
    corrections: tuple[Change, ...]


def summary(one: Outage, now_s: float) -> Summary:
    """Return what happened; `now_s` (seconds since 1970) is the end of what still lasts."""
    end_s = now_s if one.until_s is None else one.until_s
    contained = [move.at_s for move in one.moves if move.event in {OutageEvent.CONTAIN, OutageEvent.RECOVER}]
    lasted_s = max(end_s - one.since_s, 0.0)
    return Summary(
        outage=one,
        lasted_s=lasted_s,
        contained_after_s=contained[0] - one.since_s if contained else None,
        draining_ratio=_draining_s(one, end_s) / lasted_s if lasted_s else 0.0,
        words=_words(one, end_s, now_s),
        impacts=impacts(one, end_s),
        timeline=tuple(sorted(_timeline(one), key=_place_in_time)),
        tried=one.tried,
        corrections=tuple(change for change in one.changes if change.is_correction),
    )


def _place_in_time(line: Happening) -> tuple[float, bool, float]:
    return (line.at_s, line.kind != "began", line.said_s)


def _draining_s(one: Outage, end_s: float) -> float:
    total, begun = 0.0, None
    for move in sorted(one.moves, key=lambda move: move.at_s):
        if begun is not None:
            total, begun = total + move.at_s - begun, None
        if move.event is OutageEvent.RECOVER:
            begun = move.at_s
    return total + (end_s - begun if begun is not None else 0.0)


def _words(one: Outage, end_s: float, now_s: float) -> Words:
    spoken = sorted(update.at_s for update in one.updates)
    marks = [one.since_s, *spoken, *([end_s] if end_s > (spoken[-1] if spoken else end_s) else [])]
    made = [(update.at_s, update.next_s) for update in one.updates if update.next_s is not None]
    came = [any(at_s < later <= next_s for later in spoken) for at_s, next_s in made]
    is_due = [is_kept or next_s < now_s for (_, next_s), is_kept in zip(made, came, strict=True)]
    return Words(
        first_after_s=spoken[0] - one.since_s if spoken else None,
        updates_count=len(spoken),
        longest_gap_s=max(b - a for a, b in pairwise(marks)) if spoken else None,
        promises_count=sum(is_due),
        kept_count=sum(came),
    )


def impacts(one: Outage, end_s: float) -> tuple[Impact, ...]:
    """Return how long each component was hit up to `end_s`, the worst and longest first."""
    found = (_impact(name, steps, end_s, is_open=one.is_open) for name, steps in component_steps(one).items())
    hit = [impact for impact in found if impact is not None]
    return tuple(sorted(hit, key=lambda impact: (-RANK[impact.worst], -impact.down_s, impact.name)))


def component_steps(one: Outage) -> dict[str, list[tuple[float, Status]]]:
    """Return what each component was from when on, in order; a correction replaces what came before.

    Times are seconds since 1970.
    """
    steps: dict[str, list[tuple[float, Status]]] = {}
    for change in one.changes:
        if change.name != "components" or not isinstance(change.value, Mapping):
            continue
        if change.is_correction:
            steps = {name: held for name, held in steps.items() if name in change.value}
        for name, status in change.value.items():
            held = steps.setdefault(name, [])
            if not held or held[-1][1] is not status:
                held.append((change.at_s, status))
    return {name: sorted(held, key=lambda step: step[0]) for name, held in steps.items()}


def _impact(name: str, steps: list[tuple[float, Status]], end_s: float, *, is_open: bool) -> Impact | None:
    down = [(at_s, status) for at_s, status in steps if status is not Status.OPERATIONAL]
    if not down:
        return None
    ends = [*(at_s for at_s, _ in steps[1:]), end_s]
    spans = [
        (at_s, max(min(end, end_s), at_s))
        for (at_s, status), end in zip(steps, ends, strict=True)
        if status is not Status.OPERATIONAL
    ]
    return Impact(
        name=name,
        worst=max((status for _, status in down), key=RANK.__getitem__),
        from_s=spans[0][0],
        until_s=None if is_open and steps[-1][1] is not Status.OPERATIONAL else spans[-1][1],
        down_s=sum(end - begin for begin, end in spans),
    )


def _timeline(one: Outage) -> list[Happening]:
    began = Happening(at_s=one.since_s, said_s=one.opened_s, kind="began", what=one.title)
    lines = [began]
    lines += [
        Happening(
            at_s=move.at_s, said_s=move.said_s, kind="state", what=_moved(move.state.value, move.because)
        )
        for move in one.moves
    ]
    lines += [
        Happening(at_s=tried.at_s, said_s=tried.at_s, kind="tried", what=tried.what) for tried in one.tried
    ]
    lines += [
        Happening(at_s=update.at_s, said_s=update.at_s, kind="said", what=update.text().split("\n", 1)[0])
        for update in one.updates
    ]
    lines += [Happening(at_s=at_s, said_s=at_s, kind="note", what=text) for at_s, text in one.notes]
    lines += _component_lines(one)
    return lines


def _component_lines(one: Outage) -> list[Happening]:
    steps = [
        (at_s, name, status)
        for name, held in component_steps(one).items()
        for at_s, status in held
        if (at_s, status) != (one.since_s, Status.OPERATIONAL)
    ]
    return [
        Happening(at_s=at_s, said_s=at_s, kind="component", what=f"{name}: {status.value}")
        for at_s, name, status in steps
    ]


def _moved(state: str, because: str) -> str:
    return f"{state}: {because}" if because else state
