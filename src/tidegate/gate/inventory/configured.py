"""What do configurations of proxies, poolers, servers and kernels say of a listed world? As adopted.

They are read as `adopt` reads them. What one is about is taken from what there is: a proxy's is the only
entrance's, a packet filter's or a kernel's the only way out, a server's the only service of its kind; where
there are several, it is said how to adopt it by hand, and nothing is guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.inventory.flow_listing import figure_of
from tidegate.gate.inventory.joined import agreed
from tidegate.gate.inventory.seen_thing import (
    INSIDE,
    OUTSIDE,
    USERS,
    Basis,
    Figure,
    Inventory,
    Seen,
    stated,
)
from tidegate.gate.inventory.world_in_making import Tree, figure_tree
from tidegate.gate.settings.kernel import kernel_of, kernel_settings
from tidegate.gate.settings.kinds import server_kind
from tidegate.gate.settings.servers import read_server
from tidegate.protect.adopted import Adopted, Subjects, Understood
from tidegate.protect.targets import vendors
from tidegate.world.file.overlay import overlay
from tidegate.world.file.quantity import parse_quantity
from tidegate.world.file.read import from_document
from tidegate.world.file.shape import slot_at
from tidegate.world.file.was_read import WasRead
from tidegate.world.world import World

_ENTRANCES = frozenset({"haproxy", "nginx", "envoy"})
_WAYS_OUT = frozenset({"nftables"})
_LATE_RATIO = 0.05
_OWN_PORTS = (
    "ports of what the machine itself connects to, as a proxy does; what it translates may have others. "
    "`--device linux-source-ports` takes them"
)
_SERVERS = frozenset({"postgres", "mysql", "redis"})
Configuration = tuple[str, str, str]
"""A text, its name, and where and when it was read."""


def is_server(text: str, source: str) -> bool:
    """Whether a configuration is of a database's server or a kernel: read before the world is written."""
    return server_kind(text, source) in {*_SERVERS, "sysctl"}


def take_server(inventory: Inventory, configuration: Configuration) -> None:
    """Put what a server's or a kernel's configuration limits to the only thing that it can be about.

    Parameters
    ----------
    inventory
        Things, each once.
    configuration
        The text.
    """
    text, source, said = configuration
    kind = server_kind(text, source)
    inventory.sources.append(said)
    if kind == "sysctl":
        _take_kernel(inventory, text, source, said)
        return
    about = [one for one in inventory.seen if one.section == "services" and one.words.get("protocol") == kind]
    if len(about) != 1:
        names = ", ".join(one.name for one in about[:5]) or "none"
        inventory.unused[
            f"configuration of {kind}", f"nothing says which service it is of ({names}): {source}"
        ] += 1
        return
    server = read_server(kind, text, source)
    for key in ("connections", "reserved_connections"):
        number = server.numbers.get(key)
        if number is not None and number.value != "0":
            basis: Basis = "published" if number.setting is None else "measured"
            value = float(number.value)
            stands = number.setting.key if number.setting is not None else number.why or "its own default"
            found = Figure(value=value, low=value, high=value, basis=basis, source=f"{said}, {stands}")
            told = [found, *([about[0].figures[key]] if key in about[0].figures else [])]
            about[0].figures[key] = agreed(told, f"{about[0].name}: {key}", inventory.notes)
    about[0].words["connections_when_full"] = "refuse"
    inventory.notes.append(f"{source} is taken to be of {about[0].name}, the only {kind} there is")


def _take_kernel(inventory: Inventory, text: str, source: str, said: str) -> None:
    about = [
        one
        for one in inventory.seen
        if one.section == "crossings" and "linux" in str(one.words.get("device"))
    ]
    if len(about) != 1:
        what = (
            "nothing says of which machine between networks it is: `tidegate adopt WORLD --from FILE "
            "--crossing NAME`"
        )
        inventory.unused["settings of a kernel", f"{what} ({source})"] += 1
        return
    found = kernel_of(kernel_settings(text, source), str(about[0].words["device"]))
    stands = {row.means.partition("edge.")[2]: row.says.partition("=")[0] for row in found.rows if row.means}
    for path, value in _leaves(found.crossing):
        slot = slot_at(f"crossings.any.{path}")
        number = parse_quantity(str(value), slot.shape.unit if slot is not None else "")
        own = stated(number, f"{said}, {stands.get(path, path)}")
        about[0].figures[path] = _beside(about[0], path, own, inventory.notes)
    whys = (_why_unused(row) for row in found.rows if not row.means and row.why)
    for why, count in Counter(whys).items():
        inventory.unused["setting of a kernel", why] += count
    inventory.notes.append(
        f"{source} is taken to be of {about[0].name}, the only Linux machine between networks"
    )


def _why_unused(row: WasRead) -> str:
    return _OWN_PORTS if row.says.startswith("net.ipv4.ip_local_port_range") else row.why


