"""How do cases read on a terminal? One line each, or one with its thread."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.journal.entry import Entry
from tidegate.journal.moment import moment_text
from tidegate.present.layout import cut, plain
from tidegate.present.record.outage_text import span_text
from tidegate.track.case import Case

_WHO = {"case.received": "customer", "case.reopened": "customer: still broken", "case.replied": "we"}


def cases_text(cases: Sequence[Case], now_s: float, *, width: int, unicode: bool) -> str:
    """Return one line a case, in the order in which they are to be answered; ends in a line break."""
    if not cases:
        return "No case is open. `tidegate case new TEXT` takes one in.\n"
    lines = []
    for one in cases:
        wait = span_text(now_s - one.received_s) if one.received_s is not None else "?"
        about = one.title or ", ".join(one.components) or ("me too" if one.is_me_too else "")
        belongs = f"outage {one.outage}" if one.outage else "no outage"
        line = f"{one.id}  {one.state.value:<8} {wait:>10}  {belongs:<19}  {about}"
        lines.append(cut(plain(line, unicode=unicode).rstrip(), width, unicode=unicode))
    return "\n".join(lines) + "\n"


def case_text(one: Case, entries: Sequence[Entry]) -> str:
    """Return a case with what was said."""
    lines = [f"{one.id}  {one.state.value}"]
    told = {"subject": one.title, "contact": one.contact, "segment": one.segment, "outage": one.outage}
    lines += [f"  {name}: {text}" for name, text in told.items() if text]
    for entry in entries:
        if entry.kind in _WHO:
            lines += ["", f"  {moment_text(entry.said_s)}  {_WHO[entry.kind]}"]
            lines += [f"    {line}" for line in entry.payload.get("text", "").split("\n")]
    return "\n".join(lines)
