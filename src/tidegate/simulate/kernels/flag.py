"""What is true of an exchange: the bits of `Exchange.flags`."""

from __future__ import annotations

OPEN = 1 << 0
"""The client's side is open."""
SYN_SEEN = 1 << 1
ESTABLISHED = 1 << 2
"""As the client sees it."""
REQ_SEEN = 1 << 3
REQ_ACKED = 1 << 4
RESP_GOT = 1 << 5
RESP_ACKED = 1 << 6
FIN_ACKED = 1 << 7
GONE = 1 << 8
"""The service knows that the client has left."""
ACCEPTED = 1 << 9
"""It counts as a connection of the service."""
ERROR = 1 << 10
"""The response is an error."""
KEPT = 1 << 11
"""The connection outlives the exchange."""
DATAGRAM = 1 << 12
REUSED = 1 << 13
"""This exchange runs on a connection kept from an earlier one."""
SETUP_PAID = 1 << 14
"""The work that a new connection costs is done, or there is none."""
COLD = 1 << 15
"""There is no session to resume; of a health check: its instance is out."""
COARSE = 1 << 16
ORPHAN = 1 << 17
"""Its client stopped waiting but kept the connection for the next exchange."""
TORN = 1 << 18
"""The service's side is gone: nothing more is sent from there."""
WORKING = 1 << 19
"""Being served, or waiting for it."""
ENTRY = 1 << 20
"""``<< hop``: it holds a flow entry at that hop's device."""
PORT = 1 << 24
"""``<< hop``: it holds a port there."""
ENTRIES = 15 << 20
PORTS = 15 << 24
HELD = 255 << 20
"""Any entry or port."""
QUEUEING = 1 << 28
"""It holds a place in the service's queue."""
CLOSING = 1 << 29
"""The service has closed an idle connection, and its FIN is not yet acknowledged."""
DEAD = 1 << 30
"""Data came to a closed client, whose socket is gone: whatever still comes is answered with a reset."""
BACKED_OFF = 1 << 31
"""The request was sent again by the time-out: nothing else leaves until it is acknowledged."""
# 32 to 39: which exchange of a kept connection this is, as `packet.TURN` (`packet.TURN_FLAGS` bits higher).
FIN_EARLY = 1 << 40
"""The client's FIN has come before its request, which was lost."""
ADVISED = 1 << 41
"""The response says after how long to come back."""
LOGIN = 1 << 42
"""Its connection has not logged in, where the service counts those."""
SHUT = 1 << 43
"""The service has closed it because it did not log in."""
FLOWS_SHIFT = 44
"""Five bits from here on: so many flows it sets up at each device; 0 is one."""
LIFE_SHIFT = 49
"""Thirteen bits from here on: the number of the life of the instance it has got."""
LIFE = 0x1FFF
LIVES = LIFE << LIFE_SHIFT
AGED = 1 << 62
"""Its connection is closed as soon as nothing is under way on it."""
