"""Which pools do callers keep in their own library, and whose is one that is deployed? No vendor.

A pool is that of one call of a service, or of a population of clients: each instance, or each client, keeps
one.

Shortcut: what several processes of one instance keep counts together; a library only knows its own process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tidegate.protect.adopted import Findings
from tidegate.protect.config_file import Draft, comments, identifier, short
from tidegate.protect.protection import Element
from tidegate.world.protocol import UNKNOWN, spoken
from tidegate.world.service import ConnectionPool
from tidegate.world.world import World

KEYS = ("most", "least", "opened", "wait", "idle_timeout")
"""The keys of a call's pool, as a world file writes them."""
AGE, JITTER = "age", "jitter"
"""Those of the age of its connections, which stand beside it."""

_TOLD = re.compile(r"(services\.([^\s.]+)\.calls\.(\d+)\.pool|clients\.([^\s.]+)\.pool)\b")


@dataclass(frozen=True, kw_only=True)
class AppPool:
    """One pool, as it is to be.

    Parameters
    ----------
    title
        Whose it is, as one line.
    word
        The same as a word for the names of files.
    pool
        What it keeps once the protection is in force.
    age_s
        How old its connections become; None means any age.
    paths
        Where the world states each of its keys; of a pool clients have `most` alone.
    elements
        What was asked for of it, by key.
    """

    title: str
    word: str
    pool: ConnectionPool
    age_s: float | None
    paths: Mapping[str, str]
    elements: Mapping[str, Element]

    def comments(self, *keys: str) -> list[str]:
        """Return a comment line, marked with #, for each of the elements there is."""
        return comments(*(self.elements.get(key) for key in keys))


def app_pools(draft: Draft, protocols: Sequence[str], library: str) -> Iterator[AppPool]:
    """Yield the pools that something is asked of and that a library keeps; of others it is said why not.

    Parameters
    ----------
    draft
        What is to be said.
    protocols
        What the library speaks: it writes only where that is beyond doubt.
    library
        What it is called.
    """
    world = draft.world
    for name in draft.protection.subjects("clients"):
        clients, path = world.clients[name], f"clients.{name}.pool"
        paths = {"most": path, **_paths_of_age(f"clients.{name}")}
        elements = _elements(draft, paths)
        if not elements or not _speaks(draft, list(paths.values()), clients.service, protocols, library):
            continue
        if clients.connection != "pool":
            for one in elements:
                draft.refuse(paths[one], f"{name} keep no pool")
            continue
        yield AppPool(
            title=f"Each of the clients {short(name)} (world {short(world.name)})",
            word=identifier(name),
            pool=ConnectionPool(most_count=clients.pool_count, opened="eager"),
            age_s=clients.connection_age.age_s if clients.connection_age is not None else None,
            paths=paths,
            elements=elements,
        )
    for name in draft.protection.subjects("services"):
        yield from _of_calls(draft, name, protocols, library)


def _of_calls(draft: Draft, name: str, protocols: Sequence[str], library: str) -> Iterator[AppPool]:
    service, words = draft.world.services[name], dict[str, int]()
    for i, call in enumerate(service.calls):
        at = f"services.{name}.calls.{i}.pool"
        paths = {key: f"{at}.{key}" for key in KEYS} | _paths_of_age(at.removesuffix(".pool"))
        elements = _elements(draft, paths)
        word = f"{identifier(name)}_to_{identifier(call.service)}"
        words[word] = words.get(word, 0) + 1
        if not elements or not _speaks(draft, list(paths.values()), call.service, protocols, library):
            continue
        if call.pool is None:  # only an age was asked for
            for one in elements:
                draft.refuse(paths[one], f"the world states no pool of {at.removesuffix('.pool')}")
            continue
        yield AppPool(
            title=f"Each instance of {short(name)} towards {short(call.service)} "
            f"(world {short(draft.world.name)})",
            word=word if words[word] == 1 else f"{word}_{words[word]}",
            pool=call.pool,
            age_s=call.connection_age.age_s if call.connection_age is not None else None,
            paths=paths,
            elements=elements,
        )


def _paths_of_age(at: str) -> dict[str, str]:
    """Return where a world states the age of connections."""
    return {key: f"{at}.connection_age.{key}" for key in (AGE, JITTER)}


def _elements(draft: Draft, paths: Mapping[str, str]) -> dict[str, Element]:
    """Return what is asked for of one pool, by key."""
    return {key: found for key, path in paths.items() if (found := draft.find(path)) is not None}


