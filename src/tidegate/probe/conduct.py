"""What a client does in one situation: how often it tries, and by which layers it waits in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.probe.attempts import Attempt, attempts_of, failed_in, overlapping_count, waits_between
from tidegate.probe.backoff_law import AT_ONCE_S
from tidegate.probe.nesting import Retrying, Waits, find_layers
from tidegate.probe.observation import Trial

_MOST_OVERLAP_RATIO = 0.2
_BLUR_S, _BLUR_RATIO = 0.1, 0.1
_NO_RETRYING = Retrying()


@dataclass(frozen=True, kw_only=True)
class Conduct:
    """What a client does in one situation.

    Parameters
    ----------
    situation
        Its name.
    attempts_count
        The fewest and the most attempts of one run.
    is_complete
        Whether every run ended by itself.
    runs
        The waits of each run.
    retrying
        The layers that explain them.
    cannot
        Why nothing can be said; empty where something can.
    is_clear
        Whether the end of each attempt can be trusted, so that time-outs can be read off.
    """

    situation: str
    attempts_count: tuple[int, int]
    is_complete: bool
    runs: tuple[Waits, ...] = ()
    retrying: Retrying = _NO_RETRYING
    cannot: str = ""
    is_clear: bool = True

    @property
    def kind(self) -> str:
        """In one word: unknown, never, at_once, own_pace, constant, backs_off, or waits (by no known law)."""
        if self.cannot:
            return "unknown"
        if not self.retrying.layers:
            return "never" if self.retrying.pace_s is None else "own_pace"
        law = self.retrying.layers[0].law
        if law.is_back_off:
            return "backs_off"
        return {"none": "at_once", "constant": "constant"}.get(law.law, "waits")


def conduct_of(
    situation: str,
    trials: Sequence[Trial],
    protocol: str,
    *,
    pace: Sequence[float] = (),
    callers_count: int = 1,
    seed: int,
) -> Conduct:
    """Return what the client did in the trials of one situation.

    Parameters
    ----------
    situation
        Its name.
    trials
        The runs in it; at least one.
    protocol
        What the endpoint spoke.
    pace
        The client's pauses between requests while all is well.
    callers_count
        Connections it keeps open at the same time while all is well, each with a will of its own.
    seed
        Of the search for laws.
    """
    failed = [failed_in(attempts_of(trial, protocol), trial) for trial in trials]
    counts = [len(attempts) for attempts in failed]
    is_complete = all(trial.ended_s is not None for trial in trials)
    frame = {"situation": situation, "attempts_count": (min(counts), max(counts)), "is_complete": is_complete}
    cannot = _why_not(trials, failed)
    if cannot:
        return Conduct(**frame, cannot=cannot)  # type: ignore[arg-type]
    mixed = _why_mixed(trials, failed, callers_count)
    if mixed:
        return Conduct(**frame, cannot=mixed, is_clear=False)  # type: ignore[arg-type]
    runs = tuple(
        Waits(waits_s=waits_between(attempts), is_complete=trial.ended_s is not None)
        for trial, attempts in zip(trials, failed, strict=True)
        if attempts
    )
    blurred = _why_blurred(failed, runs)
    if blurred:
        return Conduct(**frame, runs=runs, cannot=blurred, is_clear=False)  # type: ignore[arg-type]
    return Conduct(**frame, runs=runs, retrying=find_layers(runs, pace=pace, seed=seed))  # type: ignore[arg-type]


def _why_blurred(failed: Sequence[Sequence[Attempt]], runs: Sequence[Waits]) -> str:
    """Return why waits cannot be told from time-outs; empty where they can.

    Some clients close a connection that timed out only when they try again: on the wire their time-outs
    grow, and their waits are nothing.
    """
    taken = [one.ended_s - one.began_s for attempts in failed for one in attempts[:-1]
             if one.ended_s is not None and one.outcome == "not_answered"]  # fmt: skip
    waits = [wait for run in runs for wait in run.waits_s]
    if len(taken) < 2 or not waits or max(waits) >= AT_ONCE_S:
        return ""
    shortest_s, longest_s = min(taken), max(taken)
    if longest_s - shortest_s < max(_BLUR_S, _BLUR_RATIO * shortest_s):
        return ""
    return (
        "it closes a connection only when it tries again, so that time-out and wait cannot be told apart "
        f"({shortest_s:.2g} s to {longest_s:.2g} s together)"
    )


def _why_not(trials: Sequence[Trial], failed: Sequence[Sequence[Attempt]]) -> str:
    """Return why nothing can be told; empty where something can."""
    if trials[0].situation == "changing" and all(trial.changed_s is None for trial in trials):
        return "it never asked, so that there was no address list to change"
    if not any(failed):
        return "it made no attempt that failed"
    most = max(len(attempts) for attempts in failed)
    if most == 1 and any(attempts and attempts[0].ended_s is None for attempts in failed):
        longest_s = max(trial.watched_s for trial in trials)
        return f"its first attempt was still under way after {longest_s:.0f} s"
    return ""


def _why_mixed(trials: Sequence[Trial], failed: Sequence[Sequence[Attempt]], callers_count: int) -> str:
    """Return why one wait cannot be told from another's; empty where it can."""
    several = [attempts for attempts in failed if len(attempts) > 1]
    if not several:
        return ""
    overlaps = sum(overlapping_count(attempts) for attempts in failed)
    if overlaps > _MOST_OVERLAP_RATIO * sum(len(attempts) for attempts in failed):
        what = "it makes several attempts at once, or leaves open those it has given up"
    elif callers_count > 1:
        what = f"it tries again for {callers_count} connections at once"
    else:
        return ""
    half_s = max(trial.watched_s for trial in trials) / 2.0
    early = sum(1 for attempts in several for one in attempts if one.began_s - attempts[0].began_s < half_s)
    late = sum(len(attempts) for attempts in several) - early
    return (
        f"{what}, so that no wait can be told from another's ({early / len(several):.0f} attempts in the "
        f"first {half_s:.0f} s, {late / len(several):.0f} in as long after)"
    )
