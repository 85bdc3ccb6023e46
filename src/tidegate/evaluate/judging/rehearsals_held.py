"""How did a world's rehearsals agree with what was predicted of it? A noun only; no record is read here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """How well rehearsals of this world and activity on a real network agreed with their predictions.

    Parameters
    ----------
    source
        The file that holds their records; empty where there is none.
    rehearsals_count, others_count
        Rehearsals of this world and activity, and of others in the same file.
    held_count, ended_as_predicted_count
        How many of them agreed in everything that decides, and in how they ended.
    runs_count
        Valid real runs in all of them.
    scale_ratio
        The largest size they were rehearsed at, over the world's own; None without any.
    last_on
        The day of the last one, YYYY-MM-DD; empty without any.
    recovery_error_ratio, packets_error_ratio
        The greatest error of the time to recover and of the packets; None where none could be compared.
    """

    source: str
    rehearsals_count: int
    others_count: int
    held_count: int
    ended_as_predicted_count: int
    runs_count: int
    scale_ratio: float | None
    last_on: str
    recovery_error_ratio: float | None
    packets_error_ratio: float | None
