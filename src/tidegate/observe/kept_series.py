"""Series out of files, as if their source were asked: by a column's heading, or by name and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tidegate.observe.prometheus_answer import Labelled, chosen, only, read_answer
from tidegate.observe.samples import Missing, Series
from tidegate.observe.series_table import read_table


@dataclass
class KeptSeries:
    """What files hold.

    Parameters
    ----------
    name
        What people call them.
    """

    name: str
    _columns: dict[str, list[Series]] = field(default_factory=dict)
    _labelled: list[Labelled] = field(default_factory=list)

    def take(self, text: str, source: str) -> None:
        """Take in a file: an answer of Prometheus to a range query, or a table.

        Raises
        ------
        InputError
            If it is neither.
        """
        if text.lstrip()[:1] in {"{", "["}:
            self._labelled += read_answer(text, source)
            return
        for name, series in read_table(text, source).items():
            self._columns.setdefault(name, []).append(series)

    def read(self, said: str, first_s: float, last_s: float, _every_s: float) -> Series | Missing:
        """Return the series of a name, between two moments."""
        in_turn = _in_turn(self._columns.get(said, ()))
        if isinstance(in_turn, Missing):
            return Missing(why=f"{said} {in_turn.why}")
        columns = [Labelled(labels={}, series=one) for one in in_turn]
        found = [*columns, *chosen(self._labelled, said)]
        if not found:
            return Missing(why=f"{said} is in none of the files")
        cut = [Labelled(labels=one.labels, series=one.series.between(first_s, last_s)) for one in found]
        return only(cut, said)


def _in_turn(parts: Sequence[Series]) -> list[Series] | Missing:
    """Return tables that follow each other in time as one series; why not, where two have the same time."""
    ordered = sorted((one for one in parts if one.at_s), key=lambda one: one.at_s[0])
    for before, later in pairwise(ordered):
        if later.at_s[0] <= before.at_s[-1]:
            return Missing(
                why=f"is in {len(parts)} files for the same time: give one of them, or files that "
                "follow each other"
            )
    if not ordered:
        return list(parts[:1])
    at_s = tuple(moment_s for one in ordered for moment_s in one.at_s)
    return [Series(at_s=at_s, values=tuple(value for one in ordered for value in one.values))]
