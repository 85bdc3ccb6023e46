"""What does somebody want to change, and who asks whether it may be? The same for every contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tidegate.gate.change.plan import Plan, SizeChange


@dataclass(frozen=True, kw_only=True)
class Intent:
    """A change that has not happened yet, as a caller asks about it.

    Parameters
    ----------
    caller
        Which contract it came by: "admission", "flagger", "check" …
    plan
        What changes, and under the name of which system a world knows it.
    reference
        What the caller calls this question: the same again is the same question.
    asked_by
        Who wants it, as far as the caller says.
    is_trial
        Whether nothing happens whatever is answered (a dry run, a speculative plan).
    is_at_once
        Whether it happens as soon as it is let through, and not some time later.
    override
        Why it is to be let through whatever is known; empty where nobody says so.
    override_until_s
        Until when that is said, in seconds since 1970; None where it stands until it is taken back.
    """

    caller: str
    plan: Plan
    reference: str = ""
    asked_by: str = ""
    is_trial: bool = False
    is_at_once: bool = False
    override: str = ""
    override_until_s: float | None = None

    @property
    def growth(self) -> tuple[SizeChange, ...]:
        """What of it grows."""
        return tuple(change for change in self.plan.changes if change.grows)

    @property
    def only_growth(self) -> SizeChange | None:
        """The one thing that changes, where it is one that grows from a known size to a known size."""
        if len(self.plan.changes) != 1 or self.plan.reconnects or self.plan.doubts:
            return None
        [change] = self.plan.changes
        if change.is_allowed or change.unit:
            return None
        if any(address != change.address for address, _ in self.plan.resources):
            return None
        is_known = change.before_count is not None and change.after_count is not None
        return change if is_known and change.grows else None

    @property
    def may_harm(self) -> bool:
        """Whether anything grows, has to connect anew, or is in doubt."""
        return bool(self.growth or self.plan.reconnects or self.plan.doubts)

    @property
    def is_harmless(self) -> bool:
        """Whether it cannot harm, and nothing else changes that a world may know."""
        return not (self.may_harm or self.plan.resources)

    def at(self, now_s: float) -> Intent:
        """Return it as it is at a moment: an override whose time is over is none."""
        is_over = self.override_until_s is not None and self.override_until_s <= now_s
        return replace(self, override="") if is_over else self

    def begun_at(self, floors: Mapping[str, int]) -> Intent:
        """Return the same change as if it had begun at the sizes stated by address, where these are less."""
        changes = tuple(
            replace(one, before_count=min(one.before_count, floors.get(one.address, one.before_count)))
            if one.before_count is not None
            else one
            for one in self.plan.changes
        )
        return replace(self, plan=replace(self.plan, changes=changes))


@dataclass(frozen=True, kw_only=True)
class Resized:
    """One thing that changes its size.

    Parameters
    ----------
    address, aliases
        What it is called there, and further names by which a world may know it.
    before_count, after_count
        Its size now and then; None where that is not known.
    attribute
        What the size is called there.
    """

    address: str
    before_count: int | None
    after_count: int | None
    aliases: tuple[str, ...] = ()
    attribute: str = "replicas"


def resizing(system: str, *resized: Resized, doubts: tuple[str, ...] = (), from_memory: bool = False) -> Plan:
    """Return a plan in which some things change their size.

    Parameters
    ----------
    system
        Under which name of `known_as` a world knows them.
    resized
        What changes.
    doubts
        Sentences on why the plan cannot be relied on.
    from_memory
        Whether the sizes that stand are only said: then one that stays as it is may grow after all.
    """
    changes = tuple(
        SizeChange(
            address=one.address,
            attribute=one.attribute,
            before_count=one.before_count,
            after_count=one.after_count,
            unknown_why="is not said",
        )
        for one in resized
        if from_memory or one.before_count is None or one.before_count != one.after_count
    )
    aliases = {one.address: one.aliases for one in resized if one.aliases}
    return Plan(changes=changes, system=system, aliases=aliases, doubts=doubts)


def names_in_kubernetes(kind: str, namespace: str, name: str) -> tuple[str, ...]:
    """Return the shorter names of a workload, beside that of version, kind, namespace and name."""
    small = kind.lower()
    return (f"{namespace}/{small}/{name}", f"{small}/{namespace}/{name}", f"{namespace}/{name}")
