"""Adopt: put what is deployed today into a world. Text in, changed text out; no file is touched here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.errors import CannotTellError, Fault, InputError
from tidegate.protect.adopted import Adopted, Change, Subjects
from tidegate.protect.protection import value_text
from tidegate.protect.targets import vendors
from tidegate.world.file.edit import Edited, edit
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tidegate.world.file.value import value_at


@dataclass(frozen=True, kw_only=True)
class Adopt:
    """What is to be adopted into what.

    Parameters
    ----------
    world_text, world_source
        The world file and its name.
    text, source
        The configuration and its name.
    target
        Whose it is; empty lets its looks decide.
    crossing, clients, service
        What it is about, where it does not say so itself.
    part
        Which part of a text that has several for different callers; as in `Subjects`.
    measured
        The measured policies that stand beside the world.
    """

    world_text: str
    world_source: str
    text: str
    source: str
    target: str = ""
    crossing: str = ""
    clients: str = ""
    service: str = ""
    part: str = ""
    measured: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Adoption:
    """What a configuration changes in a world.

    Parameters
    ----------
    adopted
        What was understood, and what not.
    changes
        One for each value found.
    edited
        The world's text with them.
    """

    adopted: Adopted
    changes: tuple[Change, ...]
    edited: Edited


def adopt(asked: Adopt) -> Adoption:
    """Return what a deployed configuration changes in a world.

    Raises
    ------
    InputError
        If the world or the configuration cannot be read, with every fault and its line.
    CannotTellError
        If the configuration holds nothing that a world has a key for.
    """
    file = read_world(asked.world_text, asked.world_source, measured=asked.measured)
    subjects = Subjects(
        world=file.world,
        crossing=asked.crossing,
        clients=asked.clients,
        service=asked.service,
        part=asked.part,
    )
    target = vendors.named(asked.target) if asked.target else vendors.guessed(asked.text, asked.source)
    if asked.part and not target.has_parts:
        raise InputError(Fault(what=f"has no parts for different callers: {target.name}", value=asked.part))
    adopted = target.read(asked.text, asked.source, subjects)
    if not adopted.understood:
        why = "".join(f"\n  {one.place}: {one.words}: {one.why}" for one in adopted.ignored)
        raise CannotTellError(f"{asked.source} holds nothing that a world has a key for{why}")
    after = overlay(file, adopted.overlay()).world
    changes = []
    for found in adopted.understood:
        was, becomes = value_at(file.world, found.path), value_at(after, found.path)
        change = Change(found=found, before=value_text(found.path, was), differs=was != becomes)
        changes.append(change)
    wanted = {change.found.path: change.found.value for change in changes if change.differs}
    edited = edit(asked.world_text, asked.world_source, wanted, measured=asked.measured)
    return Adoption(adopted=adopted, changes=tuple(changes), edited=edited)
