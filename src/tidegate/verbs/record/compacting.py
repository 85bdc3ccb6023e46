"""Take what is over out of the record, at all sites alike: work it out, say it, and do it once all agree.

Private matters alone leave: cases that are closed, notices that have ended, of which nothing was said for a
month at least. Each site works that out from what it holds and says so in its chain. Where all say the same,
each first writes what leaves into a file of its own and then lets it go; where one says otherwise, none does.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace

from tidegate.adapters.between_sites.archive_file import archive
from tidegate.adapters.channels.ledger import sender_lock
from tidegate.adapters.cycle_collector import collector_rests
from tidegate.adapters.store.journal_file import JournalFile
from tidegate.adapters.store.leaving import (
    conclude,
    count_within,
    done,
    handed,
    handed_digest,
    is_last_leaving,
    let_go,
    note_left,
    rows_of,
)
from tidegate.adapters.store.site_folder import owned
from tidegate.errors import Fault, InputError
from tidegate.inform.over import NOUNS, READ_NOUNS, is_known, is_private, over
from tidegate.inform.state import State
from tidegate.journal.chain_name import chain_of
from tidegate.journal.compaction import (
    COMPACTED,
    LEAST_AGE_S,
    NO_CUT,
    Cut,
    Gap,
    Runs,
    Statement,
    agreed,
    asked_for,
    entries_count,
    gaps_digest,
    last_said,
)
from tidegate.journal.entry import Draft, Entry, body_hash, read_entry
from tidegate.journal.leaving_plan import Compacted, Plan, Standing, Waiting
from tidegate.journal.moment import moment_text
from tidegate.journal.site_members import Members
from tidegate.verbs.record.site import members_of

_DAY_S = 86_400.0
_MOST_TRIES = 3


@dataclass(frozen=True, kw_only=True)
class Ready:
    """What all agreed on and is to be carried out here: a statement of it, and all gaps that are then."""

    statement: Statement
    gaps: tuple[Gap, ...]


def work_out(journal: JournalFile, members: Members, cut: Cut) -> Plan:
    """Return what would have left after a cut; nothing changes.

    A matter leaves whole or not at all. One stays of which an entry is the last that is known of its chain,
    or stands in a chain that goes on in two ways: there, sites need not hold the same.

    Raises
    ------
    DamagedJournalError, StoreError
        If the journal cannot be read.
    """
    with collector_rests():
        leaving = _over(journal, members, cut)
        runs, counts, size_bytes = Runs(), Counter[str](), 0
        for label, number, kept in rows_of(journal, NOUNS):
            entry = read_entry(kept.body)
            if entry.subject in leaving and entry.said_s < cut.until_s:
                runs.take(label, number, body_hash(kept.body))
                counts[label] += 1
                size_bytes += len(kept.body) + len(kept.signature)
        return Plan(
            cut=cut, gaps=runs.with_others(journal.gaps()), new_count=dict(counts), new_bytes=size_bytes
        )


def cut_before(before_s: float, now_s: float) -> Cut:
    """Return what is asked for now.

    Raises
    ------
    InputError
        If that is too young to leave.
    """
    if before_s > now_s - LEAST_AGE_S:
        latest = moment_text(now_s - LEAST_AGE_S)
        allowed = f"{latest} or earlier: what leaves is {LEAST_AGE_S / _DAY_S:g} days old at least"
        fault = Fault(what="is too young", path="--before", value=moment_text(before_s), allowed=allowed)
        raise InputError(fault)
    return Cut(before_s, now_s)


def ask(journal: JournalFile, members: Members, plan: Plan, *, by: str) -> None:
    """Say at this site, to all others, that what is over is to leave.

    Raises
    ------
    InputError
        If this site was retired, or the record was cut later than that already.
    """
    if members.own_cut:
        raise InputError(Fault(what="was retired by the other sites", value=members.own))
    last = asked_for(members.compactions, members.named_s, done(journal)[0]) or done(journal)[0]
    if plan.cut <= last:
        allowed = f"a moment behind {moment_text(last.before_s)}, which was asked for already"
        value = moment_text(plan.cut.before_s)
        raise InputError(Fault(what="is too early", path="--before", value=value, allowed=allowed))
    _state(journal, plan, tuple(sorted(members.named_s)), by)


def decide(journal: JournalFile, members: Members) -> Ready | Waiting | None:
    """Return what is to be carried out here now, or what is waited for; None where nobody asks for anything.

    What this site works out of what others ask for it says by the way.

    Raises
    ------
    DamagedJournalError, StoreError
        If the journal cannot be read or written.
    """
    last, _ = done(journal)
    whole = [one for one in agreed(members.compactions, members.named_s) if one.cut > last]
    cut = whole[0].cut if whole else asked_for(members.compactions, members.named_s, last)
    if cut is None:
        _own_up(journal, members)
        return None
    if (given := _given(journal, members, whole, last)) is not None:
        return given
    plan, names = work_out(journal, members, cut), tuple(sorted(members.named_s))
    for one in whole:
        if one.what[:2] == (cut, plan.digest):
            return Ready(statement=one, gaps=plan.gaps)
    own = last_said(members.compactions, members.own, cut)
    if not members.own_cut and (own is None or own.what != (cut, plan.digest, names)):
        _state(journal, plan, names, "system")
    return _waiting(members, (cut, plan.digest, names))


def carry_out(
    journal: JournalFile,
    ready: Ready,
    *,
    alone: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Compacted:
    """Write what leaves into a file, and let it go; a run that was killed is gone on with.

    Parameters
    ----------
    journal
        The open journal.
    ready
        What is to be carried out.
    alone
        Within it nobody of this process reads what is owed: who does must not miss what was sent.

    Raises
    ------
    CannotTellError
        If another process sends for this folder.
    TidegateError
        If something is damaged, or there is no room; what has not left yet is there.
    """
    cut = ready.statement.cut
    path, count = "", count_within(journal, ready.gaps)
    if count:
        path = str(archive(journal, ready.gaps, cut, may_leave=lambda one: _may_leave(one, cut)))
    with alone():
        handle = sender_lock(journal.path.parent)
        try:
            if count and is_last_leaving(journal, ready.gaps):
                _say(journal, ready.statement, ready.gaps, "system")
            left_count = let_go(journal, ready.gaps, is_private=is_private)
            _say(journal, replace(ready.statement, is_done=True), ready.gaps, "system")
            conclude(journal, ready.gaps, cut)
        finally:
            os.close(handle)
    return Compacted(cut=cut, left_count=left_count, path=path)


def compact(journal: JournalFile, before_s: float | None, *, by: str) -> Compacted | Waiting | None:
    """Ask for what is over before a moment to leave, or go on with what was asked; do what can be done now.

    Where a server works on the folder it does so, and not this.

    Raises
    ------
    InputError
        If that may not be asked for.
    TidegateError
        If it cannot be done; what has not left yet is there.
    """
    members = members_of(journal)
    under_way = asked_for(members.compactions, members.named_s, done(journal)[0])
    if before_s is not None and (under_way is None or under_way.before_s != before_s):
        ask(journal, members, plan_before(journal, before_s), by=by)
    with ExitStack() as held:
        try:
            held.enter_context(owned(journal.path.parent))
        except InputError:
            waiting = standing(journal).waiting
            return None if waiting is None else replace(waiting, is_served=True)
        return _compacted(journal)


def plan_before(journal: JournalFile, before_s: float) -> Plan:
    """Return what would leave if all sites said what this one holds; nothing changes.

    Raises
    ------
    InputError
        If that may not be asked for.
    """
    return work_out(journal, members_of(journal), cut_before(before_s, journal.now_s()))


def standing(journal: JournalFile) -> Standing:
    """Return how far it is here with what leaves, as the sites have said."""
    members, (last, _) = members_of(journal), done(journal)
    cut = asked_for(members.compactions, members.named_s, last)
    own = None if cut is None else last_said(members.compactions, members.own, cut)
    waiting = None
    if cut is not None:
        what = (cut, "", ()) if own is None else own.what
        waiting = _waiting(members, what)
    return Standing(done=last, left_count=entries_count(journal.gaps()), waiting=waiting)


def _compacted(journal: JournalFile) -> Compacted | Waiting | None:
    """Do what can be done now; what this site says by it may be all that was missing."""
    found = decide(journal, members_of(journal))
    for _ in range(_MOST_TRIES):
        if isinstance(found, Ready):
            return carry_out(journal, found)
        if found is None or found.silent or found.otherwise:
            break
        found = decide(journal, members_of(journal))
    return found if not isinstance(found, Ready) else carry_out(journal, found)


def _waiting(members: Members, what: tuple[Cut, str, tuple[str, ...]]) -> Waiting:
    names = (name for name in sorted(members.named_s) if name != members.own)
    others = {name: last_said(members.compactions, name, what[0]) for name in names}
    return Waiting(
        cut=what[0], silent=tuple(name for name, one in others.items() if one is None),
        otherwise=tuple(name for name, one in others.items() if one is not None and one.what != what),
    )  # fmt: skip


def _own_up(journal: JournalFile, members: Members) -> None:
    """State what has left here where nobody has: two records that were cut apart have become one."""
    last, digest = done(journal)
    if not digest:
        return
    gaps = journal.gaps()
    if digest != gaps_digest(gaps):
        digest = note_left(journal)
    if digest not in {one.digest for one in members.compactions if one.is_done}:
        names = tuple(sorted(members.named_s))
        stated = Statement(
            site=journal.site, cut=last, digest=digest, sites=names, said_s=journal.now_s(), is_done=True
        )
        _say(journal, stated, gaps, "system")


def _given(journal: JournalFile, members: Members, whole: Sequence[Statement], last: Cut) -> Ready | None:
    """Return what another site has carried out already and handed over, where that is to hold here too.

    It is where all agreed on it; and where nothing of it is here, so that nothing leaves: a site came later.
    """
    digest = handed_digest(journal)
    said = next((one for one in whole if one.digest == digest), None)
    if said is None and last == NO_CUT and digest:
        stated = (one for one in members.compactions if one.is_done and one.digest == digest)
        said = max(stated, key=lambda one: one.cut, default=None)
        said = None if said is None or count_within(journal, handed(journal)) else said
    gaps = handed(journal) if said is not None else ()
    return Ready(statement=said, gaps=gaps) if said is not None and _holds_ends(journal, gaps) else None


def _may_leave(entry: Entry, cut: Cut) -> bool:
    """Whether an entry may leave at all, whoever says so."""
    return is_private(entry.kind) and entry.said_s < cut.before_s


def _over(journal: JournalFile, members: Members, cut: Cut) -> set[str]:
    """Return the matters that leave whole."""
    ends = journal.ends()
    own = journal.chain()
    lasts = {(end.label, end.number) for end in ends if end.label != own}  # more comes of it, what we say now
    forked = {chain for chain, count in Counter(end.chain for end in ends).items() if count > 1}
    unsure = forked | set(members.forked)
    state, staying = State(), set[str]()
    for label, number, kept in rows_of(journal, READ_NOUNS):
        entry = read_entry(kept.body)
        if entry.said_s >= cut.until_s:
            continue
        state.take(entry)
        is_late = entry.said_s >= cut.before_s or not is_known(entry)
        if is_late or (label, number) in lasts or chain_of(label) in unsure:
            staying.add(entry.subject)
    return set(over(state, staying)) - staying


def _holds_ends(journal: JournalFile, gaps: Sequence[Gap]) -> bool:
    """Whether all chains are known here to behind what has left of them elsewhere."""
    heads = journal.heads()
    return all(heads.get(gap.label, 0) > gap.last for gap in gaps)


def _state(journal: JournalFile, plan: Plan, names: tuple[str, ...], by: str) -> None:
    stated = Statement(
        site=journal.site, cut=plan.cut, digest=plan.digest, sites=names, said_s=journal.now_s()
    )
    _say(journal, stated, plan.gaps, by)


def _say(journal: JournalFile, stated: Statement, gaps: Sequence[Gap], by: str) -> None:
    payload = {
        "before_s": stated.cut.before_s, "until_s": stated.cut.until_s, "digest": stated.digest,
        "entries": float(entries_count(gaps)), "sites": list(stated.sites),
        **({"done": True} if stated.is_done else {}),
    }  # fmt: skip
    subject = moment_text(stated.cut.before_s)
    journal.append([Draft(kind=COMPACTED, subject=subject, payload=payload, by=by)])
