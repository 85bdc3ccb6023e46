"""A real client that opens one more connection for each request that it gives up, as Node's `fetch` does."""

from __future__ import annotations

import socket
import sys
import time


def main() -> None:
    """Ask once; where no answer comes within half a second, connect again and ask nothing for a second."""
    place = (sys.argv[1], int(sys.argv[2]))
    with socket.create_connection(place, timeout=0.5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        try:
            connection.recv(4096)
        except TimeoutError:
            pass
        else:
            return
    with socket.create_connection(place, timeout=0.5):
        time.sleep(1.0)
    time.sleep(0.5)


main()
