"""How does SQLAlchemy write a pool of connections? As arguments of `create_engine`; write and read.

Its pool opens each connection as it is needed and keeps `pool_size` of them; `max_overflow` more are closed
as they are given back.

Shortcut: so a connection beyond `least` that may be idle for a time is closed at once.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from tidegate.protect.adopted import Adopted, Findings, Subjects
from tidegate.protect.config_file import Addresses, Draft, Written
from tidegate.protect.protection import Protection
from tidegate.protect.targets.app_pools import AGE, AppPool, Stated, adopt_pool, age_rows, app_pools
from tidegate.world.world import WorldFile

TARGET = "sqlalchemy"
PROTOCOLS = ("postgres", "mysql")
_BELONGS = "is not the business of a pool of connections; give it to the client, the device or the scaler"
_LONGEST = 1_000_000
"""Python keeps 150 times as much of a program that it reads."""
_USUAL_SIZE, _USUAL_OVERFLOW = 5, 10
_ARGUMENTS = ("pool_size", "max_overflow", "pool_timeout", "pool_recycle")
_JITTER = "SQLAlchemy lets all connections become as old as pool_recycle says"
_OTHERS = {
    "pool_pre_ping": "a world has no key for it",
}


def write(protection: Protection, file: WorldFile, addresses: Addresses | None = None) -> Written:
    """Return the arguments of each pool that something is said of, as a module.

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
    for one in app_pools(draft, PROTOCOLS, "SQLAlchemy"):
        _write(draft, one)
    return draft.written(_BELONGS)


def _write(draft: Draft, one: AppPool) -> None:
    pool, size = one.pool, one.pool.most_count
    for key in ("most", "least", "opened", "wait", "idle_timeout"):
        if key in one.elements:
            draft.say(one.paths[key])
    if pool.idle_timeout_s is not None:  # what is beyond is closed some time: at once, here
        size = max(1, min(pool.kept_count, pool.most_count))
        why = "SQLAlchemy closes what is beyond pool_size as it is given back"
        draft.refuse(one.paths["idle_timeout"], why)
        draft.note(f"{one.paths['most'].removesuffix('.most')}: {why}.")
    if size != pool.least_count and "least" in one.elements:
        draft.refuse(one.paths["least"], f"SQLAlchemy keeps what it has opened: pool_size = {size}")
    if pool.opened == "eager" and "opened" in one.elements:
        draft.refuse(one.paths["opened"], "SQLAlchemy opens each connection as it is needed")
    lines = [
        *one.comments("most", "least", "opened"),
        f'"pool_size": {size},',
        f'"max_overflow": {pool.most_count - size},',
    ]
    if pool.wait_s is not None:
        lines += [*one.comments("wait"), f'"pool_timeout": {pool.wait_s!r},']
    elif "wait" in one.paths:
        draft.refuse(one.paths["wait"], "SQLAlchemy always ends the wait (pool_timeout)")
        draft.note("Without pool_timeout SQLAlchemy lets who finds no connection wait 30 s.")
    for said, age in age_rows(draft, one, 1, 1.0, _JITTER):
        lines += [*said, f'"pool_recycle": {age},']
    lines += [] if "idle_timeout" not in one.elements else one.comments("idle_timeout")
    name = f"{one.word}.sqlalchemy.py"
    text = [
        f"# {one.title}.",
        f"# create_engine(URL, **POOL) takes it; {name} is a module of its own.",
        "POOL = {",
        *(f"    {line}" for line in lines),
        "}",
    ]
    draft.add(name, "\n".join(text) + "\n")
    draft.note("What several processes keep with SQLAlchemy counts together: each has a pool of its own.")


def read(text: str, source: str, subjects: Subjects) -> Adopted:
    """Return what the arguments of `create_engine` say, given in a call or in a dictionary.

    Nothing of the text is run.

    Parameters
    ----------
    text
        A Python module.
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
    if len(text) > _LONGEST:
        findings.fault(1, "is too large", value=f"{len(text):,} characters", allowed="the part with the pool")
        return findings.adopted()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = error.lineno or 1 if isinstance(error, SyntaxError) else 1
        findings.fault(line, "is no Python", value=str(error))
        return findings.adopted()
    found: dict[str, Stated] = {}
    for name, node in sorted(_arguments(tree), key=lambda pair: pair[1].lineno):
        _take(findings, found, name, node)
    adopt_pool(findings, text, _pool(findings, found), PROTOCOLS, _USUAL_SIZE + _USUAL_OVERFLOW)
    return findings.adopted()


def _arguments(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield the arguments that a pool has, wherever they are given by name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from ((one.arg, one.value) for one in node.keywords if one.arg is not None)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value


def _take(findings: Findings, found: dict[str, Stated], name: str, node: ast.expr) -> None:
    if name not in _ARGUMENTS and name not in _OTHERS:
        return
    words = f"{name} = {ast.unparse(node)}"
    value = _number(node)
    if name in _OTHERS:
        findings.ignore(node.lineno, words, _OTHERS[name])
    elif value is None:
        findings.ignore(node.lineno, words, "is no number in the text: what the program works out is unknown")
    elif name == "pool_timeout" and value <= 0.0:
        findings.ignore(node.lineno, words, "nobody waits: a world has no words for it")
    elif name == "pool_recycle" and value < 0.0:
        findings.ignore(node.lineno, words, "any age")
    elif name == "pool_recycle":
        found[AGE] = Stated(value=value, words=words, line=node.lineno)
    elif name != "pool_timeout" and value != int(value):
        findings.fault(node.lineno, f"{name} is no whole number", value=f"{value:g}")
    else:
        found[name] = Stated(value=value, words=words, line=node.lineno)


def _number(node: ast.expr) -> float | None:
    """Return the number that an expression is; None where it is none."""
    try:
        value: Any = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > 2**31:
        return None
    return float(value) if value == value else None  # noqa: PLR0124  what is not a number is not itself


def _pool(findings: Findings, found: dict[str, Stated]) -> dict[str, Stated]:
    """Return the arguments in the words of a pool."""
    pool: dict[str, Stated] = {}
    size, overflow = found.get("pool_size"), found.get("max_overflow")
    told = size or overflow
    if told is not None:
        kept = int(size.value) if size is not None else _USUAL_SIZE
        more = int(overflow.value) if overflow is not None else _USUAL_OVERFLOW
        if kept == 0 or more < 0:
            findings.ignore(told.line, told.words, "any number of connections: a world's pool has a limit")
            return {}
        words = " and ".join(one.words for one in (size, overflow) if one is not None)
        pool["most"] = Stated(value=kept + more, words=words, line=told.line)
        pool["least"] = Stated(value=kept, words=words, line=told.line)
        pool["opened"] = Stated(value="lazy", words=words, line=told.line)
    if (wait := found.get("pool_timeout")) is not None:
        pool["wait"] = wait
    if (age := found.get(AGE)) is not None and age.value > 0.0:
        pool[AGE] = age
    return pool
