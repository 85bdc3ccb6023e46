"""How does each ruling come on record? Behind the answer, many at a time: no disk stands in anybody's way.

What could not be kept is counted and told; it holds nothing up.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from tidegate import __version__
from tidegate.adapters.store.journal_begin import open_or_begin
from tidegate.errors import TidegateError
from tidegate.gate.asking.intent import Intent
from tidegate.gate.asking.message import Asked, Reply
from tidegate.gate.asking.ruling import Policy, Ruling
from tidegate.gate.asking.worked_out import key_of
from tidegate.gate.change.plan import merged
from tidegate.journal.entry import Draft, Entry, new_id

_LOG = logging.getLogger("tidegate.gate")
_MOST_WAITING = 10_000
_MOST_AT_ONCE = 500
_LONGEST_LINE_BYTES = 400
_MOST_ITEMS = 1_000
_LONGEST_TEXT = 2_000


class Ledger:
    """Keeps rulings in a journal.

    Parameters
    ----------
    folder
        Of the journal.
    policy
        What the gate is set to do.
    lost
        Called with how many rulings could not be kept.
    """

    def __init__(self, folder: Path, policy: Policy, *, lost: Callable[[int], None]) -> None:
        self._journal = open_or_begin(folder, site="gate")
        self._policy = policy
        self._lost = lost
        self._waiting: queue.Queue[Draft | None] = queue.Queue(_MOST_WAITING)
        self._thread = threading.Thread(target=self._write, name="ledger", daemon=True)
        self._thread.start()

    def take_down(self, asked: Asked, reply: Reply, is_sure: bool = True) -> None:
        """Take a ruling down, and whether what it lets through is sure to happen; returns at once."""
        if asked.intent.is_trial:
            return
        try:
            self._waiting.put_nowait(self._draft(asked, reply, is_sure))
        except queue.Full:
            self._lost(1)

    def _draft(self, asked: Asked, reply: Reply, is_sure: bool) -> Draft:
        intent, ruling = asked.intent, asked.ruling
        payload: dict[str, object] = {
            "caller": intent.caller,
            "about": key_of(intent.plan)[:_LONGEST_TEXT],
            "asked_by": _line(intent.asked_by),
            "verdict": ruling.verdict,
            "why": ruling.why[:_LONGEST_TEXT],
            "world": _line(ruling.world),
            "activity": _line(ruling.activity),
            "mode": self._policy.mode.value,
            "through": reply.happens and reply.to_count is None,
            "override": _line(intent.override),
        }
        payload |= _asked(intent) | _grounds(ruling)
        payload |= {} if ruling.allowed_count is None else {"allowed": ruling.allowed_count}
        payload |= {} if reply.to_count is None else {"to": reply.to_count}
        payload |= {} if is_sure or not reply.happens else {"unsure": True}
        kept = {key: said for key, said in payload.items() if said not in ("", {}, [])}
        return Draft(
            kind="ruling.given", subject=new_id(os.urandom(10)), payload=kept, at_s=self._journal.now_s()
        )

    def _write(self) -> None:
        while True:
            first = self._waiting.get()
            drafts = [first]
            while len(drafts) < _MOST_AT_ONCE and drafts[-1] is not None:
                try:
                    drafts.append(self._waiting.get_nowait())
                except queue.Empty:
                    break
            self._append([one for one in drafts if one is not None])
            if drafts[-1] is None:
                return

    def _append(self, drafts: list[Draft]) -> None:
        if not drafts:
            return
        try:
            self._journal.append(drafts)
        except TidegateError as error:
            self._lost(len(drafts))
            _LOG.error("rulings could not be kept", extra={"count": len(drafts), "why": str(error)[:500]})

    def last(self, most_count: int) -> Iterator[Entry]:
        """Yield the last entries, the oldest of them first."""
        after = max(sum(self._journal.heads().values()) - most_count, 0)
        for _, entry in self._journal.entries(after=after):
            yield entry

    def close(self) -> None:
        """Write down what waits, and let the journal go."""
        self._waiting.put(None)
        self._thread.join()
        self._journal.close()


def _asked(intent: Intent) -> dict[str, object]:
    """Return what was asked: sizes by address, so that what happened can be read later."""
    plan = intent.plan
    changes = [one for one in merged(plan.changes) if not one.unit]
    # One thing has one line: what happens to it goes before how far its scaler may go.
    sizes = {
        _line(one.address): f"{_size(one.before_count)} {'at most' if one.is_allowed else 'to'} "
        f"{_size(one.after_count)}"
        for one in sorted(changes, key=lambda one: not one.is_allowed)
    }
    anew = [_line(one.address) for one in plan.reconnects[:_MOST_ITEMS]]
    also = {
        _line(name): _line(address)
        for address in dict.fromkeys((*(one.address for one in plan.changes), *anew))
        for name in plan.aliases.get(address, ())
    }
    said = {"sizes": sizes, "also": also}
    kept = {key: dict([*words.items()][:_MOST_ITEMS]) for key, words in said.items()}
    return {"system": _line(plan.system), "anew": anew, "reference": _line(intent.reference), **kept}


def _size(count: int | None) -> str:
    return "unknown" if count is None else str(count)


def _grounds(ruling: Ruling) -> dict[str, object]:
    """Return what it was said on."""
    grounds = ruling.grounds
    if grounds is None:
        return {}
    said: dict[str, object] = {
        "judged": grounds.judged[:_LONGEST_TEXT],
        "settles": grounds.settles_s,
        "digest": grounds.digest,
        "version": __version__,
        "evidence": _line(ruling.evidence),
        "numbers": {_line(path): _line(number) for path, number in grounds.numbers.items()},
    }
    said |= {} if grounds.seed is None else {"seed": grounds.seed}
    return said | ({"runs": grounds.runs_count} if grounds.runs_count else {})


def _line(text: str) -> str:
    """Return a text as one line that fits into a field, whatever letters it has."""
    line = " ".join(text.encode(errors="replace").decode().replace("\0", "").split())
    return line.encode()[:_LONGEST_LINE_BYTES].decode(errors="ignore")
