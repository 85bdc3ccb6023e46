"""How is a HAProxy configuration built? Its lines, each with its section; which proxies carry traffic."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tidegate.protect.adopted import Findings

_SECTIONS = frozenset(
    {"global", "defaults", "frontend", "backend", "listen", "peers", "resolvers", "userlist", "mailers",
     "program", "cache", "http-errors", "ring", "log-forward", "log-profile", "fcgi-app", "crt-store",
     "traces", "acme"}
)  # fmt: skip
_NAMED = re.compile(r"crossings\.([^\s.]+)\.")
_SERVERS = frozenset({"server", "server-template"})
_ENVIRONMENT = re.compile(r"\$\{?\w")


@dataclass(kw_only=True)
class Line:
    """One line with what surrounds it.

    Parameters
    ----------
    number, words
        Of the line, comments and quotation marks taken away.
    section, name
        The section that it stands in, and that section's name.
    named
        The crossing that a comment before it names.
    under
        The condition that decides when HAProxy starts whether it counts; empty where it always does.
    """

    number: int
    words: list[str]
    section: str
    name: str
    named: str
    under: str = ""

    @property
    def text(self) -> str:
        """The line in its words."""
        return " ".join(self.words)

    @property
    def is_environment(self) -> bool:
        """Whether the environment of the process says a part of it."""
        return bool(_ENVIRONMENT.search(self.text))


@dataclass(kw_only=True)
class Proxy:
    """A frontend, backend or listen section.

    Parameters
    ----------
    kind, name
        As its head says.
    binds
        Where it listens.
    states
        The first words of its lines.
    """

    kind: str
    name: str
    binds: list[str] = field(default_factory=list)
    states: set[str] = field(default_factory=set)
    has_servers: bool = False
    hands_on: bool = False
    shows_statistics: bool = False

    @property
    def is_off(self) -> bool:
        """Whether HAProxy does not start it."""
        return "disabled" in self.states and "enabled" not in self.states

    @property
    def carries_traffic(self) -> bool:
        """Whether connections to services come in here."""
        if self.is_off:
            return False
        return self.kind != "backend" and (self.hands_on or self.has_servers or not self.shows_statistics)

    @property
    def title(self) -> str:
        """What to call it, and by where it listens."""
        return f"{self.kind} {self.name}" + (f" (bind {', '.join(self.binds)})" if self.binds else "")


def read_lines(text: str, findings: Findings) -> list[Line]:
    """Return the lines that stand in sections; what is broken goes to `findings`."""
    return list(_lines(text, findings))


def _lines(text: str, findings: Findings) -> Iterator[Line]:
    section = name = named = ""
    conditions: list[str] = []
    for number, row in enumerate(text.splitlines(), start=1):
        found = _NAMED.search(row) if row.lstrip().startswith("#") else None
        named = found[1] if found else named
        try:
            words = shlex.split(row, comments=True)
        except ValueError:
            findings.fault(number, "holds a text without an end", value=row.strip())
            continue
        if not words:
            continue
        if words[0].startswith("."):
            _condition(number, row.strip(), conditions, findings)
        elif words[0] in _SECTIONS:
            section, name = words[0], words[1] if len(words) > 1 else ""
        elif not section:
            findings.fault(
                number, "stands before any section", value=row.strip(), allowed="global, defaults, …"
            )
        else:
            under = conditions[-1] if conditions else ""
            yield Line(number=number, words=words, section=section, name=name, named=named, under=under)


def _condition(number: int, text: str, conditions: list[str], findings: Findings) -> None:
    """Follow what HAProxy decides when it starts."""
    word = text.split(maxsplit=1)[0]
    if word == ".if":
        conditions.append(text)
    elif word in {".elif", ".else"} and conditions:
        conditions[-1] = text if word == ".elif" else f"{word} of {conditions[-1].removeprefix('.else of ')}"
    elif word == ".endif" and conditions:
        conditions.pop()
    elif word not in {".notice", ".warning", ".alert", ".diag"}:
        findings.fault(number, "is no condition that was begun", value=text, allowed=".if … .else … .endif")


def proxies_of(lines: Sequence[Line]) -> dict[tuple[str, str], Proxy]:
    """Return the proxies by kind and name."""
    found: dict[tuple[str, str], Proxy] = {}
    for line in lines:
        if line.section not in {"frontend", "backend", "listen"}:
            continue
        key = (line.section, line.name)
        proxy = found.setdefault(key, Proxy(kind=line.section, name=line.name))
        first = line.words[0]
        proxy.states.add(first)
        proxy.has_servers |= first in _SERVERS
        proxy.hands_on |= first in {"default_backend", "use_backend"}
        proxy.shows_statistics |= first == "stats" or line.words[:2] == ["http-request", "use-service"]
        if first == "bind" and len(line.words) > 1:
            proxy.binds.append(line.words[1])
    return found
