"""Which numbers answer the question, side by side per case? The one table at the top of every answer.

Cells are words already, so that terminal and report show the same; nothing here knows a layout.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tidegate.evaluate.judging.verdict import CaseEvidence, CrossingEvidence, Verdict
from tidegate.present.quantities import (
    after_text,
    count_text,
    duration_text,
    of_capacity_text,
    percent_text,
    recovery_text,
)
from tidegate.present.verdict import highlights
from tidegate.present.verdict.counts import bound_beside, runs_cell

# Packets are shown only where they come half-way to their limit: new flows tell the story first.
_PACKETS_MATTER_RATIO = 0.5


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A value, and when it was reached (which may stand on a line of its own)."""

    value: str
    at: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One quantity over all cases; `crossing` is the crossing it is of, or empty."""

    label: str
    cells: tuple[Cell, ...]
    crossing: str = ""


def answer_rows(verdict: Verdict, cases: tuple[CaseEvidence, ...]) -> tuple[Row, ...]:
    """Return the rows of the table, the collapse first and the recovery last."""
    horizon_s = verdict.horizon_s

    def recovered(case: CaseEvidence) -> Cell:
        recovery_s = highlights.recovery_s(case)
        text = recovery_text(recovery_s, horizon_s=horizon_s, draining_ratio=case.draining_ratio)
        return Cell(value=text)

    collapse = partial(_collapse_cell, verdict.acceptable_ratio)
    rows = [_row(f"does not recover within {duration_text(horizon_s)}", cases, collapse)]
    for name in highlights.crossings_that_matter(verdict):
        rows.extend(_crossing_rows(name, cases))
    if all(case.clients for case in cases):
        rows.append(_row("requests served, worst minute", cases, _floor_cell))
    if any(highlights.unserved_s(case) for case in cases):
        rows.append(_row("nobody answered for", cases, _unserved_cell))
    late = next((one for case in cases if (one := highlights.late_clients(verdict, case))), None)
    if late is not None:
        rows.append(_row("requests waiting at once", cases, partial(_waiting_cell, late.name)))
    rows.append(_row("normal again after", cases, recovered))
    return tuple(rows)


def _row(label: str, cases: tuple[CaseEvidence, ...], cell: Callable[[CaseEvidence], Cell]) -> Row:
    return Row(label=label, cells=tuple(cell(case) for case in cases))


def _collapse_cell(acceptable_ratio: float, case: CaseEvidence) -> Cell:
    return Cell(value=runs_cell(case.collapse), at=bound_beside(case.collapse, acceptable_ratio))


def _floor_cell(case: CaseEvidence) -> Cell:
    return Cell(value=percent_text(highlights.success_floor_ratio(case) or 0.0))


def _unserved_cell(case: CaseEvidence) -> Cell:
    unserved_s = highlights.unserved_s(case)
    return Cell(value=duration_text(unserved_s) if unserved_s else "no time")


def _waiting_cell(name: str, case: CaseEvidence) -> Cell:
    clients = next(one for one in case.clients if one.name == name)
    value, normal = count_text(clients.waiting_peak_count), count_text(clients.waiting_normal_count)
    return Cell(value=value, at=f"usually {normal}")


def _crossing_rows(name: str, cases: tuple[CaseEvidence, ...]) -> list[Row]:
    # Every case is the same world, so every crossing is in every case.
    crossings = [crossing for case in cases for crossing in case.crossings if crossing.name == name]
    rows = [("new flows/s", [_setup_cell(crossing) for crossing in crossings])]
    if any(highlights.packets_ratio(crossing) >= _PACKETS_MATTER_RATIO for crossing in crossings):
        rows.append(("packets/s", [_packets_cell(crossing) for crossing in crossings]))
    if any(crossing.table_peak_ratio is not None for crossing in crossings):
        rows.append(("table", [_share_cell(one.table_peak_ratio, one.table_full_at_s) for one in crossings]))
    if any(crossing.ports_peak_ratio is not None for crossing in crossings):
        rows.append(("ports", [_share_cell(one.ports_peak_ratio, one.ports_full_at_s) for one in crossings]))
    return [Row(label=label, cells=tuple(cells), crossing=name) for label, cells in rows]


def _setup_cell(crossing: CrossingEvidence) -> Cell:
    value = of_capacity_text(crossing.setup_peak_per_s, crossing.setup_capacity_per_s)
    return Cell(value=value, at=_at(crossing.setup_limit_at_s))


def _packets_cell(crossing: CrossingEvidence) -> Cell:
    value = of_capacity_text(crossing.packets_peak_per_s, crossing.packets_capacity_per_s)
    return Cell(value=value, at=_at(crossing.saturated_at_s))


def _share_cell(ratio: float | None, at_s: float | None) -> Cell:
    return Cell(value="no limit" if ratio is None else percent_text(ratio), at=_at(at_s))


def _at(at_s: float | None) -> str:
    return f"at {after_text(at_s)}" if at_s is not None else ""
