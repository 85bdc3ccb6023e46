"""What does a calibration read like? A table, JSON, or YAML to paste into a world."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

from tidegate.present.layout import columns_count, plain, wrap
from tidegate.present.quantities import NO_BREAK, count_text, percent_text
from tidegate.rehearse.cost import KINDS, Calibration, Contention, Cost
from tidegate.world.file.quantity import format_quantity

FORMAT_VERSION = 1
_FIGURES = 3
_QUIET_RATIO = 0.1
_HEADINGS = ("what", "CPU time", "interval", "per CPU-second")
_INCLUDES = (
    "A cost is what the device adds: the same work with it, less without it. Packets include one virtual "
    "link and no network card, so a real device is slower. Proxies include both their connections. A TLS 1.3 "
    "handshake is the proxy's own time, on top of a plain connection."
)


def calibration_text(found: Calibration, *, width: int = 80, unicode: bool = True) -> str:
    """Return a table of costs, what they include, what else happened, and what was left out."""
    lines = [*wrap(", ".join((found.machine, *found.programs.values(), found.date)), width), ""]
    if found.costs:
        lines += [*_table([_HEADINGS, *(_row(one) for one in found.costs)]), "", *wrap(_INCLUDES, width)]
    if found.contention is not None:
        lines += wrap(_sureness(found) + " " + _contention(found.contention), width)
    if found.left_out:
        lines += ["", "left out:" if found.costs else "nothing was measured:"]
        for reason in found.left_out:
            first, *rest = wrap(reason, width - 4)
            lines += [f"  {first}", *(f"    {line}" for line in rest)]
    return "".join(f"{plain(line, unicode=unicode)}\n" for line in lines).replace(NO_BREAK, " ")


def _row(one: Cost) -> tuple[str, ...]:
    unit_s, unit = (1e-6, "µs") if one.cost_s < 1e-3 else (1e-3, "ms")
    low, high = (f"{_rounded(value / unit_s):g}" for value in (one.low_s, one.high_s))
    value = f"{_rounded(one.cost_s / unit_s):g}{NO_BREAK}{unit}"
    return (
        KINDS[one.name].subject,
        value,
        f"{low}–{high}",
        count_text(one.per_cpu_s),
    )


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(columns_count(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        subject, *numbers = (
            cell + " " * (wide - columns_count(cell))
            if column == 0
            else " " * (wide - columns_count(cell)) + cell
            for column, (cell, wide) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join((subject, *numbers))


def _sureness(found: Calibration) -> str:
    least = min(found.costs, key=lambda one: one.confidence_ratio)
    return (
        f"Medians of {least.repetitions_count} repetitions with their {percent_text(least.confidence_ratio)} "
        "interval; another day or neighbour may differ by more."
    )


def _contention(meanwhile: Contention) -> str:
    busy = meanwhile.other_ratio + meanwhile.steal_ratio > _QUIET_RATIO
    advice = (
        " That is much: the same work takes longer beside it, so repeat this when it is quiet."
        if busy
        else ""
    )
    return (
        f"Load average before: {meanwhile.load_count:.1f} on {meanwhile.cpus_count} CPUs; other work took "
        f"{percent_text(meanwhile.other_ratio)} of their time, "
        f"and the machine's host {percent_text(meanwhile.steal_ratio)}.{advice}"
    )


def calibration_json(found: Calibration) -> str:
    """Return everything as one JSON document, ending in a line break."""
    document = dataclasses.asdict(found)
    for written, one in zip(document["costs"], found.costs, strict=True):
        kind = KINDS[one.name]
        written.update(per_cpu_s=one.per_cpu_s, subject=kind.subject, per=kind.per, key=kind.key)
    return json.dumps({"format": FORMAT_VERSION, **document}, indent=2, ensure_ascii=False) + "\n"


def calibration_yaml(found: Calibration) -> str:
    """Return the costs as quantities of a world file, with range, basis and source.

    Rates count one CPU; the keys of a crossing or service go under one of the world that they are to be
    pasted into.
    """
    lines = [
        "# Measured by `tidegate calibrate`. Paste the keys under a crossing or service of your world.",
        "# Rates are those of one CPU that does nothing else: set `devices`, or multiply, for more.",
        *(f"# Left out: {reason}" for reason in found.left_out),
    ]
    written: tuple[str, ...] = ()
    for one in found.costs:
        *above, key = KINDS[one.name].key.split(".")
        for depth, name in enumerate(above):
            if tuple(above[: depth + 1]) != written[: depth + 1]:
                lines.append(f"{'  ' * depth}{name}:")
        written = tuple(above)
        lines.append(f"{'  ' * len(above)}{key}: {_quantity(one, found)}")
    return "\n".join(plain(line, unicode=True) for line in lines) + "\n"


def _quantity(one: Cost, found: Calibration) -> str:
    values = one.cost_s, one.low_s, one.high_s
    unit = "s"
    if not KINDS[one.name].key.endswith("_time"):
        values, unit = (one.per_cpu_s, 1.0 / one.high_s, 1.0 / one.low_s), "per_s"
    value, low, high = (format_quantity(_rounded(number), unit) for number in values)
    where = [found.machine, *filter(None, [found.programs.get(KINDS[one.name].program)])]
    source = json.dumps(f"tidegate calibrate, {found.date}: {', '.join(where)}", ensure_ascii=False)
    return f"{{value: {value}, low: {low}, high: {high}, basis: measured, source: {source}}}"


def _rounded(number: float) -> float:
    return float(f"{number:.{_FIGURES}g}")
