"""From what was typed to a world: a file, a bundled name, manifests, or options alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tidegate.adapters.files.measured import measured_beside
from tidegate.adapters.files.worlds import read_text, read_world_text, world_here
from tidegate.errors import Fault, InputError, Place
from tidegate.gate.command_line import Options, world_from_options
from tidegate.gate.settings.kinds import implies_a_world
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tidegate.world.file.tree import read_tree
from tidegate.world.file.was_read import WasRead
from tidegate.world.world import WorldFile


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
    text
        The world file itself; empty where the world was implied.
    read
        What was read in files that imply a world, number by number.
    """

    file: WorldFile
    notes: tuple[str, ...] = ()
    activity: str | None = None
    text: str = ""
    read: tuple[WasRead, ...] = ()

    def place(self, activity: str | None) -> Place:
        """Return where the world file states an activity; its beginning where it does not."""
        if not self.text:
            return Place(source=self.file.source, line=1)
        path = ("activities", activity) if activity in self.file.world.activities else ("name",)
        found = read_tree(self.text, self.file.source).places.find(path)
        return replace(found, line=max(found.line, 1))


@dataclass(frozen=True, kw_only=True)
class Growth:
    """Which activities are to be judged.

    Parameters
    ----------
    activities
        Names; None stands for all of the world, or its triggers alone.
    cannot_tell
        Sentences on what cannot be judged.
    notes
        Sentences to say where nothing is judged.
    """

    activities: tuple[str | None, ...]
    cannot_tell: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_source(name: str | None, options: Options, workload: str = "", beside: Sequence[str] = ()) -> Source:
    """Return the world that was meant; `beside` names further files that imply it together with the first.

    Raises
    ------
    InputError
        If neither a world nor `--scale` is given, or what is given is wrong.
    """
    if name is None:
        if not options.said():
            accepted = "a world file, Kubernetes manifests or a bundled world; for check also --scale FROM:TO"
            raise InputError(
                Fault(what="no world is named", kind="statement", allowed=accepted, nearest=world_here())
            )
        implied = world_from_options(options)
        return Source(file=implied.file, notes=tuple(implied.notes))
    text, source = read_world_text(name)
    texts = [(text, source), *(read_text(one) for one in beside)]
    if implies_a_world(texts, scaled=options.scale is not None):
        from tidegate.gate.deployed import world_from_files

        implied = world_from_files(texts, options, workload=workload)
        return Source(file=implied.file, notes=tuple(implied.notes), activity="scale", read=implied.read)
    if options.said():
        said = ", ".join(f"--{key.replace('_', '-')}" for key in options.said())
        raise InputError(
            Fault(
                what="a world file states this itself",
                kind="statement",
                value=said,
                allowed="--set PATH=VALUE changes it",
            )
        )
    return Source(file=read_world(text, source, measured=measured_beside(name)), text=text)


def with_changes(file: WorldFile, settings: Sequence[str]) -> WorldFile:
    """Lay every ``path=value`` over the world.

    Raises
    ------
    InputError
        If one has no equals sign, or its path or value is wrong.
    """
    changes = stated(settings)
    return overlay(file, changes) if changes else file


def stated(settings: Sequence[str]) -> dict[str, object]:
    """Return what each ``path=value`` says, by path.

    Raises
    ------
    InputError
        If one has no equals sign.
    """
    changes: dict[str, object] = {}
    for setting in settings:
        path, equals, value = setting.partition("=")
        if not equals:
            raise InputError(Fault(what="--set needs PATH=VALUE", kind="statement", value=setting))
        changes[path.strip()] = value.strip()
    return changes


def _changed(source: Source, settings: Sequence[str]) -> Source:
    """Lay the settings over the world, and note those that it says already."""
    if not settings:
        return source
    from tidegate.simulate.idle import idle_settings  # it lowers both worlds

    file = with_changes(source.file, settings)
    idle = idle_settings(source.file, stated(settings))
    return replace(source, file=file, notes=(*source.notes, *idle))


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Files that say what is about to change.

    Parameters
    ----------
    names
        A plan of Terraform, a change set or template of CloudFormation, JSON of services of AWS.
    before
        The template that stands; None where none was given.
    """

    names: Sequence[str] = ()
    before: str | None = None


def read_growth(
    names: Sequence[str],
    options: Options,
    workload: str,
    changes: Changes,
    settings: Sequence[str],
) -> tuple[Source | None, Growth]:
    """Return the world that was meant and which of its activities are to be judged.

    There is no world where changes were given without one and nothing in them grows.

    Parameters
    ----------
    names
        What was given: a world, or files that imply one together.
    options, workload
        As for `read_source`.
    changes
        What is about to change, where files say so.
    settings
        What is laid over the world.

    Raises
    ------
    InputError
        As for `read_source`; or if what changes cannot be read, or needs a world that was not given.
    """
    name, beside = (names[0] if names else None), names[1:]
    if not changes.names:
        if changes.before is not None:
            raise InputError(Fault(what="needs --changes beside it", path="--before", value=changes.before))
        source = read_source(name, options, workload, beside)
        return _changed(source, settings), Growth(activities=(source.activity,))
    from tidegate.gate.change.judged import only_growth, planned
    from tidegate.gate.change.together import together
    from tidegate.gate.changes import read_changes
    from tidegate.gate.terraform.plan import MOST_BYTES

    texts = [read_text(one, most_bytes=MOST_BYTES) for one in changes.names]
    before = read_text(changes.before) if changes.before is not None else None
    found = read_changes(texts, before)
    said = tuple(note for one in found for note in (*one.notes, f"The plan: {one.summary}"))
    doubts = tuple(doubt for one in found for doubt in one.doubts)
    if name is None:
        scales = [scale for one in found if (scale := only_growth(one)) is not None]
        if not scales:
            return None, Growth(activities=(), cannot_tell=doubts, notes=said)
        if len(scales) > 1:
            allowed = "a world file, or one change of size"
            raise InputError(
                Fault(what="a world is needed to judge these", value=", ".join(scales), allowed=allowed)
            )
        source = read_source(None, replace(options, scale=scales[0]), workload)
        source = replace(source, notes=(*source.notes, *said))
        return _changed(source, settings), Growth(activities=(source.activity,), cannot_tell=doubts)
    source = _changed(read_source(name, options, workload, beside), settings)
    activities: list[str] = []
    undecided: list[str] = []
    for one in found:
        judged = planned(one, source.file)
        source = replace(source, file=judged.file, notes=(*source.notes, *judged.notes))
        activities += judged.activities
        undecided += judged.cannot_tell
    as_one = together(source.file, activities)
    source = replace(source, file=as_one.file, notes=(*source.notes, *as_one.notes))
    return source, Growth(activities=as_one.activities, cannot_tell=(*undecided, *as_one.cannot_tell))
