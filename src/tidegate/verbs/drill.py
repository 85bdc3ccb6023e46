"""Drill: rehearse an outage of the tooling itself, on sites made for it or on real ones, and judge it.

Whatever was measured is kept in the file of drills, the trail of who cut what, and what came of it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tidegate import __version__
from tidegate.adapters.drilling.conductor import Conductor
from tidegate.adapters.drilling.declared_cuts import DeclaredGround
from tidegate.adapters.drilling.drill_conduct import Conduct
from tidegate.adapters.drilling.receivers import Receivers
from tidegate.adapters.drilling.site_door import SiteDoor
from tidegate.adapters.files.secret_text import SecretText
from tidegate.adapters.files.worlds import append_text, read_text
from tidegate.adapters.linux.sandbox.outside import run_inside
from tidegate.errors import CannotTellError, Fault, InputError
from tidegate.exit_codes import ExitCode
from tidegate.journal.chain_name import SITE_NAMES, is_site_name
from tidegate.observe.drill.cut_reading import CutReading
from tidegate.observe.drill.cuts import LEAST_SITES, Cut
from tidegate.observe.drill.drill_change import Worse, worse_since
from tidegate.observe.drill.drill_judged import Held
from tidegate.observe.drill.drill_limits import DrillLimits, check_limits
from tidegate.observe.drill.drill_record import (
    Drill,
    begun_line,
    drill_line,
    last_alike,
    read_drills,
    readings_of,
)
from tidegate.observe.drill.real_drill import RealDrill, RealSite

MOST_SITES = 9
DRILLS_NAME = "drills.jsonl"
HOLD_S = 5.0
MOST_HOLD_S = 3600.0

_EXIT_CODES = {
    Held.HELD: ExitCode.HOLDS,
    Held.CONDITIONS: ExitCode.CONDITIONS,
    Held.LOST: ExitCode.DOES_NOT_HOLD,
}

Heard = Callable[[Mapping[str, object]], None]


@dataclass(frozen=True, kw_only=True)
class DrillAsked:
    """What is asked of a drill.

    Parameters
    ----------
    by, at_s
        Who runs it, and when it begins, in seconds since 1970.
    cuts
        What is cut.
    limits
        What it must keep to.
    hold_s
        For how long something is cut at least.
    """

    by: str
    at_s: float
    cuts: tuple[Cut, ...]
    limits: DrillLimits
    hold_s: float = HOLD_S


@dataclass(frozen=True, kw_only=True)
class Drilled:
    """A drill, and what it is compared with.

    Parameters
    ----------
    drill
        The drill.
    last
        The last one of the same sites; None where there is none.
    worse
        What got worse since.
    """

    drill: Drill
    last: Drill | None
    worse: tuple[Worse, ...]

    @property
    def exit_code(self) -> ExitCode:
        """What the command ends with."""
        return _EXIT_CODES[self.drill.held]


def check_sites(names: Sequence[str]) -> None:
    """Refuse sites that cannot be drilled on this machine.

    Raises
    ------
    InputError
        With every fault.
    """
    faults = [
        Fault(what="is no name of a site", path="--sites", value=name[:60], allowed=SITE_NAMES)
        for name in names
        if not is_site_name(name)
    ]
    if len(set(names)) != len(names) or not LEAST_SITES <= len(names) <= MOST_SITES:
        allowed = f"{LEAST_SITES} to {MOST_SITES} names, each once"
        faults.append(
            Fault(what="cannot be drilled", path="--sites", value=",".join(names)[:60], allowed=allowed)
        )
    if faults:
        raise InputError(*faults)


def check_asked(asked: DrillAsked) -> None:
    """Refuse what no drill can keep to.

    Raises
    ------
    InputError
        With every fault of the limits, or of how long something is cut.
    """
    check_limits(asked.limits)
    if not 0.0 <= asked.hold_s <= MOST_HOLD_S:
        allowed = f"0 s to {MOST_HOLD_S:g} s"
        raise InputError(
            Fault(what="cannot be how long something is cut", path="--hold", value=f"{asked.hold_s:g} s",
                  allowed=allowed)
        )  # fmt: skip


def drill_here(
    asked: DrillAsked, *, world: str, world_name: str, sites: Sequence[str], segment: str, heard: Heard
) -> Drill:
    """Drill sites that are made for it in namespaces of this machine, and end with it.

    Parameters
    ----------
    asked
        What is asked.
    world, world_name
        The world that the sites are fed with, as its text, and its name; empty for none.
    sites
        The sites' names.
    segment
        The segment that identity knows everybody by.
    heard
        Given what goes on.

    Raises
    ------
    RigError
        If this machine cannot carry it.
    """
    conduct = _conduct(asked, is_private=False, has_receiver=has_apprise(), has_mail=True)
    request = {
        "world": world, "sites": list(sites), "segment": segment, "has_receiver": conduct.has_receiver,
        "cuts": [one.name for one in asked.cuts], "mark": conduct.mark, "first_word_s": conduct.first_word_s,
        "heal_s": conduct.heal_s, "hold_s": conduct.hold_s, "apart_said_s": conduct.apart_said_s,
    }  # fmt: skip
    timeout_s = conduct.most_s + 2 * conduct.heal_s + 120.0
    entry = "tidegate.adapters.linux.drill_ground:drill_inside"
    found = run_inside(entry, request, timeout_s=timeout_s, on_message=heard)
    told = found["readings"]
    readings = readings_of(told if isinstance(told, list) else [])
    return _drill(asked, readings, world=world_name, sites=tuple(sites), is_real=False)


def drill_real(asked: DrillAsked, real: RealDrill, beside: Path, heard: Heard) -> Drill:
    """Drill real sites, cut by the command lines that are declared; nothing that is said becomes public.

    Parameters
    ----------
    asked
        What is asked.
    real
        The sites, and how they are cut and healed.
    beside
        The folder that the tokens' files are named from.
    heard
        Given what goes on.

    Raises
    ------
    CannotTellError
        If a site cannot be asked before anything is cut.
    """
    doors = [SiteDoor(one.name, one.url, _token(one, beside), one.page) for one in real.sites]
    away = {door.name: why for door in doors if (why := door.why_not())}
    if away:
        said = "\n".join(f"  {name}: {why}" for name, why in away.items())
        raise CannotTellError(f"nothing was cut, for not every site can be asked:\n{said}")
    conduct = _conduct(asked, is_private=True, has_receiver=real.receiver is not None, has_mail=False)
    receivers = Receivers()
    with closing(receivers), DeclaredGround(real.cuts) as ground:
        if real.receiver is not None:
            receivers.add(kind="hook", address=real.receiver[0], port=real.receiver[1])
            receivers.wait_ready()
        readings = Conductor(doors, ground, receivers, conduct, heard).run()
    names = tuple(one.name for one in real.sites)
    return _drill(asked, tuple(readings), world="", sites=names, is_real=True)


def _token(site: RealSite, beside: Path) -> str:
    return SecretText(str(beside / site.token_file), f"sites.{site.name}.token_file").text


def has_apprise() -> bool:
    """Whether operators' channels can be spoken to here: without, no notice of an exercise goes anywhere."""
    return find_spec("apprise") is not None


