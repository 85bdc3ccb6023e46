"""Protect: which configuration makes an activity safe, written for each device and client it concerns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from tidegate.errors import Fault, InputError
from tidegate.evaluate.judging.asked import Check, activities_of
from tidegate.exit_codes import ExitCode
from tidegate.protect.config_file import Addresses, NotExpressed, Written
from tidegate.protect.finding import Smallest
from tidegate.protect.ordinary_day import below_calm
from tidegate.protect.protection import Protection, protection_of
from tidegate.protect.setting_kinds import kind_at
from tidegate.protect.smallest import smallest_protection
from tidegate.protect.targets import vendors
from tidegate.world.file.nearest_name import nearest
from tidegate.world.world import WorldFile


@dataclass(frozen=True, kw_only=True)
class Protect:
    """What is to be written.

    Parameters
    ----------
    file
        The world, overlays already laid.
    protection
        The elements, whoever chose them.
    targets
        Names of the vendors; none means every one that has words for an element.
    addresses
        Where files that need addresses listen and connect.
    """

    file: WorldFile
    protection: Protection
    targets: tuple[str, ...] = ()
    addresses: Addresses | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A protection and what each vendor makes of it.

    Parameters
    ----------
    protection
        The elements.
    written
        One for each target.
    unsaid
        Elements that none of the targets has words for.
    """

    protection: Protection
    written: tuple[Written, ...]
    unsaid: tuple[NotExpressed, ...]

    @property
    def exit_code(self) -> ExitCode:
        """0 where every element stands in a file; 3 where one must be set by other means."""
        return ExitCode.CONDITIONS if self.unsaid else ExitCode.HOLDS


def chosen(file: WorldFile, elements: Mapping[str, object], activity: str | None) -> Protection:
    """Return the protection that somebody spelt out.

    Raises
    ------
    InputError
        If there is no such activity, no element, one of them is wrong, or a limit lies below the steady
        load.
    """
    known = file.world.activities
    if activity is not None and activity not in known:
        near, allowed = nearest(activity, known), ", ".join(known) or "none is stated"
        raise InputError(
            Fault(what="no such activity", kind="absent", value=activity, nearest=near, allowed=allowed)
        )
    if not elements:
        allowed = "--element crossings.NAME.admission.rate=180/s, once for each"
        raise InputError(Fault(what="no element of a protection is given", kind="statement", allowed=allowed))
    protection = protection_of(file, elements, activity=activity or "")
    faults = below_calm(file, protection)
    if faults:
        raise InputError(*faults)
    return protection


def smallest(
    file: WorldFile,
    activity: str | None,
    *,
    seed: int,
    executor: Executor,
    progress: Callable[[str, int], None] | None = None,
) -> Smallest:
    """Find the fewest elements that make an activity safe; without one named, the world's first.

    Raises
    ------
    InputError
        If there is no such activity, or nothing happens in this world.
    """
    meant = activities_of(Check(file=file, activity=activity))[0]
    return smallest_protection(file, meant, seed=seed, executor=executor, progress=progress)


def protect(asked: Protect) -> Plan:
    """Return the files of every target asked for.

    Raises
    ------
    InputError
        If a target is not known.
    """
    targets = [vendors.named(name) for name in asked.targets] or list(vendors.TARGETS.values())
    written = [target.write(asked.protection, asked.file, asked.addresses) for target in targets]
    if not asked.targets:
        written = [one for one in written if one.files]
    said = {path for one in written for path in one.expressed}
    return Plan(
        protection=asked.protection,
        written=tuple(written),
        unsaid=tuple(_unsaid(asked.protection, said, written)),
    )


def _unsaid(protection: Protection, said: set[str], written: Sequence[Written]) -> list[NotExpressed]:
    """Return the elements no target expresses, each with where it is set and the most telling reason."""
    reasons: dict[str, str] = {}
    every = [(one.target, refused) for one in written for refused in one.not_expressed]
    for target, refused in sorted(every, key=lambda pair: pair[1].elsewhere):
        if not (refused.elsewhere and kind_at(refused.path).where):
            reasons.setdefault(refused.path, f"{target}: {refused.why}")
    return [
        NotExpressed(path=path, why=_why(kind_at(path).where, reasons.get(path, "")))
        for path in (element.path for element in protection.elements)
        if path not in said
    ]


def _why(where: str, reason: str) -> str:
    return "; ".join(filter(None, (where, reason))) or "no target has words for it"
