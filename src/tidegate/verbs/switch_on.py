"""Switch on: what a target writes for the limits of a rehearsed world, as it will stand on the rig.

The only place where the files that `protect` writes and the rig that `rehearse` builds meet.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.errors import Fault, InputError
from tidegate.protect.config_file import Addresses, Written
from tidegate.protect.protection import protection_of
from tidegate.protect.targets import vendors
from tidegate.rehearse.scale import Rehearsable
from tidegate.rehearse.switched_on import (
    HAPROXY,
    NFTABLES,
    SwitchedOn,
    cannot_switch_on,
    ends,
    limited_crossings,
)
from tidegate.simulate.script import write_script
from tidegate.world.crossing import Admission

_DEVICE = (
    "The limit is the ruleset written for nftables, loaded on the device in place of the rig's own rules."
)
_PROXY = (
    "The limit is the configuration written for {target}. It stands behind the device: what it turns away "
    "has passed the device before, and that is predicted, too."
)
_WAITING = (
    "HAProxy is predicted as a service that takes one connection at a time; the second's worth that it lets "
    "in at once is not predicted."
)
_REFUSED = (
    "A refused connection is predicted as an error of the service, ten packets; it really costs four to six."
)


@dataclass(frozen=True, kw_only=True)
class InForce:
    """What is switched on, and what whoever reads the rehearsal should know of it.

    Parameters
    ----------
    switched
        The texts.
    said
        As sentences.
    """

    switched: SwitchedOn
    said: tuple[str, ...]


def switch_on(target: str, small: Rehearsable, *, server: str) -> InForce:
    """Return what a target writes for every limit of a rehearsable world.

    Parameters
    ----------
    target
        Its name.
    small
        The world at the size at which it is rehearsed: the limits written are those of that size.
    server
        What answers.

    Raises
    ------
    InputError
        If there is no limit, the target has no words for one, or it has no place on the rig.
    """
    script = write_script(small.file, small.activity)
    if faults := cannot_switch_on(target, script, server=server):
        raise InputError(*faults)
    places = ends(script)
    addresses = Addresses(
        listen={name: outer for name, (outer, _) in places.items()},
        instances={name: (inner,) for name, (_, inner) in places.items()},
    )
    names = limited_crossings(small.file.world)
    texts: dict[str, str] = {}
    said: list[str] = []
    for name in names:
        limit = small.file.world.crossings[name].admission
        assert limit is not None
        protection = protection_of(small.file, _elements(name, limit))
        written = vendors.named(target).write(protection, small.file, addresses)
        texts[name] = _text(written, name)
        said += [f"{target}, {refused.path}: {refused.why}." for refused in written.not_expressed]
        said += _notes(target, limit)
    return InForce(switched=SwitchedOn(target=target, texts=texts), said=tuple(dict.fromkeys(said)))


def _elements(crossing: str, limit: Admission) -> dict[str, object]:
    """Return every setting of a limit by its path."""
    found: dict[str, object] = {}
    if limit.rate_per_s is not None:
        found |= {"rate": limit.rate_per_s, "burst": limit.burst_count}
    if limit.per_source_per_s is not None:
        found |= {"per_source": limit.per_source_per_s, "per_source_burst": limit.per_source_burst_count}
    if limit.concurrent_count is not None:
        found["concurrent"] = limit.concurrent_count
    return {
        f"crossings.{crossing}.admission.{key}": value
        for key, value in (found | {"on_excess": limit.on_excess}).items()
    }


def _text(written: Written, crossing: str) -> str:
    """Return the file of one crossing.

    Raises
    ------
    InputError
        If one of its limits does not stand in it.
    """
    limits = ("rate", "per_source", "concurrent")
    faults = [
        Fault(what=f"cannot be switched on with {written.target}: {refused.why}", path=refused.path)
        for refused in written.not_expressed
        if refused.path.rpartition(".")[2] in limits
    ]
    if faults or not written.files:
        raise InputError(
            *faults or (Fault(what=f"{written.target} writes nothing", kind="statement", path=crossing),)
        )
    return written.files[0].text


def _notes(target: str, limit: Admission) -> tuple[str, ...]:
    if target == NFTABLES:
        return (_DEVICE,)
    waits = target == HAPROXY and limit.on_excess == "drop"
    return (_PROXY.format(target=target), _WAITING if waits else _REFUSED)
