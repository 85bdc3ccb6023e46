"""What does a gate that begins anew know of what goes on? What its record says was let through."""

from __future__ import annotations

import logging

from tidegate.errors import TidegateError
from tidegate.gate.asking.kept_step import kept_step
from tidegate.server.gate.gate_ledger import Ledger
from tidegate.verbs.gate import Gate

_LOG = logging.getLogger("tidegate.gate")
MOST_READ = 20_000
"""Of the last rulings: at 200 a second more than any step is under way for, and read within a second."""


def remember(gate: Gate, ledger: Ledger) -> None:
    """Take in what was let through before, as if it had been let through now by this gate.

    Parameters
    ----------
    gate
        Takes it in.
    ledger
        Has it on record.
    """
    count = 0
    try:
        for entry in ledger.last(MOST_READ):
            step = kept_step(entry.payload) if entry.kind == "ruling.given" else None
            if step is not None:
                gate.let_through(step.intent, entry.at_s, to_count=step.to_count, is_sure=step.is_sure)
                count += 1
    except TidegateError as error:
        _LOG.error("what went on before cannot be read", extra={"why": str(error)[:500]})
    _LOG.info("what was let through before was read", extra={"count": count})
