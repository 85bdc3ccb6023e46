"""From what was typed to a world: a file, a bundled name, manifests, or options alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.adapters.files.worlds import read_text
from tidegate.errors import Fault, InputError
from tidegate.gate.command_line import Options, world_from_options
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

_MANIFEST = re.compile(r"^(apiVersion|kind)\s*:", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Source:
    """A world with where it came from.

    Parameters
    ----------
    file
        The world.
    notes
        Sentences to show with the verdict.
    activity
        Which activity is meant where none is named; None for all.
    """

    file: WorldFile
    notes: tuple[str, ...] = ()
    activity: str | None = None


def read_source(name: str | None, options: Options, workload: str = "") -> Source:
    """Return the world that was meant.

    Raises
    ------
    InputError
        If neither a world nor `--scale` is given, or what is given is wrong.
    """
    if name is None:
        if not options.said():
            accepted = "a world file, Kubernetes manifests, or --scale BEFORE:AFTER"
            raise InputError(Fault(what="nothing to check", allowed=accepted))
        implied = world_from_options(options)
        return Source(file=implied.file, notes=tuple(implied.notes))
    text, source = read_text(name)
    if _MANIFEST.search(text):
        from tidegate.gate.kubernetes import world_from_manifests

        implied = world_from_manifests(text, source, options, workload=workload)
        return Source(file=implied.file, notes=tuple(implied.notes), activity="scale")
    if options.said():
        said = ", ".join(f"--{key.replace('_', '-')}" for key in options.said())
        raise InputError(
            Fault(what="a world file states this itself", value=said, allowed="--set PATH=VALUE changes it")
        )
    return Source(file=read_world(text, source))


def with_changes(file: WorldFile, settings: Sequence[str]) -> WorldFile:
    """Lay every ``path=value`` over the world.

    Raises
    ------
    InputError
        If one has no equals sign, or its path or value is wrong.
    """
    changes: dict[str, object] = {}
    for setting in settings:
        path, equals, value = setting.partition("=")
        if not equals:
            raise InputError(Fault(what="--set needs PATH=VALUE", value=setting))
        changes[path.strip()] = value.strip()
    return overlay(file, changes) if changes else file
