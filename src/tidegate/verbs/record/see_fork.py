"""Somebody has looked into a chain that goes on in two ways: say so, and the alarm ends. The fork stays."""

from __future__ import annotations

from tidegate.adapters.store.journal_file import JournalFile
from tidegate.errors import Fault, InputError
from tidegate.journal.chain_name import site_of
from tidegate.journal.entry import Draft
from tidegate.verbs.record.site import members_of


def see_fork(journal: JournalFile, chain: str, *, because: str, by: str) -> bool:
    """Write down that somebody looked into a fork; return whether other sites believe it from here.

    Parameters
    ----------
    journal
        The open journal.
    chain
        The chain, as the list of sites names it.
    because
        What was found, or done.
    by
        Who looked.

    Raises
    ------
    InputError
        If that chain does not fork, or nothing is said of what was found.
    """
    forked = members_of(journal).forked
    faults = []
    if chain not in forked:
        allowed = ", ".join(sorted(forked)) or "there is none"
        what = "is no chain that goes on in two ways"
        faults.append(Fault(what=what, path="CHAIN", value=chain[:80], allowed=allowed))
    if not because.strip():
        allowed = "what was found or done, such as “a copied folder was started, and is stopped”"
        faults.append(Fault(what="is empty", path="because", allowed=allowed))
    if faults:
        raise InputError(*faults)
    payload = {"number": float(forked[chain]), "because": because.strip()}
    journal.append([Draft(kind="site.fork_seen", subject=chain, payload=payload, by=by)])
    return site_of(chain) != journal.site
