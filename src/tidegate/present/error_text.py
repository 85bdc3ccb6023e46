"""What is wrong with an input, and how is it mended? All faults at once, each where it stands.

Nothing here decides what is a fault; see `tidegate.errors`.
"""

from __future__ import annotations

from tidegate.errors import Fault, InputError
from tidegate.present.layout import plain, wrap
from tidegate.present.quantities import NO_BREAK

_BOLD, _OFF = "\x1b[1m", "\x1b[0m"


def error_text(error: InputError, *, colour: bool, width: int) -> str:
    """Return every fault of an input: place, path, value, what is allowed and the nearest name.

    Ends in a line break. No line is wider than `width` (taken as 30 below that).
    """
    faults = error.faults
    count = f"{len(faults)} thing{'s' if len(faults) != 1 else ''} to mend"
    room = max(width, 30)
    lines = wrap(f"The input cannot be used: {count}.", room)
    for fault in faults:
        lines.append("")
        lines.extend(_fault_lines(fault, colour=colour, width=room))
    return "\n".join(lines).replace(NO_BREAK, " ") + "\n"


def _fault_lines(fault: Fault, *, colour: bool, width: int) -> list[str]:
    where = ": ".join(part for part in (str(fault.place) if fault.place else "", fault.path) if part)
    what = f"{fault.what[:1].upper()}{fault.what[1:]}" + (f": {fault.value}" if fault.value else "")
    lines: list[str] = []
    if where:
        heads = wrap(_clean(where), width - 2)
        lines.extend(f"  {_BOLD}{head}{_OFF}" if colour else f"  {head}" for head in heads)
    details = [what]
    if fault.nearest:
        details.append(f"Did you mean {fault.nearest}?")
    if fault.allowed:
        details.append(f"Allowed: {fault.allowed}")
    for detail in details:
        lines.extend(f"    {line}" for line in wrap(_clean(detail), width - 4))
    return lines


def _clean(text: str) -> str:
    return plain(text, unicode=True)
