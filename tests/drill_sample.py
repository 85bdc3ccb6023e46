"""Drills as values for tests: what was measured while something was cut, and went well."""

from __future__ import annotations

from dataclasses import replace

from tidegate.observe.drill.cut_reading import CaseReading, CutReading, WordReading
from tidegate.observe.drill.drill_limits import DrillLimits
from tidegate.observe.drill.drill_record import Drill

BEGAN_S = 1_796_000_000.0


def word(site="west", **changes):
    made = WordReading(
        site=site, outage="o1", page_s={"west": 0.2, "east": 1.0}, notice_s=0.5, notices_count=1
    )
    return replace(made, **changes)


def case(site="west", **changes):
    made = CaseReading(site=site, case="c1", found_at=("west", "east"), receipt_s=0.7, receipts_count=1)
    return replace(made, **changes)


def reading(cut="mail", **changes):
    made = CutReading(cut=cut, cut_lasted_s=5.0, words=(word(),), cases=(case(),), identical_s=1.0)
    return replace(made, **changes)


def drill(*readings, **changes):
    made = Drill(
        by="ada", at_s=BEGAN_S, world="shop", sites=("west", "east"), is_real=False, limits=DrillLimits(),
        readings=readings or (reading(),), version="1.0",
    )  # fmt: skip
    return replace(made, **changes)