def age_rows(draft: Draft, one: AppPool, least: int, unit_s: float, says: str) -> list[tuple[list[str], int]]:
    """Return the age of a pool's connections, with its comments: none where nothing is said of it.

    Parameters
    ----------
    draft
        Told what is said, and what is not.
    one
        The pool.
    least
        The least that the library takes, in its unit.
    unit_s
        What that is in seconds.
    says
        What the library does of jitter, as a clause.
    """
    if JITTER in one.elements:
        draft.refuse(one.paths[JITTER], says)
    if one.age_s is None:
        return []
    value = max(round(one.age_s / unit_s), least)
    element, off_s = one.elements.get(AGE), abs(value * unit_s - one.age_s)
    if off_s > max(1.0, unit_s / 2.0):
        draft.refuse(one.paths[AGE], f"the library takes {least * unit_s:g} s at least; that is written")
    elif element is not None:
        draft.say(one.paths[AGE])
        if off_s > 1e-9:
            draft.rounded(element, f"{value * unit_s:g} s")
    return [(one.comments(AGE), value)]


def _speaks(draft: Draft, paths: Sequence[str], called: str, protocols: Sequence[str], library: str) -> bool:
    """Return whether what is called speaks what a library speaks; else the elements are refused."""
    speaks = spoken(called, draft.world.services[called])
    if speaks in protocols:
        return True
    why = f"{called} speaks {speaks}; {library} speaks {' and '.join(protocols)}"
    if speaks == UNKNOWN:
        why = f"services.{called}.protocol is not stated; {library} speaks {' and '.join(protocols)}"
    for path in paths:
        draft.refuse(path, why)
    return False


@dataclass(frozen=True, kw_only=True)
class Stated:
    """One setting of a pool as a configuration writes it: its value in the core's unit, words and line."""

    value: Any
    words: str
    line: int


def adopt_pool(
    findings: Findings, text: str, stated: Mapping[str, Stated], protocols: Sequence[str], usual_most: int
) -> None:
    """Give `findings` what a configuration states of one pool.

    Parameters
    ----------
    findings
        Told of every value.
    text
        The configuration: its comments tell whose pool it is, as the writers set them.
    stated
        What it states, by key of a call's pool.
    protocols
        What the library speaks.
    usual_most
        How many connections the library keeps where it is not told.
    """
    if not stated:
        return
    first = min(stated.values(), key=lambda one: one.line)
    section, name, index = _whose(findings, text, protocols, first)
    if section == "clients":
        _of_clients(findings, name, stated)
    elif section == "services":
        at = f"services.{name}.calls.{index}.pool"
        kept = findings.subjects.world.services[name].calls[index].pool
        if kept is None and "most" not in stated and not stated.keys() <= {AGE}:
            findings.found(f"{at}.most", usual_most, f"the library's own {usual_most}", first.line)
        for key in (key for key in KEYS if key in stated):
            one = stated[key]
            findings.found(f"{at}.{key}", one.value, one.words, one.line)
        if AGE in stated:
            path = f"{at.removesuffix('.pool')}.connection_age.{AGE}"
            findings.found(path, stated[AGE].value, stated[AGE].words, stated[AGE].line)


def _of_clients(findings: Findings, name: str, stated: Mapping[str, Stated]) -> None:
    for key, one in stated.items():
        if key == "most" and findings.subjects.world.clients[name].connection == "pool":
            findings.found(f"clients.{name}.pool", one.value, one.words, one.line)
        elif key == AGE and findings.subjects.world.clients[name].connection != "per_request":
            findings.found(f"clients.{name}.connection_age.{AGE}", one.value, one.words, one.line)
        elif key == "most":
            findings.ignore(one.line, one.words, f"{name} keep no pool in the world")
        else:
            findings.ignore(one.line, one.words, "a pool of clients has no key for it in a world")


def _whose(findings: Findings, text: str, protocols: Sequence[str], first: Stated) -> tuple[str, str, int]:
    """Return the section, name and call of a pool: as a comment tells, as was meant, or the only one."""
    subjects = findings.subjects
    told = _TOLD.search(text)
    if told is not None and told[4] in subjects.world.clients:
        return "clients", told[4], 0
    if told is not None and told[2] in subjects.world.services:
        index = int(told[3])
        if index < len(subjects.world.services[told[2]].calls):
            return "services", told[2], index
    if subjects.clients:
        return "clients", subjects.clients, 0
    calls = [(name, i) for name, i in _calls(subjects.world, protocols) if subjects.service in {"", name}]
    if len(calls) == 1:
        return "services", *calls[0]
    allowed = "--service NAME of what calls, or --client NAME"
    if subjects.service and not calls:
        allowed = f"{subjects.service} calls nothing that speaks {' or '.join(protocols)}"
    elif subjects.service:
        allowed = f"a comment with {_paths(calls)}"
    what = "does not say whose pool it is"
    findings.fault(first.line, what, kind="ambiguous", value=first.words, allowed=allowed)
    return "", "", 0


def _paths(calls: Sequence[tuple[str, int]]) -> str:
    return " or ".join(f"services.{name}.calls.{i}.pool" for name, i in calls)


def _calls(world: World, protocols: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield the calls that such a library may make."""
    for name, service in world.services.items():
        for i, call in enumerate(service.calls):
            if service.pooler is None and spoken(call.service, world.services[call.service]) in protocols:
                yield name, i
