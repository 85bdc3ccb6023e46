"""Which settings do the pods of a workload get? Environment, arguments, and the files of their ConfigMaps.

What is kept in Secrets is read where the Secret stands in the same text; nothing of it is shown.

Sources: Kubernetes, "Define environment variables" (`$(NAME)` stands for a variable that was set before),
`envFrom`, and ConfigMaps as volumes.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tidegate.errors import Place
from tidegate.gate.manifest_text import Manifest
from tidegate.gate.settings.kinds import server_kind
from tidegate.gate.settings.text import Setting
from tidegate.gate.workload import CONTAINERS, TEMPLATE
from tidegate.world.file.faults import Path

_REFERENCE = re.compile(r"\$\(([A-Za-z_][\w.]*)\)")
_WORKERS = re.compile(r"(?:^|\s)(?:-w|--workers)[=\s]+(\d{1,4})(?=\s|$)")
_FLAG = re.compile(
    r"(?:^|(?<=\s))(?:--|-D)(?P<name>[A-Za-z][\w.\-]{1,120})=(?P<value>\"[^\"]*\"|'[^']*'|\S+)"
)
_OPTIONS = re.compile(r"(?:OPTS|OPTIONS|ARGS|FLAGS|ARGUMENTS|COMMAND)$")
_SERVERS = ("gunicorn", "uvicorn", "hypercorn", "granian")


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What pods are given.

    Parameters
    ----------
    containers
        Of each container its variables, and what its arguments say of processes.
    unknown
        Variables whose values stand in what was not given, with where that is.
    files
        Texts of ConfigMaps that the pods mount: name, text, source, and the line at which it begins.
    servers
        Likewise the configurations of servers and poolers in other ConfigMaps of the text.
    used
        The ConfigMaps and Secrets that were read.
    """

    containers: tuple[tuple[Setting, ...], ...] = ()
    unknown: tuple[tuple[Setting, str], ...] = ()
    files: tuple[tuple[str, str, str, int], ...] = ()
    servers: tuple[tuple[str, str, str, int], ...] = ()
    used: tuple[Manifest, ...] = ()


@dataclass
class _Reading:
    workload: Manifest
    stores: Mapping[tuple[str, str], Manifest]
    settings: dict[str, Setting] = field(default_factory=dict)
    unknown: list[tuple[Setting, str]] = field(default_factory=list)
    used: dict[str, Manifest] = field(default_factory=dict)


def environment_of(workload: Manifest, every: list[Manifest]) -> Environment:
    """Return what the pods of a workload are given.

    Parameters
    ----------
    workload
        With its pods where a Deployment has them.
    every
        All objects of the text, ConfigMaps and Secrets among them.
    """
    stores = {
        (each.kind, each.name): each
        for each in every
        if each.kind in {"ConfigMap", "Secret"} and each.namespace in {"", workload.namespace}
    }
    reading = _Reading(workload, stores)
    found: list[tuple[Setting, ...]] = []
    for index in range(len(workload.items(CONTAINERS))):
        reading.settings = {}
        _container(reading, (*CONTAINERS, index))
        found.append(tuple(_expanded(one, reading.settings) for one in reading.settings.values()))
    files = tuple(_mounted(reading))
    return Environment(
        containers=tuple(found),
        unknown=tuple(reading.unknown),
        files=files,
        servers=tuple(_of_servers(reading, known=[name for name, *_ in files])),
        used=tuple(reading.used.values()),
    )


def _container(reading: _Reading, here: Path) -> None:
    workload = reading.workload
    for index in range(len(workload.items((*here, "envFrom")))):
        at = (*here, "envFrom", index)
        prefix = workload.text((*at, "prefix"))
        for reference, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
            name = workload.text((*at, reference, "name"))
            for one in _stored(reading, kind, name):
                reading.settings[prefix + one.key] = Setting(
                    key=prefix + one.key, value=one.value, place=one.place
                )
            if name and (kind, name) not in reading.stores:
                whole = Setting(key=reference, value=name, place=workload.faults.place(at))
                reading.unknown.append((whole, f"{kind} {name}"))
    for index in range(len(workload.items((*here, "env")))):
        _variable(reading, (*here, "env", index))
    _arguments(reading, here)