def check_tables(inventory: Inventory, held_count: float) -> None:
    """Say of a table that was read that it is none of where flows were recorded, where more stood there.

    Parameters
    ----------
    inventory
        Things, each once.
    held_count
        Entries of a dump.
    """
    for one in inventory.seen:
        size = one.figures.get("table.entries")
        is_known = one.section == "crossings" and size is not None and size.basis != "assumed"
        if size is not None and is_known and held_count > size.high:
            inventory.notes.append(
                f"{one.name}: the table is said to have {size.high:,.0f} entries ({size.source}), and a dump "
                f"has {held_count:,.0f}: these are two machines, or it was made smaller since"
            )


def _beside(one: Seen, path: str, own: Figure, notes: list[str]) -> Figure:
    """Return what a kernel says of a number; where another measured it clearly otherwise, both."""
    other = one.figures.get(path)
    if other is None or other.basis != "measured":
        return own
    slack = _LATE_RATIO * own.value  # a timer is seen to end somewhat late
    if other.low - slack <= own.value <= other.high + slack:
        return own
    return agreed([own, other], f"{one.name}: {path}", notes)


def _leaves(tree: Mapping[str, Any], above: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in tree.items():
        found += (
            _leaves(value, f"{above}{key}.") if isinstance(value, Mapping) else [(f"{above}{key}", value)]
        )
    return found


def adopted_into(tree: Tree, configurations: Sequence[Configuration], inventory: Inventory) -> Tree:
    """Return a world with what configurations of proxies, poolers and clients say.

    Parameters
    ----------
    tree
        The world as file keys.
    configurations
        The texts.
    inventory
        Where it is said what was taken for granted, and what was left out.

    Raises
    ------
    InputError
        With the faults of each text that is not what its program takes.
    """
    faults: list[Fault] = []
    for text, source, said in configurations:
        inventory.sources.append(said)
        try:
            tree = _adopted(tree, text, source, said, inventory)
        except InputError as error:
            if all(one.kind == "ambiguous" for one in error.faults):
                first = error.faults[0]
                why = (
                    f"{first.what} ({first.allowed}): `tidegate adopt WORLD --from {source}` with that option"
                )
                inventory.unused["configuration", why] += 1
            else:
                faults += error.faults
    if faults:
        raise InputError(*faults)
    return tree


def _adopted(tree: Tree, text: str, source: str, said: str, inventory: Inventory) -> Tree:
    target = vendors.guessed(text, source)
    file = from_document(tree, "the discovered world")
    found: Adopted = target.read(text, source, _about(file.world, target.name))
    for one in found.ignored[:5]:
        inventory.notes.append(f"{one.place}: {one.words}: {one.why}")
    if not found.understood:
        inventory.unused[
            f"configuration of {target.name}", f"nothing in it has a key in a world ({source})"
        ] += 1
        return tree
    after = overlay(file, found.overlay())
    document = deepcopy(dict(after.document))
    for each in found.understood:
        _mark(document, tree, each, said, inventory.notes)
        inventory.notes.append(f"{each.place}: {each.words} is {each.path}")
    return document


def _about(world: World, target: str) -> Subjects:
    """Return what a configuration is about, where there is only one thing that it can be about."""
    ends = {name: frozenset(one.between) for name, one in world.crossings.items()}
    wanted = {USERS, INSIDE} if target in _ENTRANCES else {INSIDE, OUTSIDE} if target in _WAYS_OUT else set()
    crossings = [name for name, each in ends.items() if each == wanted]
    services = (
        [name for name, one in world.services.items() if one.protocol == "postgres"]
        if target == "pgbouncer"
        else []
    )
    clients = list(world.clients) if len(world.clients) == 1 else []
    return Subjects(
        world=world,
        crossing=crossings[0] if len(crossings) == 1 else "",
        service=services[0] if len(services) == 1 else "",
        clients=clients[0] if clients else "",
    )


def _mark(document: Tree, before: Tree, one: Understood, said: str, notes: list[str]) -> None:
    """Say beside a number where it was read; where another was measured too, the range over both stays."""
    slot = slot_at(one.path)
    if slot is None or slot.shape.kind != "number" or not isinstance(one.value, int | float):
        return
    *above, last = one.path.split(".")
    here, old = _at(document, above), _at(before, [*above, last])
    if not isinstance(here, dict):
        return
    value = float(one.value)
    figure = Figure(
        value=value, low=value, high=value, basis="measured", source=f"{said}, {_line(one.place)}"
    )
    if isinstance(old, Mapping) and old.get("basis") == "measured":
        figure = agreed([figure, figure_of(one.path, old)], one.path, notes)
    here[last] = figure_tree(one.path, figure)


def _at(tree: Any, steps: Sequence[str]) -> Any:
    here = tree
    for step in steps:
        if isinstance(here, list):
            here = here[int(step)] if step.isdigit() and int(step) < len(here) else None
        else:
            here = here.get(step) if isinstance(here, Mapping) else None
    return here


def _line(place: Place) -> str:
    return f"line {place.line}" if place.line else "itself"
