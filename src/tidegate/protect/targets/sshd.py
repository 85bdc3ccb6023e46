"""How does OpenSSH's server write what it allows connections that have not logged in? Write and read.

`LoginGraceTime`, and `MaxStartups start:rate:full`, whose law is that of a world's `login`. It counts for one
process of sshd, as a world counts for one instance. Of several lines of a keyword sshd takes the first.
"""

from __future__ import annotations

import math
import re

from tidegate.protect.adopted import Adopted, Findings, Subjects
from tidegate.protect.config_file import Addresses, Draft, Written, comments, identifier, short
from tidegate.protect.protection import Protection
from tidegate.protect.targets.speaking import service_meant
from tidegate.world.login import Login
from tidegate.world.protocol import UNKNOWN, spoken
from tidegate.world.world import WorldFile

TARGET = "sshd"
_SPEAKS = "ssh"
_BELONGS = "is not the business of an SSH server; give it to the client, the device or the scaler"
_MOST = 2**31 - 1
_KEYS = ("timeout", "most", "drop_from", "drop")
_LINE = re.compile(r"\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*?)\s*", re.ASCII)
_STARTUPS = re.compile(r"\"?(\d{1,9})(?::(\d{1,9}):(\d{1,9}))?\"?", re.ASCII)
_TIME = re.compile(r"(\d{1,9})([smhdw]?)", re.IGNORECASE | re.ASCII)
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_TOLD = re.compile(r"services\.([^\s.]+)\.login\.")
_OTHERS = {
    "persourcemaxstartups": "a limit for each source: a world's log-in has none",
    "maxsessions": "sessions of one connection: a world has no key for it",
    "include": "another file: read it as well",
}


def write(protection: Protection, file: WorldFile, addresses: Addresses | None = None) -> Written:
    """Return a part of sshd_config for each service that something is said of.

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
        if draft.has(f"services.{name}.login"):
            _service(draft, name)
    return draft.written(_BELONGS)


def _service(draft: Draft, name: str) -> None:
    at, service = f"services.{name}.login", draft.world.services[name]
    speaks = spoken(name, service)
    if speaks != _SPEAKS:
        said = "is not stated" if speaks == UNKNOWN else f"is {speaks}"
        for key in _KEYS:
            draft.refuse(f"{at}.{key}", f"services.{name}.protocol {said}; sshd is written where it is ssh")
        return
    assert service.login is not None  # an element of it states it
    lines = [*_startups(draft, at, service.login), *_grace(draft, at, service.login)]
    if not lines:
        return
    file_name = f"00-{identifier(name)}.sshd.conf"
    head = [
        f"# The SSH server {short(name)} (world {short(draft.world.name)}).",
        "# A part of /etc/ssh/sshd_config.d; of several lines sshd takes the first.",
    ]
    draft.add(file_name, "\n".join([*head, *lines]) + "\n")
    draft.note(
        "sshd counts what has not logged in for each of its processes, as the world for each instance."
    )


def _startups(draft: Draft, at: str, login: Login) -> list[str]:
    elements = [draft.find(f"{at}.{key}") for key in ("most", "drop_from", "drop")]
    if login.most_count is None or login.most_count > _MOST:
        for key in ("most", "drop_from", "drop"):
            draft.refuse(f"{at}.{key}", "sshd always has a greatest number (MaxStartups)")
        return []
    asked = [element for element in elements if element is not None]
    for element in asked:
        draft.say(element.path)
    start, percent = _dropping(draft, at, login, login.most_count)
    return [*comments(*elements), f"MaxStartups {start}:{percent}:{login.most_count}"] if asked else []


def _dropping(draft: Draft, at: str, login: Login, full: int) -> tuple[int, int]:
    """Return from how many on which share is dropped, in percent, as sshd can say it."""
    if login.drop_from_count is None:
        draft.refuse(f"{at}.drop_from", f"sshd has a number: {full} is written, and none is dropped before")
        draft.refuse(f"{at}.drop", "nothing is dropped before there are as many as may be")
        return full, 100
    percent = max(1, min(100, round(100.0 * login.drop_ratio)))
    if abs(percent / 100.0 - login.drop_ratio) > 1e-9:
        draft.rounded(draft.find(f"{at}.drop"), f"{percent} %")
    start = max(1, min(login.drop_from_count, full))
    if start < login.drop_from_count:
        draft.refuse(f"{at}.drop_from", f"is more than most: {full} is written")
    elif start > login.drop_from_count:
        draft.rounded(draft.find(f"{at}.drop_from"), "1")
    return start, percent


def _grace(draft: Draft, at: str, login: Login) -> list[str]:
    element = draft.find(f"{at}.timeout")
    if element is None:
        return []
    draft.say(element.path)
    if login.timeout_s is None:
        return [*comments(element), "LoginGraceTime 0"]
    whole = min(max(math.floor(login.timeout_s + 0.5), 1), _MOST)
    if abs(whole - login.timeout_s) > 1.0:
        draft.refuse(element.path, f"sshd takes {_MOST:,} s at most; that is written")
    elif whole != login.timeout_s:
        draft.rounded(element, f"{whole} s")
    return [*comments(element), f"LoginGraceTime {whole}"]


def read(text: str, source: str, subjects: Subjects) -> Adopted:
    """Return what an sshd_config allows connections that have not logged in.

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
    seen: set[str] = set()
    for number, line in enumerate(text.splitlines(), start=1):
        row = line.partition("#")[0] if not line.lstrip().startswith("#") else ""
        pair = _LINE.fullmatch(row)
        if pair is None:
            continue
        key, value = pair[1].lower(), pair[2].strip('"')
        if key == "match":
            break  # what follows holds for some, and none of it is what is read here
        if key in _OTHERS:
            findings.ignore(number, f"{pair[1]} {value}", _OTHERS[key])
        elif key in {"maxstartups", "logingracetime"} and key in seen:
            findings.ignore(number, f"{pair[1]} {value}", "sshd takes the first line of a keyword")
        elif key in {"maxstartups", "logingracetime"}:
            seen.add(key)
            _found(findings, text, key, value, number)
    return findings.adopted()


def _found(findings: Findings, text: str, key: str, value: str, number: int) -> None:
    told = _TOLD.search(text)
    if key == "maxstartups":
        shape = _STARTUPS.fullmatch(value)
        if shape is None:
            findings.fault(number, "is no MaxStartups", value=value, allowed="full, or start:rate:full")
            return
        start, full = int(shape[1]), int(shape[3] or shape[1])
        percent = int(shape[2] or 100)
        if start < 1 or start > full or not 1 <= percent <= 100:
            allowed = "start from 1 to full, rate from 1 to 100"
            findings.fault(number, "is no MaxStartups", value=value, allowed=allowed)
            return
        values: dict[str, float | None] = {"most": full, "drop_from": start, "drop": percent / 100.0}
        words = f"MaxStartups {value}"
    else:
        parts = _TIME.findall(value)
        if not parts or "".join(map("".join, parts)) != value:
            findings.fault(number, "is no time", value=value, allowed="seconds, or 2m30s")
            return
        seconds = sum(int(count) * _SECONDS[unit.lower()] for count, unit in parts)
        values = {"timeout": float(seconds) if seconds else None}
        words = f"LoginGraceTime {value}"
    name = service_meant(findings, told[1] if told is not None else "", _SPEAKS, number)
    for one, what in values.items() if name else ():
        findings.found(f"services.{name}.login.{one}", what, words, number)
