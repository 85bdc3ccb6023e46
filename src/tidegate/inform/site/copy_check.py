"""Which of several copies of a site is to be believed? What was read of each, judged beside the others.

A copy can be changed, silent, too old, or shown an earlier number than before (rolled back). Of those that
are whole, one that tells of all that another tells of, and more, is newer; where each tells of something
that the other does not, the sites that made them were cut off from each other. Reading copies must not
live here.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from tidegate.exit_codes import ExitCode
from tidegate.inform.site.manifest import Manifest
from tidegate.inform.site.publication_order import Standing, standing


class CopyState(Enum):
    """How a copy is, from the best to the worst."""

    CURRENT = "current"
    BEHIND = "behind"
    APART = "apart"
    OLD = "old"
    UNREACHABLE = "unreachable"
    CHANGED = "changed"
    WENT_BACK = "went back"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was read of one copy.

    Parameters
    ----------
    name
        Where it is: a folder or an address.
    manifest
        What it states, its signature checked; None where that could not be read or is not signed.
    unread
        Why it, or some of its files, could not be read; empty where all that was asked for was.
    wrong
        A phrase for each thing that is not as it was published.
    checked_count, listed_count
        How many of its files were looked at, and how many there are.
    """

    name: str
    manifest: Manifest | None = None
    unread: str = ""
    wrong: tuple[str, ...] = ()
    checked_count: int = 0
    listed_count: int = 0


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The highest numbers that were seen before.

    Parameters
    ----------
    keys
        Of each key, wherever it was seen.
    copies
        Of each copy, by key.
    """

    keys: Mapping[str, int] = field(default_factory=dict)
    copies: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """How one copy is.

    Parameters
    ----------
    reading
        What was read of it.
    state
        How it is.
    beside
        The copy that it is behind, apart from or follows; empty where there is none.
    number
        The number that was seen before and is higher than its own; 0 where none is.
    is_newest
        Whether it tells of more than some other copy and no other tells of more.
    """

    reading: Reading
    state: CopyState
    beside: str = ""
    number: int = 0
    is_newest: bool = False


def judged(
    readings: Sequence[Reading], now_s: float, *, keys: Container[str] = (), seen: Seen | None = None
) -> tuple[Judgement, ...]:
    """Return how each copy is.

    Parameters
    ----------
    readings
        What was read of the copies.
    now_s
        The moment, in seconds since 1970.
    keys
        Public keys that are expected, in hexadecimal digits; any, if there is none.
    seen
        The highest numbers that were seen before.
    """
    known = [_by_known_key(reading, keys) for reading in readings]
    alone = [_alone(reading, now_s, seen or Seen()) for reading in known]
    told = [one for one in alone if one.state in {CopyState.CURRENT, CopyState.BEHIND, CopyState.OLD}]
    return tuple(_beside(one, told) if one in told else one for one in alone)


def _by_known_key(reading: Reading, keys: Container[str]) -> Reading:
    manifest = reading.manifest
    if manifest is None or not keys or manifest.public_key in keys:
        return reading
    wrong = f"it is signed with another key, {manifest.public_key}"
    return Reading(name=reading.name, wrong=(wrong,), unread=reading.unread)


def _alone(reading: Reading, now_s: float, seen: Seen) -> Judgement:
    """Return how a copy is by itself."""
    if reading.wrong:
        return Judgement(reading=reading, state=CopyState.CHANGED)
    if reading.unread or reading.manifest is None:
        return Judgement(reading=reading, state=CopyState.UNREACHABLE)
    sequence, key = reading.manifest.sequence, reading.manifest.public_key
    highest = seen.keys.get(key, 0)
    own = seen.copies.get(reading.name, {}).get(key, 0)
    if sequence < highest and (not own or sequence < own):
        return Judgement(reading=reading, state=CopyState.WENT_BACK, number=own or highest)
    if now_s > reading.manifest.until_s:
        return Judgement(reading=reading, state=CopyState.OLD)
    if sequence < highest:  # it never showed more than this, so it did not go back: it lags
        return Judgement(reading=reading, state=CopyState.BEHIND, number=highest)
    return Judgement(reading=reading, state=CopyState.CURRENT)


def _beside(one: Judgement, told: Sequence[Judgement]) -> Judgement:
    """Return how a copy is beside the others that can be read and were not changed."""
    by_standing: dict[Standing, str] = {}
    for other in told:
        if other is not one:
            by_standing.setdefault(_standing(one, other), other.reading.name)
    state, beside = one.state, ""
    if Standing.OLDER in by_standing:
        state, beside = CopyState.BEHIND, by_standing[Standing.OLDER]
    elif Standing.APART in by_standing:
        state, beside = CopyState.APART, by_standing[Standing.APART]
    is_newest = Standing.NEWER in by_standing and not beside
    if one.state is CopyState.OLD:
        state = CopyState.OLD
    return Judgement(reading=one.reading, state=state, beside=beside, number=one.number, is_newest=is_newest)


def _standing(one: Judgement, other: Judgement) -> Standing:
    ours, theirs = one.reading.manifest, other.reading.manifest
    assert ours is not None  # only copies that could be read are laid beside each other
    assert theirs is not None
    found = standing(ours, theirs)
    if found is Standing.UNTOLD and ours.public_key == theirs.public_key and ours.sequence != theirs.sequence:
        return Standing.NEWER if ours.sequence > theirs.sequence else Standing.OLDER
    return found


def code_of(judgements: Sequence[Judgement]) -> ExitCode:
    """Return what the command ends with: the worst first, then whether anything is current."""
    states = {one.state for one in judgements}
    if states & {CopyState.CHANGED, CopyState.WENT_BACK}:
        return ExitCode.DOES_NOT_HOLD
    if states == {CopyState.CURRENT}:
        return ExitCode.HOLDS
    return ExitCode.CANNOT_TELL if states <= {CopyState.OLD, CopyState.UNREACHABLE} else ExitCode.CONDITIONS


def remembered(seen: Seen, judgements: Sequence[Judgement]) -> Seen:
    """Return the highest numbers after copies were read: none is ever lowered.

    Parameters
    ----------
    seen
        Those before.
    judgements
        How the copies were; those that are signed by nobody expected teach nothing, nor does one that went
        back: where it is now is not where it was.
    """
    keys = dict(seen.keys)
    copies = {name: dict(numbers) for name, numbers in seen.copies.items()}
    for one in judgements:
        manifest = one.reading.manifest
        if manifest is not None and one.state is not CopyState.WENT_BACK:
            key, own = manifest.public_key, copies.setdefault(one.reading.name, {})
            keys[key] = max(keys.get(key, 0), manifest.sequence)
            own[key] = max(own.get(key, 0), manifest.sequence)
    return Seen(keys=keys, copies=copies)
