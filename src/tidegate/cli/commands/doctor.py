"""`tidegate doctor`: what of Tidegate works on this machine, and what to install for the rest."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, cast

import typer

from tidegate import __version__
from tidegate.cli.app import app, width
from tidegate.cli.options import Out, emit, in_unicode

if TYPE_CHECKING:
    from tidegate.rehearse.ability import Ability

_EXTRAS = {
    "apprise": ("notices by chat and text message", "notify, serve", "apprise"),
    "distributed": ("runs on a cluster", "check, map", "cluster"),
    "authlib": ("log-in through OpenID Connect", "serve", "oidc"),
}
_SERVERS = ("haproxy", "nginx", "envoy", "openssl")


class Shape(StrEnum):
    """How it is printed."""

    TEXT = "text"
    JSON = "json"


@app.command()
def doctor(
    *,
    output: Annotated[Shape, typer.Option("--format", help="Words or JSON.")] = Shape.TEXT,
    out: Out = "-",
) -> int:
    """Say what of Tidegate works on this machine, and what to install for the rest."""
    from tidegate.adapters.files.worlds import refuse_unwritable
    from tidegate.present.doctor_text import doctor_json, doctor_text
    from tidegate.rehearse.ability import exit_code

    if out != "-":
        refuse_unwritable(out)
    found: list[Ability] = []
    with _watched() as tell:
        for ability in _abilities():
            found.append(ability)
            tell(ability.name)
    if output is Shape.JSON:
        text = doctor_json(_machine(), found)
    else:
        text = doctor_text(_machine(), found, width=width(), unicode=out != "-" or in_unicode())
    emit(out, text)
    return exit_code(found)


@contextmanager
def _watched() -> Iterator[Callable[[str], None]]:
    """Show on a terminal what was looked at last."""
    if not sys.stderr.isatty():
        yield lambda _name: None
        return
    from rich.console import Console

    with Console(stderr=True).status("looking", spinner="dots") as status:
        yield lambda name: status.update(f"looked at: {name}")


def _machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory_gb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    return (
        f"tidegate {__version__}, Python {platform.python_version()}, {platform.system()} "
        f"{platform.machine()}, processors: {cores}, memory: {memory_gb:.0f} GB"
    )


def _abilities() -> Iterator[Ability]:
    from tidegate.adapters.linux.sandbox.features import missing_programs
    from tidegate.adapters.validators.installed import missing_part
    from tidegate.adapters.validators.vendors import VALIDATORS
    from tidegate.rehearse.ability import Ability, lacking

    yield _engine()
    yield _sandbox()
    servers = tuple(missing_programs(_SERVERS))
    yield Ability(name="real servers and proxies", serves="rehearse, calibrate", lacks=servers)
    for target in VALIDATORS:
        part = missing_part(target)
        lacks = (lacking(part),) if part else ()
        yield Ability(name=f"a judge of files for {target}", serves="protect", lacks=lacks)
    for module, (name, serves, extra) in _EXTRAS.items():
        missing = f"{module} is not installed; pip install 'tidegate[{extra}]'"
        yield Ability(name=name, serves=serves, lacks=() if find_spec(module) else (missing,))


def _engine() -> Ability:
    from tidegate.cli.waiting import engine
    from tidegate.rehearse.ability import Ability

    serves = "check, ramp, protect, headroom, map, compare"
    name = "an engine that is ready"
    if engine() == "built":
        return Ability(name=name, serves=serves, remark="it was built with the package", needed=True)
    slow = "the first use compiles it, which takes minutes; install the package anew to have it built"
    if engine() == "python":
        slow = "TIDEGATE_ENGINE=python was asked for, which is some hundred times slower"
    return Ability(name=name, serves=serves, lacks=(slow,), needed=True)


def _sandbox() -> Ability:
    from tidegate.adapters.linux.sandbox.features import missing_programs
    from tidegate.adapters.linux.sandbox.outside import run_inside
    from tidegate.errors import RigError
    from tidegate.rehearse.ability import Ability

    lacks: Sequence[str] = missing_programs()
    if not lacks:
        try:
            entry = "tidegate.adapters.linux.sandbox.features:report_missing"
            lacks = cast("Sequence[str]", run_inside(entry, {}, timeout_s=30.0)["missing"])
        except RigError as error:
            lacks = [str(error)]
    serves = "rehearse, calibrate, demo --live"
    return Ability(name="a network of its own, in namespaces of Linux", serves=serves, lacks=tuple(lacks))
