"""Which situations is a client watched in, and what does the other end do in each: the list itself.

The situations stand in the order in which they are told. Sockets, name servers and commands must not
live here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.errors import Fault, InputError

PROTOCOLS = ("http", "tcp", "redis", "postgres")
SERVICE_NAME = "service.probe"
RETRY_AFTER_S = 3
TTL_S = 2
SETTLE_S = 3.0
"""How long a client that keeps running is served before its address list changes."""


@dataclass(frozen=True, kw_only=True)
class Situation:
    """One way in which the endpoint behaves.

    Parameters
    ----------
    name
        Its name on the command line.
    means
        What the endpoint does, to follow "when its endpoint".
    protocols
        For which protocols it can be played.
    """

    name: str
    means: str
    protocols: tuple[str, ...] = PROTOCOLS


SITUATIONS = (
    Situation(name="healthy", means="answers at once"),
    Situation(name="silent", means="does not answer at all, not even the connection request"),
    Situation(name="hanging", means="accepts connections and never answers a request"),
    Situation(name="slow", means="answers one byte a second", protocols=("http",)),
    Situation(name="resetting", means="accepts connections and resets them"),
    Situation(name="refusing", means="refuses connections"),
    Situation(name="erring", means="answers every request with an error",
              protocols=("http", "redis", "postgres")),
    Situation(name="erring_retry_after", means=f"answers 503 with Retry-After: {RETRY_AFTER_S}",
              protocols=("http",)),
    Situation(name="changing", means="changes its address list, and the new address refuses"),
)  # fmt: skip
"""Every situation. In `changing` the new address does what `refusing` does, so that the two together
tell the effect of the change from the effect of a refusal."""


def situations_for(protocol: str, wanted: Sequence[str] = ()) -> tuple[Situation, ...]:
    """Return the situations to play: those wanted, or all that the protocol has.

    `healthy` is always among them, because the others are judged against it.

    Raises
    ------
    InputError
        If there is no such protocol, or one wanted does not exist or cannot be played in it.
    """
    if protocol not in PROTOCOLS:
        raise InputError(
            Fault(what="no such protocol", kind="absent", value=protocol, allowed=", ".join(PROTOCOLS))
        )
    playable = [one for one in SITUATIONS if protocol in one.protocols]
    names = [one.name for one in playable]
    wrong = [name for name in wanted if name not in names]
    if wrong:
        what = f"no such situation for {protocol}"
        raise InputError(*(Fault(what=what, value=name, allowed=", ".join(names)) for name in wrong))
    return tuple(one for one in playable if not wanted or one.name in {"healthy", *wanted})
