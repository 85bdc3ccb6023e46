"""What the gate said, and how often it was right, as a terminal and a program read it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from tidegate.experiment.interval import share_interval
from tidegate.journal.moment import utc
from tidegate.present.layout import columns_count, pad, plain
from tidegate.track.given_ruling import GivenRuling, Tally, tallies
from tidegate.track.right_or_wrong import Standing, standings

_MOST_SHOWN = 50
NOBODY = "no world knows it"


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
    return _printed(lines)


def rulings_json(given: Sequence[GivenRuling]) -> str:
    """Return the same as JSON."""
    document = {
        "tallies": [asdict(one) | {"wrong_high_ratio": _wrong(one)} for one in tallies(given)],
        "worlds": [standing_document(one) for one in standings(given)],
        "rulings": [asdict(one) for one in given],
    }
    return json.dumps(document, indent=2) + "\n"


def summary_text(given: Sequence[GivenRuling]) -> str:
    """Return how often the gate was right, a line a world, with how sure that is."""
    found = standings(given)
    if not found:
        return "The gate has given no ruling here.\n"
    heads = (
        "world",
        "given",
        "proceed",
        "slow down",
        "stop",
        "cannot tell",
        "missed",
        "false alarms",
        "unknown",
    )
    rows = [heads, *(_row(one) for one in found)]
    widths = [max(columns_count(plain(row[i], unicode=True)) for row in rows) for i in range(len(heads))]
    lines = [in_short(found), ""]
    for row in rows:
        cells = (pad(plain(cell, unicode=True), width) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join(cells).rstrip())
    lines += ["", READ_SO]
    return _printed(lines)


READ_SO = (
    "Missed: called safe, and failed. False alarms: called unsafe, and held. Each of those that are known, "
    "with the 95 % interval."
)


def summary_json(given: Sequence[GivenRuling]) -> str:
    """Return the same as JSON."""
    return json.dumps({"worlds": [standing_document(one) for one in standings(given)]}, indent=2) + "\n"


def in_short(found: Sequence[Standing]) -> str:
    """Return what all worlds come to, as one sentence that stands first."""
    given = sum(one.given_count for one in found)
    safe, missed = sum(x.called_safe_count for x in found), sum(x.missed_count for x in found)
    unsafe, alarms = sum(x.called_unsafe_count for x in found), sum(x.false_alarms_count for x in found)
    rulings = f"{given:,} {'ruling' if given == 1 else 'rulings'}"
    if not safe + unsafe:
        return f"Of {rulings} none is known to have been right or wrong."
    known_count = safe + unsafe
    known = f"Of {rulings} {known_count:,} {'is' if known_count == 1 else 'are'} known"
    return f"{known}: missed {missed:,} of {safe:,}, false alarms {alarms:,} of {unsafe:,}."


def share_text(count: int, of_count: int) -> str:
    """Return a count of those that are known, with the 95 % interval of its share."""
    if not of_count:
        return "-"
    low, high = share_interval(count, of_count)
    return f"{count:,} of {of_count:,} ({_percent(low)}–{_percent(high)} %)"


def _percent(ratio: float) -> str:
    """Return a share in per cent, with the two figures that matter."""
    return f"{100 * ratio:.0f}" if ratio >= 0.0995 else f"{100 * ratio:.2g}"


def standing_document(one: Standing) -> dict[str, object]:
    """Return a world's standing with its intervals, as JSON has it."""
    return asdict(one) | {
        "missed_interval": _interval(one.missed_count, one.called_safe_count),
        "false_alarms_interval": _interval(one.false_alarms_count, one.called_unsafe_count),
    }


def _interval(count: int, of_count: int) -> list[float] | None:
    return list(share_interval(count, of_count)) if of_count else None


def _row(one: Standing) -> tuple[str, ...]:
    return (
        one.world or NOBODY, f"{one.given_count:,}", f"{one.proceed_count:,}", f"{one.slow_down_count:,}",
        f"{one.stop_count:,}", f"{one.cannot_tell_count:,}",
        share_text(one.missed_count, one.called_safe_count),
        share_text(one.false_alarms_count, one.called_unsafe_count),
        f"{one.unknown_count + one.unscored_count:,}",
    )  # fmt: skip


