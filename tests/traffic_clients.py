"""Clients of drawn traffic over real sockets: `python traffic_clients.py TRUTH MOMENT`, until it is ended.

MOMENT is when the record begins, on the monotonic clock. How long they wait is the product's own back-off.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
import sys
from pathlib import Path

from drawn_traffic import API, BUS, DNS, KEEP, WEB, sources
from tidegate.behaviour.backoff import delay_s
from tidegate.world.retry import RetryLayer

FAILS = (OSError, asyncio.IncompleteReadError, TimeoutError)


async def connected(address, target):
    return await asyncio.open_connection(*target, local_addr=(address, 0))


async def asked(reader, writer):
    writer.write(b"x\n")
    await reader.readuntil(b"\n")


async def request(address, target, timeout_s):
    """Ask once over a connection of its own; whether that was answered in time."""
    writer = None
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await connected(address, target)
            await asked(reader, writer)
    except FAILS:
        return False
    finally:
        if writer is not None:
            writer.close()
    return True


async def closed(address, target, think_s, timeout_s, chance, layer=None):
    """Pause, ask, wait for the answer; where there is a law, try again by it."""
    while True:
        await asyncio.sleep(chance.expovariate(1.0 / think_s))
        number, previous_s = 0, 0.0
        while not await request(address, target, timeout_s):
            number += 1
            if layer is None or (layer.retries_count is not None and number > layer.retries_count):
                break
            previous_s = delay_s(layer, number, previous_s, chance.random())
            await asyncio.sleep(previous_s)


async def moments(rate_per_s, chance):
    """Moments of a Poisson process, whose rate does not suffer from a late one."""
    clock = asyncio.get_running_loop().time
    at_s = clock()
    while True:
        at_s += chance.expovariate(rate_per_s)
        await asyncio.sleep(max(at_s - clock(), 0.0))
        yield


async def opened(addresses, target, rate_per_s, timeout_s, chance):
    """Ask at a rate, whatever became of the last."""
    under_way = set()
    async for _ in moments(rate_per_s, chance):
        task = asyncio.create_task(request(chance.choice(addresses), target, timeout_s))
        under_way.add(task)
        task.add_done_callback(under_way.discard)


async def watched(address, target, spread_s, chance):
    """Keep a connection, with a request every few seconds; where it is closed, connect anew within a time."""
    while True:
        writer = None
        with contextlib.suppress(*FAILS):
            reader, writer = await connected(address, target)
            while True:
                asking = asyncio.create_task(asyncio.sleep(chance.uniform(2.0, 6.0)))
                ended = asyncio.create_task(reader.readuntil(b"\n"))
                done, _ = await asyncio.wait({asking, ended}, return_when=asyncio.FIRST_COMPLETED)
                if ended in done:
                    asking.cancel()
                    ended.result()
                else:
                    writer.write(b"x\n")
                    await ended
        if writer is not None:
            writer.close()
        await asyncio.sleep(chance.uniform(0.0, spread_s))


async def checking(address, target, every_s, chance):
    await asyncio.sleep(chance.uniform(0.0, every_s))
    while True:
        at_s = asyncio.get_running_loop().time()
        await request(address, target, 5.0)
        await asyncio.sleep(max(every_s - (asyncio.get_running_loop().time() - at_s), 0.0))


async def keeping(address, target, think_s, chance):
    """One connection, used after each pause; made anew where the server has closed it meanwhile."""
    reader = writer = None
    while True:
        await asyncio.sleep(chance.expovariate(1.0 / think_s))
        with contextlib.suppress(*FAILS):
            if writer is None or reader.at_eof():
                if writer is not None:
                    writer.close()
                writer = None
                reader, writer = await connected(address, target)
            await asked(reader, writer)


async def aging(address, target, age_s, jitter_ratio, chance):
    age = age_s * chance.random()
    while True:
        _, writer = await connected(address, target)
        await asyncio.sleep(age)
        writer.close()
        age = age_s * chance.uniform(1.0 - jitter_ratio, 1.0 + jitter_ratio)


async def naming(addresses, target, rate_per_s, chance):
    async for _ in moments(rate_per_s, chance):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind((chance.choice(addresses), 0))
            sender.sendto(b"x", target)


def everybody(truth, chance):
    """Yield all clients of a truth."""
    at = sources(truth)
    new = lambda: random.Random(chance.random())  # noqa: E731, S311
    pods, retry, keep, bus = truth["pods"], truth["retry"], truth["keep"], truth["bus"]
    for one in at["pods"]:
        yield checking(one, API, pods["check_every_s"], new())
        yield from (watched(one, API, pods["spread_s"], new()) for _ in range(pods["pool"]))
    law = RetryLayer(
        retries_count=retry["retries"],
        base_s=retry["base_s"],
        multiplier_ratio=retry["factor"],
        cap_s=retry["cap_s"],
        jitter=retry["jitter"],
    )
    for one in at["retry"]:
        yield closed(one, API, retry["think_s"], retry["timeout_s"], new(), law)
    yield opened(at["open"], API, truth["open"]["rate_per_s"], truth["open"]["timeout_s"], new())
    for name in ("web", "hidden"):
        told = truth[name]
        for i in range(told["count"]):
            address = at[name][min(i, len(at[name]) - 1)]
            yield closed(address, WEB, told["think_s"], told["timeout_s"], new())
    yield from (keeping(one, KEEP, keep["think_s"], new()) for one in at["keep"])
    for one in at["bus"]:
        yield from (aging(one, BUS, bus["age_s"], bus["jitter_ratio"], new()) for _ in range(bus["pool"]))
    yield naming(at["dns"], DNS, truth["dns"]["rate_per_s"], new())


async def main(truth):
    chance = random.Random(truth["seed"] + 1)  # noqa: S311
    begun = []
    for one in everybody(truth, chance):
        begun.append(asyncio.create_task(one))
        await asyncio.sleep(0.002)
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    await asyncio.gather(*begun)


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
