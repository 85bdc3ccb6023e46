"""What was discovered of drawn traffic beside its truth: numbers, counts, and what nobody could see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from drawn_traffic import Truth, places, sources

Found = dict[str, Any]
COUNTED = ("sources", "pool", "jitter", "retries", "kind")
"""What is right or wrong, and has no interval."""


@dataclass(frozen=True)
class Told:
    """One thing that was told, or not (`value` is None)."""

    name: str
    truth: Any
    value: Any
    low: float | None = None
    high: float | None = None

    @property
    def is_number(self) -> bool:
        """Whether it has an interval."""
        return self.low is not None

    @property
    def is_inside(self) -> bool:
        """Whether the truth lies in its interval."""
        return self.low <= self.truth <= self.high

    @property
    def off_ratio(self) -> float:
        """How far it is from the truth."""
        return abs(self.value - self.truth) / self.truth

    @property
    def width_ratio(self) -> float:
        """How wide its interval is."""
        return (self.high - self.low) / self.value


def told(found: Found, truth: Truth) -> Iterator[Told]:
    """Yield everything of a truth that a record could show, as what was discovered has it."""
    of = _groups(found, truth)
    own = sources(truth)
    for name, wanted in own.items():
        group = of.get((name, name in ("pods", "keep", "bus")))
        told_sources = None if group is None else sorted(group["sources"])
        yield Told(f"{name}.sources", sorted(wanted), told_sources)
    checks = of.get(("pods", False))
    yield Told("checks.sources", sorted(own["pods"]), checks and sorted(checks["sources"]))
    yield from _of_kept(of, truth)
    for name, key, quantity in (
        ("web", "think_s", "think_s"), ("retry", "think_s", "think_s"), ("open", "rate_per_s", "rate_per_s"),
        ("dns", "rate_per_s", "rate_per_s"),
    ):  # fmt: skip
        yield _number(f"{name}.{key}", truth[name][key], (of.get((name, False)) or {}).get(quantity))
    yield from _of_failures(of, truth)
    yield from _of_spells(found, truth)


def _of_kept(of: dict[Any, Found], truth: Truth) -> Iterator[Told]:
    for name in ("pods", "bus"):
        pool = (of.get((name, True)) or {}).get("pool")
        told_pool = round(pool["value"]) if pool and pool["count"] else None
        yield Told(f"{name}.pool", truth[name]["pool"], told_pool)
    keep, bus, pods = (of.get((name, True)) or {} for name in ("keep", "bus", "pods"))
    yield _number("keep.idle_s", truth["keep"]["idle_s"], keep.get("idle_s"))
    yield _number("keep.think_s", truth["keep"]["think_s"], keep.get("think_s"))
    yield _number("bus.age_s", truth["bus"]["age_s"], bus.get("age_s"))
    if _fails(truth, "api", "restart"):
        spread = (pods.get("failing") or {}).get("spread_s")
        yield _number("pods.spread_s", truth["pods"]["spread_s"], spread)


def _of_failures(of: dict[Any, Found], truth: Truth) -> Iterator[Told]:
    retry, opened, hidden = (
        ((of.get((name, False)) or {}).get("failing") or {}) for name in ("retry", "open", "hidden")
    )
    law, told_law = truth["retry"], retry.get("law") or {}
    if _fails(truth, "api", "refused"):
        yield _number("retry.base_s", law["base_s"], told_law.get("base_s"))
        yield Told("retry.jitter", law["jitter"], told_law.get("jitter"))
        yield _number("retry.factor", law["factor"], told_law.get("factor"))
        ends = told_law.get("retries_count") if told_law else None
        if law["retries"] is not None or ends is not None:
            yield Told("retry.retries", law["retries"], ends)
        if told_law.get("cap_s") is not None:
            yield _number("retry.cap_s", law["cap_s"], told_law["cap_s"])
    if _fails(truth, "api", "silent"):
        yield _number("retry.timeout_s", law["timeout_s"], retry.get("timeout_s"))
        yield _number("open.timeout_s", truth["open"]["timeout_s"], opened.get("timeout_s"))
    if _fails(truth, "web", "silent"):
        behind = hidden.get("hidden") or {}
        yield _number("hidden.count", truth["hidden"]["count"], behind.get("count"))
        yield _number("hidden.think_s", truth["hidden"]["think_s"], behind.get("think_s"))


def _of_spells(found: Found, truth: Truth) -> Iterator[Told]:
    for one in truth["fails"]:
        spells = _place(found, one["place"])["spells"]
        near = [each for each in spells if abs(each["begin_s"] - one["at_s"]) < 2.0]
        yield Told(f"spell.{one['how']}.kind", one["how"], near[0]["how"] if near else None)


def invented(found: Found, truth: Truth) -> Iterator[str]:
    """Yield what was given and could not be seen, or is not there."""
    of = _groups(found, truth)
    failed = {(one["place"], one["how"]) for one in truth["fails"]}
    for place in places():
        for spell in _place(found, place)["spells"]:
            if (place, spell["how"]) not in failed:
                yield f"a spell at {place} that is {spell['how']}"
    for (name, is_kept), group in of.items():
        failing = group["failing"]
        could = {
            "timeout_s": name in ("retry", "open"),
            "hidden": name == "hidden" and ("web", "silent") in failed,
            "spread_s": (name, is_kept) == ("pods", True),
            "law": name == "retry" or not (failing["law"] or {}).get("base_s"),
        }
        for what, is_there in could.items():
            if failing[what] is not None and not is_there:
                yield f"{what} of {name}"
    for place in found["places"]:
        for group in place["populations"]:
            if group not in of.values():
                yield f"a group of {len(group['sources'])} at {place['port']}"


def _fails(truth: Truth, place: str, how: str) -> bool:
    return any((one["place"], one["how"]) == (place, how) for one in truth["fails"])


def _number(name: str, truth: float, given: Found | None) -> Told:
    if given is None or given["is_doubted"]:
        return Told(name, truth, None)
    return Told(name, truth, given["value"], given["low"], given["high"])


def _place(found: Found, name: str) -> Found:
    address, port = places()[name]
    none = {"spells": [], "populations": []}
    return next((one for one in found["places"] if (one["address"], one["port"]) == (address, port)), none)


def _groups(found: Found, truth: Truth) -> dict[tuple[str, bool], Found]:
    """Return the discovered group that has most of the sources of each population, kept or not."""
    best: dict[tuple[str, bool], Found] = {}
    for name, wanted in sources(truth).items():
        for place in found["places"]:
            for group in place["populations"]:
                common = len({*wanted} & {*group["sources"]})
                key = name, group["is_kept"]
                before = best.get(key)
                if common > len({*wanted} & {*(before or {"sources": []})["sources"]}):
                    best[key] = group
    return best
