"""How many connections may be open? So many that journal, pages and notices never lack a descriptor."""

from __future__ import annotations

import resource

from tidegate.errors import Fault, InputError

WANTED_COUNT = 8192
MOST_CONNECTIONS_COUNT = 4096
RESERVED_COUNT = 448
"""For the journal, the site, notices, mail, and the connections that a turn of the loop accepts too many."""
FEWEST_COUNT = 512


def room_for_connections() -> int:
    """Let this process open as many files as it may; return how many of them may be connections.

    Raises
    ------
    InputError
        If it may open too few to serve at all.
    """
    soft_count, hard_count = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted_count = WANTED_COUNT if hard_count == resource.RLIM_INFINITY else min(WANTED_COUNT, hard_count)
    if soft_count != resource.RLIM_INFINITY and soft_count < wanted_count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted_count, hard_count))
        soft_count = wanted_count
    if soft_count == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS_COUNT
    if soft_count < FEWEST_COUNT:
        what, allowed = "this process may open too few files", f"ulimit -n {FEWEST_COUNT} or more"
        raise InputError(Fault(what=what, value=str(soft_count), allowed=allowed))
    return min(MOST_CONNECTIONS_COUNT, soft_count - RESERVED_COUNT)