def _conduct(asked: DrillAsked, *, is_private: bool, has_receiver: bool, has_mail: bool) -> Conduct:
    return Conduct(
        cuts=asked.cuts, mark=f"Drill {secrets.token_hex(3)}", first_word_s=asked.limits.first_word_s,
        heal_s=asked.limits.heal_s, hold_s=asked.hold_s,
        apart_said_s=asked.limits.apart_said_s, is_private=is_private, has_receiver=has_receiver,
        has_mail=has_mail,
    )  # fmt: skip


def _drill(
    asked: DrillAsked, readings: tuple[CutReading, ...], *, world: str, sites: tuple[str, ...], is_real: bool
) -> Drill:
    return Drill(
        by=asked.by, at_s=asked.at_s, world=world, sites=sites, is_real=is_real, limits=asked.limits,
        readings=readings, version=__version__,
    )  # fmt: skip


def drills_before(path: str) -> tuple[Drill, ...]:
    """Return the drills that a file keeps; none where there is no file.

    Raises
    ------
    InputError
        If it holds something else.
    """
    return read_drills(*read_text(path)) if Path(path).exists() else ()


def note_begin(asked: DrillAsked, real: RealDrill, path: str) -> None:
    """Keep that real sites are cut from now on, by whom and how: also where the drill does not end."""
    commands = {one.name: real.cuts[one.name].cut for one in asked.cuts}
    sites = tuple(one.name for one in real.sites)
    append_text(path, begun_line(by=asked.by, at_s=asked.at_s, sites=sites, commands=commands))


def keep(drill: Drill, before: Sequence[Drill], path: str) -> Drilled:
    """Add a drill to the file of drills, and return it with what got worse since the last."""
    append_text(path, drill_line(drill))
    last = last_alike(before, drill)
    return Drilled(drill=drill, last=last, worse=worse_since(last, drill) if last else ())
