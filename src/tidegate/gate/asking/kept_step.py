"""What happened after a ruling that is on record? So that a gate that begins anew knows what is not over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.gate.asking.intent import Intent
from tidegate.gate.change.plan import Plan, Reconnect, SizeChange

_SIZES = re.compile(r"(\d{1,9}|unknown) to (\d{1,9}|unknown)", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class KeptStep:
    """What was let through.

    Parameters
    ----------
    intent
        As it was asked.
    to_count
        The size that it was brought down to; None where it happened as it was asked for.
    is_sure
        Whether it was sure to happen.
    """

    intent: Intent
    to_count: int | None = None
    is_sure: bool = True


def kept_step(payload: Mapping[str, Any]) -> KeptStep | None:
    """Return what happened after a ruling; None where nothing did, or where the entry does not say what.

    Parameters
    ----------
    payload
        Of an entry ``ruling.given``.
    """
    sizes, anew, to_count = payload.get("sizes"), payload.get("anew"), payload.get("to")
    happened = payload.get("through") is True or isinstance(to_count, int)
    if not happened or not (sizes or anew):
        return None
    listed = sizes.items() if isinstance(sizes, dict) else ()
    changes = [one for address, text in listed if (one := _change(address, str(text))) is not None]
    caller = str(payload.get("caller", ""))
    plan = Plan(
        changes=tuple(changes),
        reconnects=tuple(Reconnect(address=str(one), why="was let through") for one in anew or ()),
        system=str(payload.get("system", "")),
        aliases=_aliases(payload.get("also")),
    )
    intent = Intent(caller=caller, plan=plan, is_at_once=caller.startswith("admission"))
    return KeptStep(
        intent=intent,
        to_count=to_count if isinstance(to_count, int) else None,
        is_sure=payload.get("unsure") is not True,
    )


def _aliases(also: object) -> Mapping[str, tuple[str, ...]]:
    """Return the further names of each address."""
    found: dict[str, tuple[str, ...]] = {}
    for name, address in also.items() if isinstance(also, dict) else ():
        found[str(address)] = (*found.get(str(address), ()), str(name))
    return found


def _change(address: str, text: str) -> SizeChange | None:
    """Return a change that was written down; what a scaler may do and does not do by itself is none."""
    found = _SIZES.fullmatch(text)
    if found is None:
        return None
    counts = [None if one == "unknown" else int(one) for one in found.groups()]
    return SizeChange(address=address, attribute="replicas", before_count=counts[0], after_count=counts[1])
