"""Plain JSON, for whatever has no contract of its own.

    POST /check
    {"system": "kubernetes", "changes": [{"address": "apps/v1/Deployment/prod/shop", "from": 40, "to": 120}]}

The answer is always 200 where the question was understood: who asks reads `verdict`, and `allow` is what the
gate's mode makes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.errors import Fault, InputError
from tidegate.gate.asking.intent import Intent, Resized, resizing
from tidegate.gate.asking.message import Asked, Heard, Reply
from tidegate.gate.asking.ruling import Policy, Ruling
from tidegate.gate.change.plan import Plan

MOST_CHANGES = 1_000
MOST_COUNT = 10_000_000
_OWN_KEYS = frozenset({"reference", "asked_by", "trial", "override"})
_PLAN_KEYS = frozenset({"system", "changes"})
_CHANGE_KEYS = frozenset({"address", "aliases", "from", "to"})


class Plain:
    """The contract of `/check`."""

    name = "check"
    methods: tuple[str, ...] = ("POST",)

    def intent(self, heard: Heard) -> Intent | None:
        """Return what is asked about.

        Raises
        ------
        InputError
            With all that is wrong with the body.
        """
        document = heard.document()
        faults: list[Fault] = []
        lines = {key: _line(document, key, faults) for key in ("reference", "asked_by", "override")}
        trial = document.get("trial", False)
        if not isinstance(trial, bool):
            faults.append(Fault(what="is no truth value", path="trial", allowed="true, false"))
        plan = stated_plan(document, faults, beside=_OWN_KEYS)
        if faults:
            raise InputError(*faults)
        return Intent(
            caller=self.name,
            plan=plan,
            reference=lines["reference"],
            asked_by=lines["asked_by"],
            is_trial=bool(trial),
            override=" ".join(lines["override"].split()),
        )

    def reply(self, asked: Asked, policy: Policy) -> Reply:
        """Return the ruling as it is."""
        happens = not asked.is_held_up(policy)
        return Reply(document={"allow": happens, **said_of(asked.ruling)}, happens=happens)

    def nothing(self, _heard: Heard) -> Reply:
        """Return an empty answer; this contract always asks something."""
        return Reply(status=204)

    def refusal(self, error: InputError, _policy: Policy) -> Reply:
        """Return every fault of the body."""
        faults = [{"what": one.what, "path": one.path, "allowed": one.allowed} for one in error.faults]
        return Reply(status=400, document={"error": "the question cannot be read", "faults": faults})


def stated_plan(
    document: Mapping[str, Any], faults: list[Fault], *, path: str = "", beside: frozenset[str] = frozenset()
) -> Plan:
    """Return the plan that `system` and `changes` of a JSON object state.

    Parameters
    ----------
    document
        The object.
    faults
        Taken down into it is all that is wrong; where something is, the plan is none.
    path
        Where the object stands; empty for the body itself.
    beside
        Keys that may stand there too.
    """
    keys, prefix = _PLAN_KEYS | beside, f"{path}." if path else ""
    faults += [
        Fault(what="is an unknown key", path=f"{prefix}{key}", allowed=", ".join(sorted(keys)))
        for key in sorted(set(document) - keys)
    ]
    system = _line(document, "system", faults, prefix) or "kubernetes"
    changes = document.get("changes")
    if not isinstance(changes, list) or not 1 <= len(changes) <= MOST_CHANGES:
        allowed = f"a list of 1 to {MOST_CHANGES:,} changes"
        faults.append(Fault(what="is missing or no such list", path=f"{prefix}changes", allowed=allowed))
        return Plan(changes=())
    resized = (_resized(one, f"{prefix}changes.{i}", faults) for i, one in enumerate(changes))
    return resizing(system, *resized, from_memory=True)


def said_of(ruling: Ruling) -> Mapping[str, Any]:
    """Return a ruling as JSON says it."""
    return {
        "verdict": ruling.verdict,
        "why": ruling.why,
        "allowed": ruling.allowed_count,
        "again_in_s": None if ruling.again_in_s is None else round(ruling.again_in_s, 1),
        "world": ruling.world,
        "activity": ruling.activity,
        "evidence": ruling.evidence,
    }


def _line(document: Mapping[str, Any], key: str, faults: list[Fault], prefix: str = "") -> str:
    found = document.get(key, "")
    if not isinstance(found, str) or len(found) > 500 or "\n" in found:
        faults.append(
            Fault(what="is no short text", path=f"{prefix}{key}", allowed="a line of at most 500 characters")
        )
        return ""
    return found


def _resized(found: object, path: str, faults: list[Fault]) -> Resized:
    if not isinstance(found, dict):
        faults.append(Fault(what="is no JSON object", path=path, allowed="address, from and to"))
        return Resized(address="", before_count=None, after_count=None)
    allowed = ", ".join(sorted(_CHANGE_KEYS))
    faults += [
        Fault(what="is an unknown key", path=f"{path}.{key}", allowed=allowed)
        for key in sorted(set(found) - _CHANGE_KEYS)
    ]
    address = _line(found, "address", faults, f"{path}.")
    if not address:
        faults.append(
            Fault(what="is missing", path=f"{path}.address", allowed="the name by which a world knows it")
        )
    aliases = found.get("aliases", [])
    if not isinstance(aliases, list) or not all(isinstance(one, str) for one in aliases):
        faults.append(Fault(what="is no list of names", path=f"{path}.aliases", allowed="further names"))
        aliases = []
    counts = [_count(found, key, f"{path}.{key}", faults) for key in ("from", "to")]
    return Resized(address=address, before_count=counts[0], after_count=counts[1], aliases=tuple(aliases))


def _count(found: Mapping[str, Any], key: str, path: str, faults: list[Fault]) -> int | None:
    count = found.get(key)
    if isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= MOST_COUNT:
        return count
    faults.append(Fault(what="is no size", path=path, allowed=f"a whole number from 0 to {MOST_COUNT:,}"))
    return None
