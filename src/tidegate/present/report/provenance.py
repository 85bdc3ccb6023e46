"""Who made a report, of what, and when? One line, as far as that is given: nothing is taken in silence.

A date or a name that nobody gave is not there: the same world, seed and version give the same bytes.
"""

from __future__ import annotations

from tidegate.evaluate.judging.verdict import Verdict
from tidegate.present.quantities import moment_text
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.verdict.said import Made

_DIGEST_COUNT = 8


def provenance_line(verdict: Verdict, made: Made | None) -> Html:
    """Return the line above the answer; a phone shows the world and the time of it."""
    known = made or Made()
    reproduction = verdict.reproduction
    world = f"{verdict.world} · {verdict.title}" if verdict.title else verdict.world
    more = [
        known.author,
        known.change,
        f"world {known.digest[:_DIGEST_COUNT]}" if known.digest else "",
        f"tidegate {reproduction.tidegate_version}, seed {reproduction.seed}",
    ]
    when = join(" · ", tag("time", moment_text(known.at), datetime=known.at.isoformat())) if known.at else ""
    rest = "".join(f" · {one}" for one in more if one)
    return tag("p", world, when, tag("span", rest, class_="wide-only"), class_="quiet made")
