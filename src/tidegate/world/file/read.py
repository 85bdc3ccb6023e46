"""Which world does a text describe? From text or plain tree to nouns, or every fault at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tidegate.errors import InputError
from tidegate.world.belief import Estimate
from tidegate.world.file.coherence import check
from tidegate.world.file.contradiction import find_contradictions
from tidegate.world.file.faults import Faults
from tidegate.world.file.lay import Laid, lay
from tidegate.world.file.measured import with_measured
from tidegate.world.file.policy import Policies
from tidegate.world.file.reader import Reader
from tidegate.world.file.shape import slots
from tidegate.world.file.tree import Places, read_tree
from tidegate.world.world import World, WorldFile

_MOST_CHANGES = 2_000
# Checking the whole world after each of very many changes would take minutes; the changed part is
# always read, and the engine lays every change over the whole again before it runs.
_MOST_CHECKED = 100_000


def read_world(
    text: str,
    source: str,
    *,
    given: Mapping[str, object] | None = None,
    measured: Mapping[str, object] | None = None,
) -> WorldFile:
    """Return the world that a YAML or JSON text describes.

    Parameters
    ----------
    text
        The whole text of the file.
    source
        Its name, for faults.
    given
        Values laid over the text before it is read, by dotted path of file keys.
    measured
        Retry policies that were measured, from the file beside the world, by the name the world writes.

    Raises
    ------
    InputError
        With every fault of the text, each with its place, path, value and what is allowed.
    """
    tree = read_tree(text, source)
    faults = Faults(source, tree.places)
    faults.take(tree.faults)
    document = tree.document
    if not isinstance(document, dict):
        faults.add((), "is not a world", value=document, allowed="the keys " + ", ".join(slots(World)))
        document = {}
    if measured:
        document = with_measured(document, measured)
    if given:
        try:
            document = lay(document, given, source).document
        except InputError as error:
            faults.take(error.faults)
    return _build(document, faults)


def from_document(document: Mapping[str, object], source: str, places: Places | None = None) -> WorldFile:
    """Return the world that a plain tree of file keys describes.

    Texts are read as in a file; numbers are taken in the core's unit.

    Raises
    ------
    InputError
        With every fault of the tree.
    """
    return _build(document, Faults(source, places))


def _build(document: Mapping[str, Any], faults: Faults) -> WorldFile:
    reader = Reader(faults, Policies(document.get("retry_policies")))
    world = reader.record(World, document, ())
    check(world, faults)
    find_contradictions(world, document, faults)
    file = WorldFile(world=world, estimates=reader.estimates, source=faults.source, document=document)
    if not faults:
        _try_changes(file, faults)
    faults.raise_any()
    return file


def relay(file: WorldFile, laid: Laid) -> WorldFile:
    """Return `file` read again where changes were laid over its tree, and only there.

    Raises
    ------
    InputError
        With every fault of the changed tree.
    """
    faults = Faults(file.source)
    changed = _changed(file, laid, faults)
    check(changed.world, faults)
    faults.raise_any()
    return changed


def _changed(file: WorldFile, laid: Laid, faults: Faults) -> WorldFile:
    """Read the nouns that changes touch anew; the whole world where they touch what all nouns use."""
    return _build_whole(laid, faults) if _is_wide(laid) else _build_touched(file, laid, faults)


def _is_wide(laid: Laid) -> bool:
    return any(path[0] == "retry_policies" or _is_section(path) for path in laid.touched)


def _is_section(path: tuple[str, ...]) -> bool:
    return len(path) == 1 and slots(World)[path[0]].shape.kind == "mapping"


def _build_whole(laid: Laid, faults: Faults) -> WorldFile:
    reader = Reader(faults, Policies(laid.document.get("retry_policies")))
    world = reader.record(World, laid.document, ())
    return WorldFile(world=world, estimates=reader.estimates, source=faults.source, document=laid.document)


def _build_touched(file: WorldFile, laid: Laid, faults: Faults) -> WorldFile:
    reader = Reader(faults, Policies(laid.document.get("retry_policies")))
    parts: dict[str, Any] = {}
    prefixes: list[str] = []
    for path in laid.touched:
        slot = slots(World)[path[0]]
        tree = laid.document[path[0]]
        if slot.shape.kind != "mapping":
            parts[slot.name] = reader.value(slot, tree, path[:1])
            prefixes.append(path[0] + ".")
            continue
        section = parts.setdefault(slot.name, dict(getattr(file.world, slot.name)))
        section[path[1]] = reader.entry(slot, tree[path[1]], path)
        prefixes.append(f"{path[0]}.{path[1]}.")
    world = replace(file.world, **parts)
    estimates = _kept(file.estimates, tuple(prefixes)) | reader.estimates
    return WorldFile(world=world, estimates=estimates, source=file.source, document=laid.document)


def _kept(estimates: Mapping[str, Estimate], prefixes: tuple[str, ...]) -> dict[str, Estimate]:
    return {path: estimate for path, estimate in estimates.items() if not path.startswith(prefixes)}


def _try_changes(file: WorldFile, faults: Faults) -> None:
    """Lay every trigger and counter-belief over the world, so that none fails when it is needed."""
    world = file.world
    stated = [(("triggers", name, "set"), trigger.set) for name, trigger in world.triggers.items()]
    stated += [(("beliefs", name, "counter"), belief.counter) for name, belief in world.beliefs.items()]
    changes_count = sum(len(changes) for _, changes in stated)
    nouns_count = len(world.crossings) + len(world.services) + len(world.clients)
    if changes_count > _MOST_CHANGES:
        faults.add((), "states too many changes", value=changes_count, allowed=f"at most {_MOST_CHANGES:,}")
        return
    fully = changes_count * nouns_count <= _MOST_CHECKED
    for path, changes in stated:
        tried = Faults(file.source)
        try:
            laid = lay(file.document, changes, file.source)
            # In a large world not all is read again for each of many changes; it is when one is needed.
            if fully or not _is_wide(laid):
                changed = _changed(file, laid, tried)
            tried.raise_any()
            if fully:
                check(changed.world, tried)
            tried.raise_any()
        except InputError as error:
            for fault in error.faults:
                step = next((step for step in changes if fault.path.startswith(step)), fault.path)
                faults.add(
                    (*path, step), fault.what, value=fault.value, allowed=fault.allowed, near=fault.nearest
                )
