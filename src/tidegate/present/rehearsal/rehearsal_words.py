"""What does a rehearsal say? Sentences and rows, the same for terminal and report.

Nothing here knows a layout or markup.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.evaluate.judging.verdict import Probability
from tidegate.present.quantities import NO_BREAK, count_text, duration_text, percent_text
from tidegate.present.verdict.counts import of_runs
from tidegate.rehearse.agreement import DECIDED, Agreement, Compared, Spread, is_near_edge
from tidegate.rehearse.nearby import NEARBY_RATIO
from tidegate.rehearse.prediction import Prediction
from tidegate.rehearse.rehearsal import CANNOT_SHOW, Rehearsal
from tidegate.rehearse.scale import Rehearsable, scale_text

HELD, BROKE = "HELD", "DID NOT HOLD"
NEAR_EDGE = f", near an edge: {100 * NEARBY_RATIO:.0f} % of one number decides"
QUANTITY_NAMES = {
    "packets": "Packets through the device",
    "dropped": "Packets its full queue dropped",
    "shed": "First packets turned away",
    "queue": "Delay of its queue",
    "attempts": "Attempts",
    "served": "Answers",
    "unanswered": "Clients waiting for an answer",
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row: what, as predicted, as measured, and how far off."""

    label: str
    predicted: str
    measured: str
    off: str


def title_text(rehearsal: Rehearsal) -> str:
    """Return what was rehearsed."""
    name = f"{rehearsal.world} · {rehearsal.activity_title or rehearsal.activity}"
    return f"{name} · rehearsed at {scale_text(rehearsal.rehearsable.scale)} of its size"


def word(rehearsal: Rehearsal) -> str:
    """Return the answer in a word."""
    return HELD if rehearsal.agreement.holds else BROKE


def ending_text(rehearsal: Rehearsal) -> str:
    """Return the answer in a sentence: how it was predicted to end, and how it ended."""
    agreement = rehearsal.agreement
    link = "and" if agreement.ending_agrees else "but"
    said = f"predicted {predicted_text(agreement)}; {link} on a real network it {measured_text(agreement)}"
    off = [one.name for one in agreement.quantities if one.agrees is False]
    return f"{said}; off by more than is allowed: {', '.join(off)}" if off else said


def predicted_text(agreement: Agreement) -> str:
    """Return how it was predicted to end."""
    time = agreement.quantities[0].predicted
    said = expected_text(agreement.predicted_recovers, is_felt=time is not None and time.high > 0)
    return f"{said}{NEAR_EDGE}" if agreement.near_edge else said


def expected_text(recovers: Probability, *, is_felt: bool) -> str:
    """Return how it is predicted to end; `is_felt` says whether service suffers in between."""
    if recovers.value <= DECIDED:
        return "to stay down"
    if recovers.value >= 1 - DECIDED:
        return "to recover" if is_felt else "to stay well"
    return f"to recover in {of_runs(recovers)} runs: chance decides"


def foretold_text(small: Rehearsable, prediction: Prediction, *, repeats_count: int) -> str:
    """Return what is said before anything is measured."""
    is_felt = any(one.recovery_s for one in prediction.outcomes)
    expected = expected_text(prediction.recovers, is_felt=is_felt)
    if is_near_edge(prediction):
        expected += NEAR_EDGE
    seconds = duration_text(repeats_count * small.file.world.horizon_s)
    return (
        f"Predicted at {scale_text(small.scale)} of its size: {expected} (recovers in "
        f"{of_runs(prediction.recovers)} runs). Now the real network, for {seconds}."
    )


def measured_text(agreement: Agreement) -> str:
    """Return how it ended."""
    count, runs = agreement.recovered_count, agreement.runs_count
    time = agreement.quantities[0].measured
    well = "recovered" if time is not None and time.high > 0 else "stayed well"
    if runs == 1:
        return well if count else "stayed down"
    if count == runs:
        return f"{well} in all {runs} runs"
    return f"recovered in {count} of {runs} runs" if count else f"stayed down in all {runs} runs"


def lines(rehearsal: Rehearsal) -> tuple[Line, ...]:
    """Return the rows of the table, the ending first."""
    agreement = rehearsal.agreement
    ending = Line(
        label="recovers",
        predicted=of_runs(agreement.predicted_recovers),
        measured=f"{agreement.recovered_count} of {agreement.runs_count}",
        off="as predicted" if agreement.ending_agrees else "otherwise",
    )
    shown = [one for one in agreement.quantities if _is_shown(one)]
    return (ending, *(_line(one, agreement.runs_count) for one in shown))


def _is_shown(one: Compared) -> bool:
    """Whether there is anything to say: something that did not happen on either side is left out."""
    return one.tolerance_ratio is not None or any(
        spread is not None and spread.high > 0 for spread in (one.predicted, one.measured)
    )


def _line(one: Compared, runs_count: int) -> Line:
    missing = "did not" if one.name == "time to recover" else "none"
    return Line(
        label=one.name,
        predicted=_spread(one.predicted, one.unit, missing),
        measured=_spread(one.measured, one.unit, missing),
        off=_off(one, runs_count),
    )


def _spread(spread: Spread | None, unit: str, missing: str) -> str:
    if spread is None:
        return missing
    said = duration_text if unit == "s" else count_text
    middle, low, high = said(spread.median), said(spread.low), said(spread.high)
    if low == high:
        return middle
    return f"{middle} ({_bare(low, middle)}–{_bare(high, middle)})"


def _bare(text: str, other: str) -> str:
    """Return a quantity without its unit where `other` has said that already."""
    number, _, unit = text.partition(NO_BREAK)
    return number if unit == other.partition(NO_BREAK)[2] else text


def _off(one: Compared, runs_count: int) -> str:
    said = ""
    if one.error_ratio is not None:
        said = signed_percent(one.error_ratio)
        if runs_count > 1 and one.error_low_ratio is not None and one.error_high_ratio is not None:
            low, high = (signed_percent(one.error_low_ratio), signed_percent(one.error_high_ratio))
            said += f" ({_bare(low, said)} to {_bare(high, said)})"
    if one.agrees is None:
        return said
    verdict = "within" if one.agrees else "outside"
    bound = f"{verdict} ±{100 * (one.tolerance_ratio or 0):.0f}{NO_BREAK}%"
    return f"{said}, {bound}" if said else bound


def signed_percent(ratio: float) -> str:
    """Return an error as per cent with its sign: ``+3 %``, ``−12 %``."""
    if abs(ratio) < 0.001:
        return f"0{NO_BREAK}%"
    return f"{'+' if ratio > 0 else '−'}{percent_text(abs(ratio))}"


def footnotes(rehearsal: Rehearsal) -> tuple[str, ...]:
    """Return what must be known beside the numbers, as sentences."""
    small = rehearsal.rehearsable
    said = []
    if rehearsal.protections:
        said.append(f"Tried on it: {', '.join(rehearsal.protections)}.")
    if small.left_out:
        said.append(f"Not in the rehearsal, nor in its prediction: {'; '.join(small.left_out)}.")
    said.extend(small.changed)
    said.extend(f"Thrown away and repeated: {reason}." for reason in rehearsal.spoiled)
    return tuple(said)


def cannot_show() -> tuple[str, ...]:
    """Return what a rehearsal on one machine cannot validate, as clauses."""
    return CANNOT_SHOW
