"""What stands in the panes of the live demo? The prediction first, and what really happens over it.

A pane is a title, a drawing, its axis and one line of words, as rows of styled texts; whoever shows
them knows what a style looks like. Nothing here measures or waits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tidegate.present.layout import columns_count, pad, plain
from tidegate.present.quantities import NO_BREAK, count_text, duration_text, percent_text
from tidegate.present.rehearsal import rehearsal_words as words
from tidegate.present.rehearsal.braille import Canvas, Span
from tidegate.present.report.chart import round_up
from tidegate.rehearse.course import SMOOTH_S, running
from tidegate.rehearse.measurement import BIN_S
from tidegate.rehearse.outcome import END_S
from tidegate.rehearse.prediction import Prediction
from tidegate.rehearse.rehearsal import Rehearsal

ROWS_COUNT = 5
HEAD_ROOM = 1.05  # one run goes a little higher now and then than the mean of the predicted ones
_GAP = "   "


@dataclass(kw_only=True)
class Pane:
    """One scene as far as it has come.

    Parameters
    ----------
    title
        What is different in it.
    population
        Whose answers are drawn.
    prediction
        What is expected.
    served_count
        Answers in each time bin so far.
    ended
        What came of it; None while it runs.
    """

    title: str
    population: str
    prediction: Prediction
    served_count: list[int] = field(default_factory=list)
    ended: Rehearsal | None = None

    def hear(self, message: Mapping[str, object]) -> None:
        """Take in what happened in one time bin."""
        at, populations = message.get("bin"), message.get("populations")
        if not isinstance(at, int) or not isinstance(populations, Mapping):
            return
        counts = populations.get(self.population)
        if not isinstance(counts, Mapping):
            return
        del self.served_count[at:]  # a run that is repeated begins again
        self.served_count += [0] * (at - len(self.served_count))
        self.served_count.append(int(counts.get("served", 0)))

    @property
    def measured_per_s(self) -> tuple[float, ...]:
        """Answers a second so far, over a running half second."""
        if self.ended is not None:
            return self.ended.runs[-1].series[self.population, "served"].values
        if not self.served_count:
            return ()
        rates = np.array(self.served_count, dtype=np.float64) / BIN_S
        return tuple(float(rate) for rate in running(rates, round(SMOOTH_S / BIN_S)))


def greatest(panes: Sequence[Pane]) -> float:
    """Return the value at the top of every pane, so that all can be compared."""
    series = [pane.prediction.series[pane.population, "served"] for pane in panes]
    return round_up(HEAD_ROOM * max(max(one.values, default=1.0) for one in series))


def frame(panes: Sequence[Pane], *, width: int, unicode: bool) -> list[list[Span]]:
    """Return all panes, two beside each other where there is room, as rows of styled texts."""
    beside = 2 if width >= 70 else 1
    wide = (width - len(_GAP) * (beside - 1)) // beside
    most = greatest(panes)
    drawn = [_pane(pane, wide, most, unicode=unicode) for pane in panes]
    rows: list[list[Span]] = []
    for start in range(0, len(drawn), beside):
        group = drawn[start : start + beside]
        for parts in zip(*group, strict=True):
            row: list[Span] = []
            for part in parts:
                row += [*([(_GAP, "")] if row else []), *part]
            rows.append(row)
        rows.append([])
    return rows[:-1]


def _pane(pane: Pane, width: int, most: float, *, unicode: bool) -> list[list[Span]]:
    tables = pane.prediction.tables
    canvas = Canvas(width, ROWS_COUNT, unicode=unicode)
    bins = int(tables.horizon_ns // tables.bin_ns)
    predicted = pane.prediction.series[pane.population, "served"].values
    canvas.curve(predicted, most=most, of=bins, style="predicted")
    canvas.curve(pane.measured_per_s, most=most, of=bins, style="measured", thick=True)
    return [
        [_fitted(pane.title, width, "title", unicode=unicode)],
        *canvas.rows(),
        [(_axis(pane, width, "─┴" if unicode else "-+"), "axis")],
        [_fitted(_state(pane), width, _state_style(pane), unicode=unicode)],
        [_fitted(_now(pane), width, "state", unicode=unicode)],
    ]


def _fitted(text: str, width: int, style: str, *, unicode: bool) -> Span:
    shown = plain(text, unicode=unicode).replace(NO_BREAK, " ")
    while columns_count(shown) > width:
        shown = shown[:-1]
    return (pad(shown, width), style)


def _axis(pane: Pane, width: int, marks: str) -> str:
    """Return the line below the drawing, with a mark where the disturbance begins and one where it ends."""
    tables = pane.prediction.tables
    line = [marks[0]] * width
    for at_ns in (tables.disturbed_from_ns, tables.disturbed_until_ns):
        line[min(int(width * at_ns / tables.horizon_ns), width - 1)] = marks[1]
    return "".join(line)


def _state(pane: Pane) -> str:
    if pane.ended is not None:
        agreement = pane.ended.agreement
        link = "as predicted" if agreement.holds else f"predicted {words.predicted_text(agreement)}"
        return f"{words.measured_text(agreement)}, {link}"
    is_felt = any(one.recovery_s for one in pane.prediction.outcomes)
    return f"predicted {words.expected_text(pane.prediction.recovers, is_felt=is_felt)}"


def _now(pane: Pane) -> str:
    if pane.ended is not None:
        return end_text(pane)
    if not pane.served_count:
        return ""
    now_s = len(pane.served_count) * BIN_S
    return f"{count_text(pane.measured_per_s[-1])} answers/s at {now_s:.1f} s"


def end_text(pane: Pane) -> str:
    """Return what the watched clients ask and get at the end: attempts and answers a second."""
    assert pane.ended is not None
    series = pane.ended.runs[-1].series
    attempts, answers = (_last_mean(series[pane.population, kind].values) for kind in ("attempts", "served"))
    return f"{count_text(attempts)} attempts/s, {count_text(answers)} answered"


def _last_mean(values: Sequence[float]) -> float:
    last = values[-round(END_S / BIN_S) :]
    return sum(last) / max(len(last), 1)


def _state_style(pane: Pane) -> str:
    if pane.ended is None:
        return "state"
    if not pane.ended.agreement.holds:
        return "wrong"
    return "well" if pane.ended.agreement.recovered_count else "down"


def caption_text(panes: Sequence[Pane]) -> str:
    """Return the line above the panes: what is drawn, and on which scale."""
    horizon = duration_text(panes[0].prediction.tables.horizon_ns / 1e9)
    scale = f"{horizon}, 0 to {count_text(greatest(panes))}"
    return (
        f"Answers a second of the clients that are always there ({scale}). Thin: as predicted. "
        "Bold: what a real Linux NAT device does."
    )


def agreement_text(rehearsals: Sequence[Rehearsal]) -> str:
    """Return the last line: how well all of them agreed."""
    held = sum(one.agreement.holds for one in rehearsals)
    packets = [
        abs(compared.error_ratio)
        for one in rehearsals
        for compared in one.agreement.quantities
        if compared.name == "packets" and compared.error_ratio is not None
    ]
    said = f"{held} of {len(rehearsals)} went as predicted"
    if packets:
        said += f", with packets through the device off by at most {percent_text(max(packets))}"
    again = sum(len(one.spoiled) for one in rehearsals)
    return f"{said}.{f' Repeated after a stall of the machine: {again}.' if again else ''}"
