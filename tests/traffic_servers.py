"""Servers of drawn traffic: `python traffic_servers.py TRUTH MOMENT`; `api` restarts when the truth says."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sys
import time
from pathlib import Path

from drawn_traffic import places

KEPT = set()


async def serve(name, service_s, idle_s, chance):
    async def answer(reader, writer):
        if name == "api":
            KEPT.add(writer)
        with contextlib.suppress(OSError, TimeoutError):
            while True:
                async with asyncio.timeout(idle_s):
                    line = await reader.readline()
                if not line:
                    break
                await asyncio.sleep(chance.expovariate(1.0 / service_s))
                writer.write(line)
        KEPT.discard(writer)
        writer.close()

    return await asyncio.start_server(answer, *places()[name], backlog=4096)


async def main(truth, moment_s):
    chance = random.Random(truth["seed"] + 2)  # noqa: S311
    takes = truth["service_s"]

    async def api():
        return await serve("api", takes["api"], None, chance)

    held = {
        "api": await api(),
        "web": await serve("web", takes["web"], None, chance),
        "keep": await serve("keep", takes["keep"], truth["keep"]["idle_s"], chance),
        "bus": await serve("bus", 0.01, None, chance),
    }
    loop = asyncio.get_running_loop()

    class Resolver(asyncio.DatagramProtocol):
        def connection_made(self, transport):
            self.transport = transport

        def datagram_received(self, data, address):
            self.transport.sendto(data, address)

    await loop.create_datagram_endpoint(Resolver, local_addr=places()["dns"])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for one in truth["fails"]:
        if one["how"] == "restart":
            await asyncio.sleep(moment_s + one["at_s"] - time.monotonic())
            held["api"].close()
            for writer in list(KEPT):
                writer.close()
            await asyncio.sleep(one["for_s"])
            held["api"] = await api()
    await asyncio.sleep(3600)


if __name__ == "__main__":
    told = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    asyncio.run(main(told, float(sys.argv[2])))
