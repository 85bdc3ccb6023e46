"""Gate manifests: what a cluster needs so that it asks the gate of these worlds.

Each file has the same bytes each time, but for those that hold a key or what is trusted by it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from tidegate.adapters.certificate_maker import Made
from tidegate.errors import Fault, InputError
from tidegate.gate.installation.blueprint import filled
from tidegate.gate.installation.chart_values import faults_of
from tidegate.gate.installation.installed_objects import TRUST, object_files
from tidegate.gate.installation.object_names import HOSTS
from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

SELF_MADE = "self-made"


@dataclass(frozen=True, kw_only=True)
class GateManifests:
    """What is applied to a cluster.

    Parameters
    ----------
    files
        Texts by file name, in the order in which they are applied.
    secret
        The file that holds a key; empty where none does.
    notes
        What the user should know, as sentences.
    """

    files: Mapping[str, str]
    secret: str
    notes: tuple[str, ...]


def gate_manifests(
    said: Mapping[str, Any],
    worlds: Sequence[tuple[str, str]],
    *,
    make: Callable[[Sequence[str]], Made],
    former: bytes = b"",
) -> GateManifests:
    """Return the files.

    Parameters
    ----------
    said
        What the user says of the installation, by the names of `chart_values`.
    worlds
        The worlds' texts, each with the name of its source.
    make
        Makes a certificate for names of hosts.
    former
        Authorities that are trusted still, in PEM.

    Raises
    ------
    InputError
        With every fault of what was said and of the worlds.
    """
    files, faults = _read(worlds)
    texts = {_key(file): text for file, (text, _) in zip(files, worlds, strict=True)} if not faults else {}
    if not faults and len(texts) < len(worlds):
        names = ", ".join(sorted(file.world.name for file in files))
        faults.append(Fault(what="two worlds have the same name", kind="statement", value=names))
    values = {**said, "worlds": texts}
    faults += faults_of(values)
    if faults:
        raise InputError(*faults)
    is_ours = said["certificates"] == SELF_MADE
    if is_ours:
        values["made"] = _encoded(make(filled(list(HOSTS), values)), former)
    return GateManifests(
        files=object_files(values), secret=TRUST if is_ours else "", notes=tuple(_notes(said, files))
    )


def _read(worlds: Iterable[tuple[str, str]]) -> tuple[list[WorldFile], list[Fault]]:
    files: list[WorldFile] = []
    faults: list[Fault] = []
    for text, source in worlds:
        try:
            files.append(read_world(text, source))
        except InputError as error:
            faults += error.faults
    return files, faults


def _key(file: WorldFile) -> str:
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in file.world.name)
    return f"{safe[:200]}.yaml"


def _encoded(made: Made, former: bytes) -> Mapping[str, str]:
    found = {
        "authority": made.authority, "authorities": made.authority + former,
        "certificate": made.certificate, "key": made.key,
    }  # fmt: skip
    return {name: base64.b64encode(text).decode() for name, text in found.items()}


def _notes(said: Mapping[str, Any], files: Iterable[WorldFile]) -> Iterable[str]:
    for file in files:
        world = file.world
        names: list[Mapping[str, str]] = [one.known_as for one in world.activities.values()]
        names += [one.known_as for one in world.clients.values()]
        names += [one.known_as for one in world.services.values()]
        if not any("kubernetes" in one for one in names):
            yield (
                f"The world {world.name} knows nothing of a cluster by name, so the gate cannot tell of any "
                "change: give what grows its known_as: {kubernetes: apps/v1/Deployment/NAMESPACE/NAME}."
            )
    if not said["storage"]["size"]:
        yield "The record of rulings goes with the pod; --storage 1Gi keeps it on a disk."


def former_bundles(text: str) -> list[str]:
    """Return what the webhooks of a text of manifests trust; nothing where it is no such text."""
    try:
        found = list(yaml.safe_load_all(text))
    except yaml.YAMLError:
        return []
    kept = [one.get("webhooks") for one in found if isinstance(one, dict)]
    hooks = [one for several in kept if isinstance(several, list) for one in several if isinstance(one, dict)]
    clients = [one["clientConfig"] for one in hooks if isinstance(one.get("clientConfig"), dict)]
    bundles = [one.get("caBundle") for one in clients]
    return list(dict.fromkeys(one for one in bundles if isinstance(one, str)))
