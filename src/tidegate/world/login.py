"""Before log-in: for how long, and how many connections may be there that have not logged in."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.world.field import key


@dataclass(frozen=True, kw_only=True)
class Login:
    """What a service allows connections that have not logged in.

    A connection has logged in once the work of its set-up is done, and what its clients ask first of this
    service (`on_connect`) is answered. Only those that have not are counted. Not together with `balancing`.
    """

    timeout_s: float | None = key(
        "A connection that has not logged in after so long is closed by the service, whatever work was done "
        "for it (sshd: LoginGraceTime; nats-server: the time-out of authorization; PostgreSQL: "
        "authentication_timeout). None: never.",
        default=None,
        above=True,
    )
    most_count: int | None = key(
        "Connections of one instance that have not logged in: with so many there, each further one is closed "
        "at once (sshd: the last number of MaxStartups). None: any number.",
        default=None,
        least=1,
    )
    drop_from_count: int | None = key(
        "With so many there, further ones are closed at random (sshd: the first number of MaxStartups). "
        "None: none is before there are `most`.",
        default=None,
        least=0,
    )
    drop_ratio: float = key(
        "The share closed at random where there are `drop_from`; it rises in a line to all of them at `most` "
        "(sshd: the second number of MaxStartups).",
        default=0.0,
        most=1.0,
    )
