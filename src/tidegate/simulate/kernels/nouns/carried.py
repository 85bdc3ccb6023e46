"""What a new connection carries before what it was made for."""

from __future__ import annotations

from tidegate.simulate.kernels.row import Column, Row, parameter


class Carried(Row):
    """One of the requests that a new connection carries first; the last of them stands first."""

    work_ns: Column = parameter("Mean time of service; -1: the service's own.")
    timeout_ns: Column = parameter(
        "After so long it is given up, and the connection with it; 0: after the time-out of its request."
    )