def _variable(reading: _Reading, at: Path) -> None:
    workload = reading.workload
    name = workload.text((*at, "name"))
    place = workload.faults.place((*at, "value"))
    for reference, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
        store, key = (workload.text((*at, "valueFrom", reference, part)) for part in ("name", "key"))
        if not store:
            continue
        value = next((one for one in _stored(reading, kind, store) if one.key == key), None)
        if value is None:
            told = Setting(key=name, value=f"{store}/{key}", place=workload.faults.place(at))
            reading.unknown.append((told, f"{kind} {store}"))
        else:
            reading.settings[name] = Setting(key=name, value=value.value, place=value.place)
        return
    if name and workload.look((*at, "valueFrom")) is None:
        reading.settings[name] = Setting(key=name, value=workload.text((*at, "value")), place=place)


def _arguments(reading: _Reading, here: Path) -> None:
    """Read what arguments state, and how many processes a server of Python is told to start."""
    for one in [one for key, one in reading.settings.items() if _OPTIONS.search(key)]:
        _flags(reading, one.value, one.place, None)
    words, line = [], Place(source="")
    for part in ("command", "args"):
        for index in range(len(reading.workload.items((*here, part)))):
            said = reading.workload.look((*here, part, index))
            words.append(said if isinstance(said, str) else "")
            after = reading.workload.look((*here, part, index + 1))
            _flags(reading, words[-1], reading.workload.faults.place((*here, part, index)), after)
            line = line if line.source else reading.workload.faults.place((*here, part, index))
    given = reading.settings.get("GUNICORN_CMD_ARGS")
    if given is not None:
        words, line = [*words, "gunicorn", given.value], given.place
    text = " ".join(words)
    found = _WORKERS.search(text)
    if found is not None and any(server in text for server in _SERVERS):
        reading.settings["GUNICORN_WORKERS"] = Setting(key="GUNICORN_WORKERS", value=found[1], place=line)


def _flags(reading: _Reading, text: str, place: Place, after: object) -> None:
    """Take the settings that a text of arguments states: `--pool-size=20`, `-Dpool.size=20`.

    Parameters
    ----------
    reading
        Where they go.
    text, place
        The argument, or a variable of several, and where it stands.
    after
        The next argument, which is the value of one that ends here.
    """
    found = [(one["name"], one["value"].strip("\"'")) for one in _FLAG.finditer(text)]
    if text.startswith("--") and "=" not in text and isinstance(after, str) and not after.startswith("-"):
        found.append((text.lstrip("-"), after))
    for name, value in found:
        reading.settings[f"argument {name}"] = Setting(key=name, value=value, place=place)


def _stored(reading: _Reading, kind: str, name: str) -> Iterator[Setting]:
    """Yield what a ConfigMap or a Secret holds; values that are no text are passed over."""
    store = reading.stores.get((kind, name))
    if store is None:
        return
    reading.used[f"{kind}/{name}"] = store
    for part in ("data", "stringData"):
        for key in store.mapping((part,)):
            value = store.find((part, key))
            if isinstance(value, str):
                plain = _decoded(value) if (kind, part) == ("Secret", "data") else value
                yield Setting(key=key, value=plain, place=store.faults.place((part, key)))


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def _expanded(one: Setting, known: Mapping[str, Setting]) -> Setting:
    """Put in what `$(NAME)` stands for."""
    value = _REFERENCE.sub(lambda found: known[found[1]].value if found[1] in known else found[0], one.value)
    return Setting(key=one.key, value=value, place=one.place)


def _of_servers(reading: _Reading, known: list[str]) -> Iterator[tuple[str, str, str, int]]:
    """Yield the configurations that other pods mount: what the program connects to may be among them."""
    for (kind, name), store in reading.stores.items():
        if kind == "ConfigMap" and f"{kind}/{name}" not in reading.used:
            texts = [one for one in store.mapping(("data",)).items() if isinstance(one[1], str)]
            if any("\n" in text and server_kind(text, key) for key, text in texts):
                for one in _stored(reading, kind, name):
                    if "\n" in one.value and server_kind(one.value, one.key) and one.key not in known:
                        yield one.key, one.value, one.place.source, one.place.line + 1


def _mounted(reading: _Reading) -> Iterator[tuple[str, str, str, int]]:
    """Yield the files that ConfigMaps bring into the pods."""
    volumes = (*TEMPLATE, "spec", "volumes")
    for index in range(len(reading.workload.items(volumes))):
        name = reading.workload.text((*volumes, index, "configMap", "name"))
        for one in _stored(reading, "ConfigMap", name) if name else ():
            if "\n" in one.value:
                # The text of a block begins in the line below its key.
                yield one.key, one.value, one.place.source, one.place.line + 1