def ruling_text(one: GivenRuling) -> str:
    """Return all that is on record of one ruling."""
    lines = [*_ruling(one)]
    sizes = "; ".join(f"{address} {said}" for address, said in one.sizes.items())
    runs = "" if one.runs_count is None else f"{one.runs_count:,} whole runs from seed {one.seed}"
    said = {
        "asked by": one.asked_by,
        "reference": one.reference,
        "sizes": sizes,
        "connect anew": "; ".join(one.anew),
        "judged": one.judged,
        "for": "" if one.settles_s is None else f"{one.settles_s:g} s",
        "world": f"{one.world} {one.digest[:16]}".strip(),
        "activity": one.activity,
        "evidence": runs or one.evidence,
        "by Tidegate": one.version,
        "overridden": f"{one.override} ({one.asked_by or 'nobody said who'})" if one.override else "",
        "scored": f"{_score(one)} by {one.scored_by}: {one.because}" if one.outcome else "not yet",
    }
    lines += [f"    {label}: {words}" for label, words in said.items() if words]
    lines += [f"    number: {path} = {number}" for path, number in one.numbers.items()]
    return _printed(lines)


def _printed(lines: Sequence[str]) -> str:
    """Return lines as a terminal may have them: what strangers said cannot move its cursor."""
    return "\n".join(plain(one, unicode=True) for one in lines) + "\n"


def _tally(one: Tally) -> str:
    word = verdict_word(one.verdict)
    world = one.world or NOBODY
    said = f"{word} {world}: {one.given_count:,} given, {one.through_count:,} happened as asked"
    said += f", {one.overridden_count:,} overridden" if one.overridden_count else ""
    looked = one.right_count + one.wrong_count
    if not looked:
        return f"{said}; {one.unknown_count:,} unknown" if one.unknown_count else f"{said}; none was scored"
    most = _percent(_wrong(one) or 0.0)
    return f"{said}; {one.wrong_count:,} of {looked:,} scored were wrong (at most {most} %)"


def verdict_word(verdict: str) -> str:
    """Return a verdict as people read it."""
    return verdict.replace("_", " ").upper()


def _wrong(one: Tally) -> float | None:
    """Return the upper end of the 95 % interval of the share that was wrong; None where none was scored."""
    looked = one.right_count + one.wrong_count
    return share_interval(one.wrong_count, looked)[1] if looked else None


def became(one: GivenRuling) -> str:
    """Return what the gate did with a change."""
    if one.is_through:
        return "happened"
    return "held up" if one.to_count is None else f"brought down to {one.to_count:,}"


def _score(one: GivenRuling) -> str:
    return f"{one.outcome} ({one.mistake.replace('_', ' ')})" if one.mistake else one.outcome


def _ruling(one: GivenRuling) -> Iterator[str]:
    score = f", {_score(one)}" if one.outcome else ""
    by = f" by {one.asked_by}" if one.asked_by else ""
    override = f", overridden{by}: {one.override}" if one.override else ""
    yield (
        f"{one.id}  {utc(one.at_s):%Y-%m-%d %H:%M:%S} UTC  {one.caller}  {verdict_word(one.verdict)}, "
        f"{became(one)} ({one.mode}){override}{score}"
    )
    yield f"    {one.about}: {one.why}"


def scored_text(
    done: Sequence[tuple[GivenRuling, str, str]], passed: Sequence[tuple[str, int]], source: str
) -> str:
    """Return what scoring came to: the answer first, then what was wrong, and why the rest is unknown.

    Parameters
    ----------
    done
        The rulings that were scored, as they are now, each with its outcome and why.
    passed
        How many were passed over, by why.
    source
        Where it was read.
    """
    known = [one for one, _, _ in done]
    counts = {word: sum(one.outcome == word for one in known) for word in ("right", "wrong", "unknown")}
    missed = sum(one.mistake == "miss" for one in known)
    wrong = f"{counts['wrong']:,} wrong ({missed:,} missed)"
    head = f"{counts['right']:,} right, {wrong}, {counts['unknown']:,} unknown"
    lines = [f"Scored {len(done):,} from {source}: {head}."]
    lines += [f"{count:,} passed over: {why}." for why, count in passed]
    for one, outcome, because in done:
        if outcome == "wrong":
            lines += [*_ruling(one), f"    {because}"]
    reasons: dict[str, list[str]] = {}
    for one, outcome, because in done:
        if outcome == "unknown":
            reasons.setdefault(because, []).append(one.id)
    lines += [
        f"unknown, {len(ids):,} ({ids[0]}{' …' if len(ids) > 1 else ''}): {why}"
        for why, ids in reasons.items()
    ]
    return _printed(lines)
