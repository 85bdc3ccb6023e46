"""How does nats-server write how many clients it takes, and how long they may take to log in? Write and read.

Its limit counts all connections of clients, not those before log-in, and it tells what is too much so and
closes it. `authorization { timeout }` ends a connection that has not logged in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate.protect.adopted import Adopted, Findings, Subjects
from tidegate.protect.config_file import Addresses, Draft, Written, comments, identifier, short
from tidegate.protect.protection import Protection
from tidegate.protect.targets.speaking import service_meant
from tidegate.world.protocol import UNKNOWN, spoken
from tidegate.world.world import WorldFile

TARGET = "nats"
_SPEAKS = "nats"
_BELONGS = "is not the business of a NATS server; give it to the client, the device or the scaler"
_MOST = 2**31 - 1
_TOLD = re.compile(r"services\.([^\s.]+)\.(?:login|connections)\b")
_WORD = re.compile(r"#[^\n]*|//[^\n]*|\"[^\"\n]*\"|'[^'\n]*'|[{}\[\]\n;,]|[^\s{}\[\];,#\"'=:]+|[=:]")
_COUNT = re.compile(r"(\d{1,12})(k|m|g|kb|mb|gb)?", re.IGNORECASE | re.ASCII)
_TIMES = {"": 1, "k": 1000, "m": 10**6, "g": 10**9, "kb": 1024, "mb": 1024**2, "gb": 1024**3}
_SECONDS = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(s|ms|m)?", re.ASCII)
_UNITS = {"": 1.0, "s": 1.0, "ms": 0.001, "m": 60.0}
_ENDS = ("{", "}", "\n", ";", ",")
_LOGIN = ("most", "drop_from", "drop")
_OTHERS = {
    ("max_pending",): "a world has no key for it",
    ("ping_interval",): "a world has no key for it",
    ("max_subscriptions",): "a world has no key for it",
    ("write_deadline",): "a world has no key for it",
}


def write(protection: Protection, file: WorldFile, addresses: Addresses | None = None) -> Written:
    """Return a part of a server's configuration for each service that something is said of.

    Parameters
    ----------
    protection
        What is to be said.
    file
        The world it protects.
    addresses
        Not needed.
    """
    del addresses
    draft = Draft(TARGET, protection, file)
    for name in protection.subjects("services"):
        at = f"services.{name}"
        if draft.has(f"{at}.login", f"{at}.connections", f"{at}.connections_when_full"):
            _service(draft, name)
    return draft.written(_BELONGS)


def _service(draft: Draft, name: str) -> None:
    at, service = f"services.{name}", draft.world.services[name]
    speaks = spoken(name, service)
    if speaks != _SPEAKS:
        said = "is not stated" if speaks == UNKNOWN else f"is {speaks}"
        for element in (*draft.below(f"{at}.login"), draft.find(f"{at}.connections")):
            if element is not None:
                draft.refuse(element.path, f"{at}.protocol {said}; nats-server is written where it is nats")
        return
    for key in _LOGIN:
        draft.refuse(f"{at}.login.{key}", "nats-server counts all connections, not those before log-in")
    lines = [*_connections(draft, name), *_timeout(draft, name)]
    if not lines:
        return
    head = [
        f"# The NATS server {short(name)} (world {short(draft.world.name)}).",
        "# include it, and put the time-out into the authorization that is there.",
    ]
    file_name = f"{identifier(name)}.nats.conf"
    draft.add(file_name, "\n".join([*head, *lines]) + "\n")


def _connections(draft: Draft, name: str) -> list[str]:
    at, service = f"services.{name}.connections", draft.world.services[name]
    cap, full = draft.find(at), draft.find(f"{at}_when_full")
    if cap is None and full is None:
        return []
    count = service.connections_count
    if count is None or count > _MOST:
        draft.refuse(at, "nats-server always has a limit (max_connections)")
        draft.refuse(f"{at}_when_full", "there is no limit whose excess it would be")
        return []
    draft.say(at)
    if service.connections_when_full == "refuse":
        draft.say(f"{at}_when_full")
    else:
        draft.refuse(f"{at}_when_full", "nats-server closes what is beyond max_connections; it does not wait")
        draft.note(f"{at}: nats-server closes what is too much; it does not wait, as the world says.")
    return [*comments(cap, full), f"max_connections: {count}"]


def _timeout(draft: Draft, name: str) -> list[str]:
    element, login = draft.find(f"services.{name}.login.timeout"), draft.world.services[name].login
    if element is None or login is None:
        return []
    if login.timeout_s is None:
        draft.refuse(element.path, "nats-server always ends a log-in (authorization { timeout })")
        return []
    draft.say(element.path)
    draft.note("nats-server counts the time-out of authorization only where clients have to log in.")
    text = f"{login.timeout_s:.6f}".rstrip("0")
    value_s = float(text)
    if value_s == 0.0:
        draft.refuse(element.path, "is too short for nats-server")
        return []
    if value_s != login.timeout_s:
        draft.rounded(element, f"{text} s")
    text = text.removesuffix(".")
    return [*comments(element), "authorization {", f"  timeout: {text}", "}"]


def read(text: str, source: str, subjects: Subjects) -> Adopted:
    """Return what a server's configuration says about its clients.

    Parameters
    ----------
    text
        The configuration.
    source
        Its name.
    subjects
        Which service it is, where the text does not say so.

    Raises
    ------
    InputError
        With every fault of the text, each with its line.
    """
    findings = Findings(TARGET, source, subjects)
    told = _TOLD.search(text)
    whose = _Whose(findings, told[1] if told is not None else "")
    for path, value, line in _settings(text, findings):
        words = f"{'.'.join(path)} = {value}"
        if path in {("max_connections",), ("max_conn",)}:
            _most(findings, whose, value, words, line)
        elif path == ("authorization", "timeout"):
            _ends(findings, whose, value, words, line)
        elif path in _OTHERS:
            findings.ignore(line, words, _OTHERS[path])
        elif path[-1] in _LIMITS:
            findings.ignore(
                line, words, f"limits {_PARTS.get(path[0], 'something else')}, not log-ins or clients"
            )
        elif path == ("include",):
            findings.ignore(line, words, "another file: read it as well")
    return findings.adopted()


_LIMITS = frozenset({
    "timeout", "max_payload", "max_pending", "max_subscriptions", "max_control_line", "ping_interval",
    "ping_max", "write_deadline", "connect_retries", "max_connections", "max_conn", "handshake_timeout",
})  # fmt: skip
_PARTS = {
    "cluster": "other servers",
    "gateway": "other clusters",
    "leafnodes": "leaf nodes",
    "tls": "TLS' beginning",
}


class _Whose:
    """Which service it is; asked only where something is found, and once."""

    def __init__(self, findings: Findings, told: str) -> None:
        self._findings = findings
        self._told = told
        self._name: str | None = None

    def name(self, line: int) -> str:
        if self._name is None:
            self._name = service_meant(self._findings, self._told, _SPEAKS, line)
        return self._name


def _most(findings: Findings, whose: _Whose, value: str, words: str, line: int) -> None:
    shape = _COUNT.fullmatch(value)
    if value.startswith(("$", "-")):
        findings.ignore(line, words, "no limit, or one that the text does not tell")
        return
    count = int(shape[1]) * _TIMES[(shape[2] or "").lower()] if shape is not None else 0
    if value == "0":
        findings.ignore(line, words, "lets no client in: a world's service takes one at least")
        return
    if count < 1:
        findings.fault(line, "is no number of connections", value=value, allowed="1 or more")
        return
    name = whose.name(line)
    if name:
        findings.found(f"services.{name}.connections", count, words, line)
        findings.found(f"services.{name}.connections_when_full", "refuse", words, line)


def _ends(findings: Findings, whose: _Whose, value: str, words: str, line: int) -> None:
    shape = _SECONDS.fullmatch(value.strip("\"'"))
    if value.startswith("$"):
        findings.ignore(line, words, "a variable, which the text does not tell")
        return
    seconds = float(shape[1]) * _UNITS[shape[2] or ""] if shape is not None else 0.0
    if seconds <= 0.0:
        findings.fault(line, "is no time-out", value=value, allowed="seconds above 0")
        return
    name = whose.name(line)
    if name:
        findings.found(f"services.{name}.login.timeout", seconds, words, line)


def _settings(text: str, findings: Findings) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """Yield each plain setting by the blocks it stands in, with its line."""
    blocks: list[str] = []
    words: list[str] = []
    last = 1
    for word, line in _words(text):
        last = line
        if word == "{":
            blocks.append(words[-1].strip("\"'").lower() if words else "")
        elif word not in _ENDS:
            words.append(word)
            continue
        elif len(words) > 1:
            yield (*blocks, words[0].strip("\"'").lower()), words[1], line
        words = []
        if word == "}" and blocks:
            blocks.pop()
        elif word == "}":
            findings.fault(line, "closes no block", value="}")
    if blocks:
        findings.fault(last, f"{blocks[-1] or 'a block'} is not closed")


def _words(text: str) -> Iterator[tuple[str, int]]:
    """Yield the words of a text with their lines: no comments, no lists, none of the marks between both."""
    lists, line = 0, 1
    for found in _WORD.finditer(f"{text}\n"):
        word = found[0]
        if word in "[]":
            lists = max(lists + (1 if word == "[" else -1), 0)
        elif not lists and not word.startswith(("#", "//")) and word not in "=:":
            yield word, line
        line += word.count("\n")
