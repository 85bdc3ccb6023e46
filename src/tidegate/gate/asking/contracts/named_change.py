"""A change by its name and two sizes, where a caller carries words of the user's own (metadata, a query)."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.errors import Fault, InputError
from tidegate.gate.asking.contracts.plain import MOST_COUNT
from tidegate.gate.asking.intent import Resized, resizing
from tidegate.gate.change.plan import Plan


def named_change(words: Mapping[str, object], *, path: str, address: str = "", to_known: bool = True) -> Plan:
    """Return the change that words name: `address`, `from`, `to`, and `system` (kubernetes unless said).

    Parameters
    ----------
    words
        As the caller carries them; others are not ours.
    path
        What the caller calls them, for faults.
    address
        What changes where the words do not say it.
    to_known
        Whether `to` is to be said; else one more than `from` is asked about, for how far it may go.

    Raises
    ------
    InputError
        With all that is missing or no size.
    """
    faults: list[Fault] = []
    named = str(words.get("address") or address)
    if not named:
        allowed = "the name by which a world knows what grows"
        faults.append(Fault(what="is missing", path=f"{path}.address", allowed=allowed))
    before_count = _count(words.get("from"), f"{path}.from", faults)
    after_count = _count(words.get("to"), f"{path}.to", faults) if to_known else before_count + 1
    if faults:
        raise InputError(*faults)
    one = Resized(address=named, before_count=before_count, after_count=after_count)
    return resizing(str(words.get("system") or "kubernetes"), one, from_memory=True)


def _count(found: object, path: str, faults: list[Fault]) -> int:
    said = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
    if said.isascii() and said.isdecimal() and len(said) < 9 and int(said) <= MOST_COUNT:
        return int(said)
    value = "" if found is None else str(found)[:80]
    what = "is missing" if found is None else "is no size"
    allowed = f"a whole number from 0 to {MOST_COUNT:,}"
    faults.append(Fault(what=what, path=path, value=value, allowed=allowed))
    return 0
