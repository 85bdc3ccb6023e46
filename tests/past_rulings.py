"""Rulings that a gate gave at stated times, and what was measured then: a journal and a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tidegate.adapters.store.journal_begin import open_or_begin
from tidegate.journal.entry import Draft, new_id

SHOP, JOBS = "apps/v1/Deployment/prod/shop", "apps/v1/Deployment/prod/jobs"
BEGAN_S = 1_790_000_000.0
SETTLES_S = 120.0
EVERY_S = 15.0
SERIES = f"""
every: 15s
worlds:
  shop:
    sizes: {{{SHOP}: shop, {JOBS}: jobs}}
    objectives:
      refused connections: {{count: refused, most: 0}}
      slowest answers: {{read: p99, most: 500ms, for: 30s}}
"""


def ruling(number: int, sizes: str = "4 to 25", verdict: str = "proceed", **said: object) -> Draft:
    """Return a ruling of the shop, given a quarter of an hour after the one before."""
    address = str(said.pop("address", SHOP))
    at_s = BEGAN_S + 900.0 * number + float(str(said.pop("later_s", 0.0)))
    judged = f"kubernetes: {address} {sizes.replace(' to ', '-')}"
    also = said.pop("beside", {})
    assert isinstance(also, dict)
    payload = {
        "caller": "admission", "about": judged, "verdict": verdict, "why": "so.", "world": "shop",
        "mode": "preview", "through": True, "system": "kubernetes", "sizes": {address: sizes, **also},
        "judged": judged, "settles": SETTLES_S, **said,
    }  # fmt: skip
    kept = {key: value for key, value in payload.items() if value is not None}
    return Draft(kind="ruling.given", subject=new_id(f"{number} {at_s}".encode()), payload=kept, at_s=at_s)


def record(folder: Path, drafts: Sequence[Draft]) -> None:
    """Write rulings into the record of a gate's folder."""
    journal = open_or_begin(folder / "rulings", site="gate")
    journal.append(list(drafts))
    journal.close()


Column = Callable[[int, float], float | None]


def table(columns: Mapping[str, Column], count: int) -> str:
    """Return what was measured: a column gives a value by the ruling's number and the time since it."""
    lines = [f"time,{','.join(columns)}"]
    step = int(900 / EVERY_S)
    for sample in range(-20, count * step):
        number, since = divmod(sample, step)
        since_s = since * EVERY_S if number < count else 0.0
        if since > step - 20:  # what is measured just before the next one is of that
            number, since_s = number + 1, (since - step) * EVERY_S
        cells = [column(max(number, 0), since_s) for column in columns.values()]
        said = ",".join("" if cell is None else f"{cell:g}" for cell in cells)
        lines.append(f"{BEGAN_S + sample * EVERY_S:.0f},{said}")
    return "\n".join(lines) + "\n"
