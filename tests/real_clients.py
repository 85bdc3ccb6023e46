"""Let real clients carry a small world out over the loopback, in this process."""

from __future__ import annotations

import time
from typing import Any

from tidegate.adapters.linux.clients.generator import Generated, generate
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

HEAD = """
name: real
horizon: 60s
networks: {main: {}, other: {}}
services: {web: {network: main, concurrency: 100}, names: {network: main}}
"""


def world(clients: str, rest: str = "") -> str:
    return f"{HEAD}clients: {{users: {{network: main, service: web, {clients}}}}}\n{rest}"


def carry_out(
    text: str, endpoint: tuple[str, int], *, horizon_s: float = 1.0, ahead_s: float = 0.3, **more: Any
) -> Generated:
    return generate(
        write_script(read_world(text, "test")),
        network="main",
        endpoints={"web": [endpoint], **more.pop("endpoints", {})},
        start_s=time.monotonic() + ahead_s,
        horizon_s=horizon_s,
        seed=3,
        **more,
    )


def total(done: Generated, name: str, population: str = "users") -> int:
    return sum(getattr(done.populations[population], f"{name}_count"))
