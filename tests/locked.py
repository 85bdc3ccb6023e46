"""Do the locked requirements and the ranges in pyproject.toml say the same? Text in, faults out."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_PIN = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9-]*)==(?P<version>[0-9][0-9a-z.+!]*)(?: ; (?P<marker>[^\\]+?))? \\"
)
_HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")
_WHY = re.compile(r"    #(?: via)?(?:   )? ?(?P<who>[^ ]*)(?: .*)?")
_PYTHONS = ("3.11.0", "3.11.14", "3.12.13", "3.13.12", "3.14.4")
_PLATFORMS = (("linux", "Linux", "x86_64"), ("linux", "Linux", "aarch64"), ("darwin", "Darwin", "arm64"))


@dataclass(kw_only=True)
class Pin:
    """One locked version, where it counts, and who asks for it."""

    name: str
    version: str
    marker: Marker | None
    hashes: set[str]
    asked_by: set[str]

    def counts_in(self, environment: Mapping[str, str]) -> bool:
        return self.marker is None or self.marker.evaluate(dict(environment))


def environments() -> Iterator[dict[str, str]]:
    """Where the lock must hold: every Python from the lowest on, on what Tidegate runs on."""
    for python, (system, name, machine) in itertools.product(_PYTHONS, _PLATFORMS):
        yield {
            "python_version": python.rpartition(".")[0],
            "python_full_version": python,
            "implementation_version": python,
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "sys_platform": system,
            "platform_system": name,
            "platform_machine": machine,
            "platform_release": "",
            "platform_version": "",
            "os_name": "posix",
            "extra": "",
        }


def read_lock(text: str) -> tuple[list[Pin], list[str]]:
    """Return what a requirements file pins, and every line of it that pins nothing."""
    pins: list[Pin] = []
    faults: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if found := _PIN.fullmatch(line):
            marker = found["marker"]
            name, where = canonicalize_name(found["name"]), Marker(marker) if marker else None
            pins.append(Pin(name=name, version=found["version"], marker=where, hashes=set(), asked_by=set()))
        elif pins and _HASH.fullmatch(line):
            pins[-1].hashes.add(line.split(":")[1].split()[0])
        elif pins and "://" not in line and (why := _WHY.fullmatch(line)):
            pins[-1].asked_by.add(why["who"])
        elif "/" in line or not line.startswith("#"):
            faults.append(f"line {number} is neither a pin nor a hash: {line}")
    return pins, faults


def asked_for(project: Mapping[str, Any], parts: Iterable[str]) -> list[Requirement]:
    """Return what pyproject.toml asks for: to "build", to "run", and by each group that is named."""
    known = {
        "build": project["build-system"]["requires"],
        "run": project["project"]["dependencies"],
        **project["dependency-groups"],
    }
    return [Requirement(text) for part in parts for text in known[part]]


def disagreements(asked: list[Requirement], text: str) -> list[str]:
    """Return where a lock and what is asked for differ; nothing where they agree."""
    pins, faults = read_lock(text)
    faults += [f"{pin.name} {pin.version} has no hash" for pin in pins if not pin.hashes]
    for environment in environments():
        where = f"on Python {environment['python_full_version']}, {environment['sys_platform']}"
        held = [pin for pin in pins if pin.counts_in(environment)]
        names = [pin.name for pin in held]
        faults += [f"{name} is locked twice {where}" for name in set(names) if names.count(name) > 1]
        for one in asked:
            if one.marker is not None and not one.marker.evaluate(environment):
                continue
            versions = [pin.version for pin in held if pin.name == canonicalize_name(one.name)]
            if not versions:
                faults.append(f"{one.name} is asked for and not locked {where}")
            faults += [
                f"{one.name} is locked at {version} and asked for as {one.specifier} {where}"
                for version in versions
                if not one.specifier.contains(version, prereleases=True)
            ]
    wanted = reached({canonicalize_name(one.name) for one in asked}, pins)
    faults += [f"{pin.name} is locked and nothing asks for it" for pin in pins if pin.name not in wanted]
    return faults


def reached(roots: set[str], pins: list[Pin]) -> set[str]:
    """Return every name that is asked for, or that what is asked for asks for in turn."""
    found: set[str] = set()
    new = roots
    while new:
        found |= new
        new = {pin.name for pin in pins if pin.asked_by & new} - found
    return found


def differences(part: str, whole: str) -> list[str]:
    """Return what a lock pins otherwise than the larger one that it is a part of."""
    larger = {(pin.name, pin.version): pin.hashes for pin in read_lock(whole)[0]}
    return [
        f"{pin.name} {pin.version} is not what the tests run with"
        for pin in read_lock(part)[0]
        if larger.get((pin.name, pin.version)) != pin.hashes
    ]
