"""By which names does a world know a thing, and which have all in common who ask about it? One each."""

from __future__ import annotations

from collections import Counter

from tidegate.gate.asking.intent import names_in_kubernetes
from tidegate.world.world import World

SECTIONS = ("activities", "clients", "services")
_NAMED = (*SECTIONS, "crossings")
_PARTS_IN_KUBERNETES = 3


def known_names(world: World) -> dict[tuple[str, str], str]:
    """Return the names of what may change by system and name: each as the world writes it, and shorter."""
    found: dict[tuple[str, str], str] = {}
    shorter: dict[tuple[str, str], set[str]] = {}
    for section in SECTIONS:
        for noun in getattr(world, section).values():
            for system, name in noun.known_as.items():
                found[system, name] = name
                parts = name.split("/")
                if system == "kubernetes" and len(parts) >= _PARTS_IN_KUBERNETES:
                    for short in names_in_kubernetes(*parts[-3:]):
                        shorter.setdefault((system, short), set()).add(name)
    only = {key: next(iter(names)) for key, names in shorter.items() if len(names) == 1}
    return only | found


def common_names(world: World) -> dict[tuple[str, str], tuple[str, str] | None]:
    """Return by system and name the first of all names that the same thing has: one for all who call it.

    None stands for what is the name of several things, which have no other in common. Kubernetes goes first,
    as a cluster shows it, then the system of the most things.
    """
    known = [noun.known_as for section in _NAMED for noun in getattr(world, section).values()]
    counted = Counter(system for names in known for system in names)
    found: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for names in known:
        first = min(names, key=lambda one: (one != "kubernetes", -counted[one], one), default="")
        for system, name in names.items():
            found.setdefault((system, name), set()).add((first, names[first]))
    return {key: next(iter(firsts)) if len(firsts) == 1 else None for key, firsts in found.items()}


def is_another_kind(name: str, address: str, own: str) -> bool:
    """Whether two of Kubernetes have but a bare name in common: each kind may have one of that name."""
    kinds = {one.split("/")[-_PARTS_IN_KUBERNETES].lower() for one in (address, own) if _says_kind(one)}
    return name.count("/") == 1 and len(kinds) > 1


def _says_kind(name: str) -> bool:
    return name.count("/") >= _PARTS_IN_KUBERNETES
