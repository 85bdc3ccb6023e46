"""What does a drill come to, in words? Terminal, JSON and page say it with the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.journal.moment import moment_text
from tidegate.observe.drill.cut_reading import CutReading
from tidegate.observe.drill.cuts import CUTS
from tidegate.observe.drill.drill_change import NEVER_S, Worse
from tidegate.observe.drill.drill_judged import Failing, Finding, Held, count_notices, held
from tidegate.observe.drill.drill_record import Drill

HEADS = ("cut", "went", "word in", "cases", "notices", "same in", "blind")
"""What stands above the columns."""

_SAYS = {one.name: one.says for one in CUTS}
_WENT = {Held.HELD: "held", Held.CONDITIONS: "not held", Held.LOST: "LOST"}
_WORD = {Held.HELD: "HELD", Held.CONDITIONS: "HELD, WITH CONDITIONS", Held.LOST: "SOMETHING WAS LOST"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One cut as a line.

    Parameters
    ----------
    cells
        Its texts, one for each of `HEADS`.
    """

    cells: tuple[str, ...]


def word(drill: Drill) -> str:
    """Return the word that answers."""
    return _WORD[drill.held]


def cut_says(name: str) -> str:
    """Return what is gone, in plain words."""
    return _SAYS.get(name, name)


def title_text(drill: Drill) -> str:
    """Return what was drilled, by whom and when."""
    what = "real sites" if drill.is_real else "sites made for it on this machine"
    fed = f", fed with {drill.world}" if drill.world else ""
    return f"Drill of {', '.join(drill.sites)} ({what}{fed}) by {drill.by}, {moment_text(drill.at_s)[:16]}Z"


def ending_text(drill: Drill) -> str:
    """Return what the answer hangs on."""
    count = len(drill.readings)
    accepted = sum(one.accepted_count for one in drill.readings)
    lost = sum(len(one.lost_cases) for one in drill.readings)
    notices = [count_notices(one, drill.limits) for one in drill.readings]
    due, gone = sum(one.due for one in notices), sum(one.lost for one in notices)
    cases, told = f"of {accepted} cases accepted {_lost(lost)}", f"of {due} notices {_lost(gone)}"
    return f"{counted(count, 'cut')}; {cases}, {told}. All were marked as an exercise."


def _lost(count: int) -> str:
    return "none was lost" if not count else f"{count} {'was' if count == 1 else 'were'} LOST"


def row(drill: Drill, reading: CutReading) -> Row:
    """Return a cut as a line of plain words."""
    notices = count_notices(reading, drill.limits)
    lost = len(reading.lost_cases)
    said = [
        f"{count} {name}"
        for count, name in (
            (notices.lost, "LOST"), (notices.owed, "owed"), (notices.late, "late"),
            (notices.repeated, "twice"),
        )
        if count
    ]  # fmt: skip
    came = notices.due - notices.lost - notices.owed
    blind = (
        *reading.unheard,
        *(f"{name} (unsaid)" for name in reading.unsaid),
        *(f"{name} (stale)" for name in reading.stale),
        *(f"{name} (mute)" for name in reading.mute),
    )
    return Row(
        cells=(
            reading.cut,
            _WENT[held(drill.findings(reading))],
            seconds_text(reading.first_word_s),
            f"{reading.accepted_count}{f', {lost} LOST' if lost else ''}",
            ", ".join([f"{came} of {notices.due}", *said]) if notices.due else "none",
            seconds_text(reading.identical_s),
            ", ".join(blind) or "nobody",
        )
    )


def seconds_text(at_s: float | None) -> str:
    """Return a time; *never* where it did not come."""
    return "never" if at_s is None or at_s == NEVER_S else f"{at_s:.1f} s"


def finding_text(finding: Finding) -> str:
    """Return what did not keep to its limit, as a clause."""
    names, number = ", ".join(finding.names), round(finding.measured or 0)
    notices, cases = (counted(number, noun) for noun in ("notice", "case"))
    limit, took = f"{finding.limit:g}", seconds_text(finding.measured)
    return {
        Failing.NOT_HEALED: "what was cut IS STILL CUT: heal it by hand; nothing more was cut",
        Failing.LOST_CASES: f"{cases} with a receipt at no site ({names}); {limit} may be",
        Failing.LOST_NOTICES: f"{notices} never came, and nobody owes them; {limit} may be lost",
        Failing.NO_CASE: f"no case was accepted at {names or 'any site'}",
        Failing.NO_WORD: f"what was said at {names or 'no site'} came to no page",
        Failing.NOT_IDENTICAL: "the sites never held the same record again",
        Failing.LATE_WORD: f"the first word took {took}, more than {limit} s",
        Failing.LATE_NOTICES: f"{notices} came later than {limit} s",
        Failing.OWED_NOTICES: f"{notices} still owed",
        Failing.REPEATED: f"{notices} came once more; {limit} may",
        Failing.LATE_HEALING: f"the sites were the same after {took}, more than {limit} s",
        Failing.UNHEARD: f"{names} did not say what was said at other sites; {limit} may not",
        Failing.UNSAID: f"the page of {names} did not say within {limit} s that it cannot hear another site",
        Failing.STALE: f"the page of {names} had outlived its word, or was not there",
        Failing.MUTE: f"console or measures of {names} did not answer",
        Failing.NOT_DRILLED: names,
    }[finding.failing]


def counted(number: int, noun: str) -> str:
    """Return so many of something."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def cut_findings(drill: Drill) -> list[str]:
    """Return everything that did not keep to its limit, as sentences."""
    return [
        f"{reading.cut}: {finding_text(one)}."
        for reading in drill.readings
        for one in drill.findings(reading)
    ]


def worse_text(one: Worse) -> str:
    """Return what got worse, as a clause."""
    if one.measure == "is not cut any more":
        return f"{one.cut} was cut in the last drill, and is not any more"
    before, now = (seconds_text(value) if one.is_time else f"{value:.0f}" for value in (one.before, one.now))
    return f"{one.cut}: {one.measure} {now}, was {before}"


def worse_texts(worse: Sequence[Worse], last: Drill | None) -> list[str]:
    """Return what got worse since the last drill, as sentences."""
    if last is None:
        return ["There is no earlier drill of these sites to compare with."]
    when = f"{moment_text(last.at_s)[:16]}Z"
    if not worse:
        return [f"Nothing got worse since the drill of {when}."]
    return [f"Worse than in the drill of {when}:", *(f"  {worse_text(one)}." for one in worse)]


def apart_text(drill: Drill) -> str:
    """Return which sites were apart by what was cut: they could know nothing of others."""
    parts = [f"{one.cut}: {', '.join(one.apart)}" for one in drill.readings if one.apart]
    return f"Cut off, and so not counted as blind: {'; '.join(parts)}." if parts else ""


def missing_texts(drill: Drill) -> list[str]:
    """Return what this drill could not show."""
    found = []
    if not all(one.has_receiver for one in drill.readings):
        found.append(
            "no receiver was declared, so no notice was sent" if drill.is_real
            else "Apprise is not installed here (pip install tidegate[apprise]): only receipts were mailed"
        )  # fmt: skip
    if not drill.limits.apart_said_s:
        found.append("whether pages say that they cannot hear another site (--apart-said 20)")
    if drill.is_real:
        found.append("mailed receipts were not looked for")
    else:
        found.append("real networks, their delays and partial faults: all of it was one machine")
    return found
