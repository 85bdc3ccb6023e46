"""A packet: what it says, on which connection, and how many of them travel back to back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twin.connection import Connection
    from twin.exchange import Exchange


class Kind(Enum):
    """What a packet says; the value tells whether it travels to the service."""

    SYN = "to service: a connection is wanted"
    REQUEST = "to service: what is asked"
    FIN = "to service: the client has closed"
    RESET = "to service: the client knows nothing of this connection"
    ACK = "to service: the answer has come, or the service's FIN and all that went before it"
    HANDSHAKE_ACK = "to service: its answer to the SYN has come"
    QUERY = "to service: a name is asked for, by UDP"
    SYN_ACK = "to client: the connection is made"
    REQUEST_ACK = "to client: the request has come"
    RESPONSE = "to client: the answer"
    LAST_ACK = "to client: the client's FIN has come"
    REFUSED = "to client: a reset"
    GAP_ACK = "to client: a FIN has come, and what went before it is missing"

    @property
    def goes_to_service(self) -> bool:
        """Whether it travels from the client to the service."""
        return self.value.startswith("to service")


@dataclass(frozen=True, kw_only=True)
class Packet:
    """Packets of one kind that leave back to back.

    Parameters
    ----------
    kind
        What they say.
    connection
        Whose they are.
    exchange
        Which request and answer of that connection they belong to, as sequence numbers tell.
    count
        How many travel together.
    """

    kind: Kind
    connection: Connection
    exchange: Exchange
    count: int = 1

    @property
    def flows_count(self) -> int:
        """Flows that it asks a device for: a look-up one for each two of its queries."""
        if self.kind is Kind.QUERY:
            return (self.count + 1) // 2
        return int(self.kind is Kind.SYN)
