"""What world do the files of a deployment imply together? Manifests, settings and servers' configurations.

Each file is known by what it holds, and by its name where that leaves it open. What must be rendered first
is told how, and a world file stands alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.command_line import COMMAND_LINE, Options, read_scale, refuse_version
from tidegate.gate.environment import Environment
from tidegate.gate.fleet import CLIENTS, Fleet, Implied, fleet_document, implied
from tidegate.gate.kubernetes import world_from_manifests
from tidegate.gate.settings.kinds import how_to_render, is_manifest, is_world
from tidegate.gate.settings.known import Text, known_of, overridden
from tidegate.gate.settings.laid import lay
from tidegate.world.file.was_read import WasRead

_MOST_ROWS = 1_000
_ALONE = "`tidegate adopt WORLD --from FILE` reads a configuration into a world"


def world_from_files(
    texts: Sequence[tuple[str, str]], options: Options | None = None, *, workload: str = ""
) -> Implied:
    """Return the world that files imply together.

    Parameters
    ----------
    texts
        Each file's text, and its name.
    options
        What the command line says beside them.
    workload
        As for `world_from_manifests`.

    Raises
    ------
    InputError
        With every fault of the files; if one must be rendered first or is a world file; or if no change of
        size is known.
    """
    options = options or Options()
    faults = [_refused(*one) for one in texts]
    if any(faults):
        raise InputError(*(fault for fault in faults if fault is not None))
    manifests = [one for one in texts if is_manifest(one[0])]
    beside = [Text(name=source, text=text, source=source) for text, source in texts if not is_manifest(text)]
    if not manifests:
        return _from_settings(beside, options)
    (text, source), *more = manifests
    made = world_from_manifests(text, source, options, workload=workload, beside=beside, more=more)
    return replace(made, read=_told(made.read))


def _told(rows: Sequence[WasRead]) -> tuple[WasRead, ...]:
    """Return as many rows as can be told, those that the world states first to stay."""
    if len(rows) <= _MOST_ROWS:
        return tuple(rows)
    kept = sorted(rows, key=lambda row: not row.means)[:_MOST_ROWS]
    more = len(rows) - len(kept)
    return (
        *kept,
        replace(kept[-1], line=0, says=f"{more:,} more numbers", means="", value="", why="not listed"),
    )


def _refused(text: str, source: str) -> Fault | None:
    """Return why a file cannot be read beside others; None where it can."""
    place, rendered = Place(source=source), how_to_render(text, source)
    if rendered:
        what, _, how = rendered.partition(": ")
        return Fault(what=what, allowed=how, place=place)
    if is_world(text) and not is_manifest(text):
        return Fault(what="is a world file, which stands alone", allowed=_ALONE, place=place)
    return None


def _from_settings(beside: Sequence[Text], options: Options) -> Implied:
    """Return the world of a program that is known by its settings alone."""
    said = options.said()
    if "scale" not in said:
        allowed = "BEFORE:AFTER, such as 40:120; settings do not say how many there are"
        raise InputError(Fault(what="is missing", path="--scale", allowed=allowed, place=COMMAND_LINE))
    refuse_version(said)
    known = known_of(Environment(), beside)
    words = {**known.words(), **said}
    before, after = read_scale(words["scale"])
    fleet = Fleet(before_count=before, after_count=after, words=words)
    document = fleet_document(fleet)
    lay(document, known, before=before, after=after)
    made = implied(fleet, document, beside[0].source)
    return replace(made, read=_told(overridden(known, said, document["clients"][CLIENTS]["service"])))
