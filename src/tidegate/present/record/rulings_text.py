"""What the gate said, and how often it was right, as a terminal and a program read it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict

from tidegate.experiment.interval import share_interval
from tidegate.track.given_ruling import GivenRuling, Tally, tallies

_MOST_SHOWN = 50


def rulings_text(given: Sequence[GivenRuling]) -> str:
    """Return tallies by world and verdict, then the newest rulings, one in two lines."""
    if not given:
        return "The gate has given no ruling here.\n"
    lines = [_tally(one) for one in tallies(given)]
    shown = given[-_MOST_SHOWN:]
    if len(shown) < len(given):
        lines += ["", f"The newest {len(shown)} of {len(given):,}:"]
    lines.append("")
    for one in shown:
        lines += _ruling(one)
    return "\n".join(lines) + "\n"


def rulings_json(given: Sequence[GivenRuling]) -> str:
    """Return the same as JSON."""
    document = {
        "tallies": [asdict(one) | {"wrong_high_ratio": _wrong(one)} for one in tallies(given)],
        "rulings": [asdict(one) for one in given],
    }
    return json.dumps(document, indent=2) + "\n"


def _tally(one: Tally) -> str:
    word = one.verdict.replace("_", " ").upper()
    world = one.world or "no world knows it"
    said = f"{word} {world}: {one.given_count:,} given, {one.through_count:,} happened as asked"
    looked = one.right_count + one.wrong_count
    if not looked:
        return f"{said}; none was scored"
    most = 100 * (_wrong(one) or 0.0)
    return f"{said}; {one.wrong_count:,} of {looked:,} scored were wrong (at most {most:.2g} %)"


def _wrong(one: Tally) -> float | None:
    """Return the upper end of the 95 % interval of the share that was wrong; None where none was scored."""
    looked = one.right_count + one.wrong_count
    return share_interval(one.wrong_count, looked)[1] if looked else None


def _ruling(one: GivenRuling) -> list[str]:
    at = dt.datetime.fromtimestamp(one.at_s, dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
    became = (
        "happened" if one.is_through else f"brought down to {one.to_count:,}" if one.to_count else "held up"
    )
    score = f", {one.outcome}" if one.outcome else ""
    override = f", overridden: {one.override}" if one.override else ""
    word = one.verdict.replace("_", " ").upper()
    return [
        f"{one.id}  {at} UTC  {one.caller}  {word}, {became} ({one.mode}){override}{score}",
        f"    {one.about}: {one.why}",
    ]
