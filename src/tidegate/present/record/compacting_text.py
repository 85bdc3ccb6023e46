"""What leaves the record, as lines of a terminal: how much, and whose word is missing."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.journal.compaction import NO_CUT, Cut
from tidegate.journal.leaving_plan import Compacted, Plan, Standing, Waiting
from tidegate.journal.moment import moment_text
from tidegate.journal.site_members import Members
from tidegate.present.record.site_text import entries_text

_KB = 1_000


def plan_lines(plan: Plan, members: Members) -> Iterator[str]:
    """Yield what would leave, by chain, and who would have to say the same."""
    count = sum(plan.new_count.values())
    if not count:
        yield f"Nothing would leave: no closed case and no ended notice is of before {_day(plan.cut)}."
        return
    yield (
        f"{entries_text(count)} ({plan.new_bytes / _KB:,.0f} KB) would leave: of cases that are closed and "
        f"notices that have ended, of which nothing was said since {_day(plan.cut)}."
    )
    for chain, left_count in sorted(plan.new_count.items()):
        yield f"  chain  {chain}: {entries_text(left_count)}"
    others = ", ".join(one.name for one in members.others)
    if others:
        yield f"All sites must say the same first: {others}."
    yield "Nothing has changed. With --yes they leave, into a file in the folder's `archive`."


def standing_lines(now: Standing) -> Iterator[str]:
    """Yield what has left, and what is under way."""
    if now.done == NO_CUT:
        yield "Nothing has left the record yet: say with --before what may."
    else:
        yield f"{entries_text(now.left_count)} left, of what was over before {_day(now.done)}."
    yield from waiting_lines(now.waiting) if now.waiting is not None else ()


def waiting_lines(found: Waiting | None) -> Iterator[str]:
    """Yield why nothing leaves yet."""
    if found is None:
        yield "Nothing is asked for: say with --before what may leave."
        return
    yield f"What was over before {_day(found.cut)} is asked to leave, and nothing of it has yet."
    for names, what in (
        (found.silent, "has not been heard to say anything of it"),
        (found.otherwise, "said otherwise last: it holds what is not here, or the other way round"),
    ):
        for name in names:
            yield f"  {name}  {what}"
    if found.is_served:
        yield "The server that works on this folder does the rest by itself."
    elif found.silent or found.otherwise:
        yield "Where no server runs: exchange, then say --yes again, without --before, at each site."


def compacted_lines(found: Compacted, freed_bytes: int | None) -> Iterator[str]:
    """Yield what has left; `freed_bytes` is by how much the file became smaller, None where it could not."""
    where = f" They stand in {found.path}: keep it closely, or delete it." if found.path else ""
    yield f"{entries_text(found.left_count)} left, of what was over before {_day(found.cut)}.{where}"
    if found.left_count:
        yield freed_line(freed_bytes)


def freed_line(freed_bytes: int | None) -> str:
    """Return by how much the file became smaller; None where that could not be."""
    if freed_bytes is None:
        why = "a server works on it, or the disk has no room for a copy"
        return f"The file keeps its size ({why}); what is free in it is used again."
    return f"The file is {freed_bytes / _KB:,.0f} KB smaller."


def _day(cut: Cut) -> str:
    return moment_text(cut.before_s).removesuffix("T00:00:00.000Z")
