"""How does node-postgres write a pool of connections? As the options of its `Pool`; write and read.

Shortcuts: a pool of node-postgres always opens connections as they are needed, so `eager` has no words;
`connectionTimeoutMillis` also ends a connecting that takes long.
"""

from __future__ import annotations

import re

from tidegate.protect.adopted import Adopted, Findings, Subjects
from tidegate.protect.config_file import Addresses, Draft, Written
from tidegate.protect.protection import Protection
from tidegate.protect.targets.app_pools import AGE, AppPool, Stated, adopt_pool, age_rows, app_pools
from tidegate.world.world import WorldFile

TARGET = "node-postgres"
PROTOCOLS = ("postgres",)
_BELONGS = "is not the business of a pool of connections; give it to the client, the device or the scaler"
_MOST_MS = 2**31 - 1  # of a timer of Node's
_USUAL_MOST = 10
_JITTER = "node-postgres lets all connections become as old as maxLifetimeSeconds says"
_PAIR = re.compile(r"[\"']?\b(max|min|connectionTimeoutMillis|idleTimeoutMillis|maxLifetimeSeconds)\b[\"']?"
                   r"\s*:\s*([^,}\n/]+)", re.ASCII)  # fmt: skip
_WHOLE = re.compile(r"\d[\d_]{0,12}", re.ASCII)
_NOTE = re.compile(r"//.*$")


def write(protection: Protection, file: WorldFile, addresses: Addresses | None = None) -> Written:
    """Return the options of each pool that something is said of, as a module.

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
    for one in app_pools(draft, PROTOCOLS, "node-postgres"):
        _write(draft, one)
    return draft.written(_BELONGS)


def _write(draft: Draft, one: AppPool) -> None:
    pool = one.pool
    lines = [*_said(draft, one, "most"), f"max: {pool.most_count},"]
    if "least" in one.paths:
        least = min(pool.kept_count, pool.most_count)
        lines += [*_said(draft, one, "least"), f"min: {least},"]
        if least:
            draft.note("node-postgres knows min from 8.16 on; older ones close every idle connection.")
        if pool.least_count != least:
            draft.refuse(one.paths["least"], f"node-postgres has a number up to max: min: {least} is written")
        lines += _times(draft, one)
    for said, age in age_rows(draft, one, 1, 1.0, _JITTER):
        lines += [*(f"//{line.removeprefix('#')}" for line in said), f"maxLifetimeSeconds: {age},"]
    if pool.opened == "eager" and "opened" in one.elements:
        draft.refuse(one.paths["opened"], "node-postgres opens each connection as it is needed")
    elif "opened" in one.elements:
        lines += _said(draft, one, "opened")
    name = f"{one.word}.pg-pool.cjs"
    text = [
        f"// {one.title}.",
        f'// new Pool({{...require("./{name}"), connectionString}})',
        "module.exports = {",
        *(f"  {line}" for line in lines),
        "};",
    ]
    draft.add(name, "\n".join(text) + "\n")
    draft.note("What several processes keep with node-postgres counts together: each has a pool of its own.")


def _said(draft: Draft, one: AppPool, key: str) -> list[str]:
    if key in one.elements:
        draft.say(one.paths[key])
    return [f"//{line.removeprefix('#')}" for line in one.comments(key)]


def _times(draft: Draft, one: AppPool) -> list[str]:
    """Return how long who finds no connection waits, and how long one may be idle; 0 is for ever."""
    lines: list[str] = []
    for key, name, value_s in (
        ("wait", "connectionTimeoutMillis", one.pool.wait_s),
        ("idle_timeout", "idleTimeoutMillis", one.pool.idle_timeout_s),
    ):
        value_ms = 0 if value_s is None else min(max(round(value_s * 1000.0), 1), _MOST_MS)
        lines += [*_said(draft, one, key), f"{name}: {value_ms},"]
        off_s = abs(value_ms / 1000.0 - (value_s or 0.0))
        if off_s > 1.0:
            draft.refuse(one.paths[key], f"node-postgres takes {_MOST_MS} ms at most; that is written")
        elif off_s > 1e-9:
            draft.rounded(one.elements.get(key), f"{value_ms} ms")
    return lines


def read(text: str, source: str, subjects: Subjects) -> Adopted:
    """Return what the options of a `Pool` say, wherever they stand in a text.

    Parameters
    ----------
    text
        JavaScript or JSON.
    source
        Its name.
    subjects
        Whose pool it is, where the text does not say so.

    Raises
    ------
    InputError
        With every fault of the text, each with its line.
    """
    findings = Findings(TARGET, source, subjects)
    found: dict[str, Stated] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        for name, value in _PAIR.findall(_NOTE.sub("", line)):
            _take(findings, found, name, value.strip(), number)
    adopt_pool(findings, text, found, PROTOCOLS, _USUAL_MOST)
    return findings.adopted()


def _take(findings: Findings, found: dict[str, Stated], name: str, value: str, number: int) -> None:
    words = f"{name}: {value}"
    if not _WHOLE.fullmatch(value):
        findings.ignore(number, words, "is no number in the text: what the program works out is not known")
    elif name == "max" and int(value) < 1:
        findings.fault(number, "max is less than 1", value=value, allowed="1 or more")
    elif name in {"max", "min"}:
        key = "most" if name == "max" else "least"
        found[key] = Stated(value=int(value), words=words, line=number)
        if name == "max":
            found["opened"] = Stated(value="lazy", words=words, line=number)
    elif name == "maxLifetimeSeconds":
        if int(value) == 0:
            findings.ignore(number, words, "any age")
        else:
            found[AGE] = Stated(value=float(int(value)), words=words, line=number)
    else:
        key = "wait" if name == "connectionTimeoutMillis" else "idle_timeout"
        seconds = int(value) / 1000.0 or None
        found[key] = Stated(value=seconds, words=words, line=number)
