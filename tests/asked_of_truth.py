"""What somebody answers who measures what a discovered world asks for: the number that its truth has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from drawn_traffic import Truth, sources
from tidegate.discover.address_list import named
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

Tree = dict[str, Any]
_PORTS = {"api": "443", "web": "80", "keep": "8080", "bus": "4222"}
_KEPT = ("pods", "keep", "bus")
_NONE = {"connections": 65_536, "think": "1h", "timeout": "30s"}
"""What the truth has none of: a limit of connections, and requests on the bus with their time-out."""


def true_services(tree: Tree) -> dict[str, str]:
    """Return what the services are called in a discovered world, by their names in a truth."""
    called = {one["known_as"]["address"].split(":")[-1]: name for name, one in tree["services"].items()}
    return {name: called[port] for name, port in _PORTS.items()}


def true_groups(tree: Tree, truth: Truth) -> dict[str, str]:
    """Return what the populations are called in a discovered world, by their names in a truth."""
    asking = sources(truth)
    asking["checks"] = asking["pods"]
    services = true_services(tree)
    at = {"pods": "api", "checks": "api", "open": "api", "retry": "api", "hidden": "web"}
    found = {}
    for name, wanted in asking.items():
        service = services.get(at.get(name, name))
        for group, one in tree["clients"].items():
            is_kept = one["connection"] != "per_request"
            asks = one["service"] == service and {*wanted} & named([one["known_as"]["addresses"]])
            if asks and is_kept == (name in _KEPT):
                found[name] = group
    return found


def with_answers(file: WorldFile, asked: Mapping[str, str], true: WorldFile) -> WorldFile:
    """Return a discovered world with the numbers of a truth at some paths.

    Parameters
    ----------
    file, true
        The discovered world, and the true one.
    asked
        Where the discovered one has each, and where the true one has.
    """
    return overlay(file, {path: _value(true, at) for path, at in asked.items()})


def true_path(path: str, names: Mapping[str, str]) -> str:
    """Return where a truth has what stands at a path of a discovered world."""
    section, name, *rest = path.split(".")
    true = {called: name for name, called in names.items()}
    return ".".join((section, true.get(f"{section}.{name}", f"{section}.{name}").split(".")[-1], *rest))


def _value(true: WorldFile, path: str) -> object:
    if path in true.estimates:
        return true.estimates[path].value
    here: Any = true.document
    for step in path.split("."):
        here = here[int(step)] if isinstance(here, list) else here.get(step) if here else None
    return _NONE[path.rsplit(".", maxsplit=1)[-1]] if here is None else here


def names_of(tree: Tree, truth: Truth) -> dict[str, str]:
    """Return what each place and population of a truth is called in a discovered world, with its section."""

    def sectioned() -> Iterator[tuple[str, str]]:
        for section, found in (("services", true_services(tree)), ("clients", true_groups(tree, truth))):
            yield from ((f"{section}.{name}", f"{section}.{called}") for name, called in found.items())

    return dict(sectioned())
