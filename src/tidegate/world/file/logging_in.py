"""What a service allows before log-in: where that contradicts itself."""

from __future__ import annotations

from tidegate.world.file.faults import Faults, Path
from tidegate.world.file.scaling import Idle
from tidegate.world.login import Login


def judge_login(path: Path, login: Login, faults: Faults, idle: Idle) -> None:
    """Judge what connections are allowed that have not logged in."""
    most, free = login.most_count, login.drop_from_count
    if login.timeout_s is None and most is None:
        faults.add(path, "limits nothing", allowed="timeout, most, or both")
    idle((*path, "drop_from"), "is given without most", unless=most is not None)
    idle((*path, "drop"), "is given without drop_from", unless=free is not None)
    if most is not None and free is not None and free > most:
        faults.add((*path, "drop_from"), "is more than most", value=free, allowed=f"at most {most}")
