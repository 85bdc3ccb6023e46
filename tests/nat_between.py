"""A real NAT between two namespaces, with hosts that keep connections and clients that pause."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack

import pytest

CLIENTS = """
import asyncio, random, sys
async def kept(address):
    held = [await asyncio.open_connection("10.98.2.2", 7001, local_addr=(address, 0)) for _ in range(4)]
    print("kept", flush=True)
    await asyncio.sleep(3600)
async def asks(address, chance):
    while True:
        await asyncio.sleep(chance.expovariate(1.0))
        reader, writer = await asyncio.open_connection("10.98.2.2", 7002, local_addr=(address, 0))
        await reader.read()
        writer.close()
async def main():
    pools = [asyncio.create_task(kept(f"10.98.1.{10 + i}")) for i in range(3)]
    await asyncio.gather(*pools, *(asks(f"10.98.1.{50 + i}", random.Random(i)) for i in range(20)))
asyncio.run(main())
"""
SERVER = """
import asyncio
async def keep(reader, writer):
    await reader.read()
async def answer(reader, writer):
    await asyncio.sleep(0.01)
    writer.close()
async def main():
    await asyncio.start_server(keep, "10.98.2.2", 7001)
    await asyncio.start_server(answer, "10.98.2.2", 7002)
    print("ready", flush=True)
    await asyncio.sleep(3600)
asyncio.run(main())
"""


def sh(*words):
    subprocess.run(words, check=True, capture_output=True, timeout=60)


@pytest.fixture
def inside():
    """Three namespaces with a NAT in the middle; gives what to put before a command that is to run in one."""
    if os.geteuid() != 0:
        pytest.skip("needs to be root")
    names = {one: f"td{one}{os.getpid()}" for one in ("src", "nat", "dst")}
    with ExitStack() as stack:
        for name in names.values():
            sh("ip", "netns", "add", name)
            stack.callback(sh, "ip", "netns", "del", name)
        for side, net in (("src", 1), ("dst", 2)):
            own, far = f"t{side}{os.getpid()}"[:15], f"n{side}{os.getpid()}"[:15]
            sh(
                "ip",
                "link",
                "add",
                own,
                "netns",
                names[side],
                "type",
                "veth",
                "peer",
                far,
                "netns",
                names["nat"],
            )
            sh("ip", "-n", names[side], "addr", "add", f"10.98.{net}.2/24", "dev", own)
            sh("ip", "-n", names["nat"], "addr", "add", f"10.98.{net}.1/24", "dev", far)
            for name, link in ((names[side], own), (names["nat"], far), (names[side], "lo")):
                sh("ip", "-n", name, "link", "set", link, "up")
            sh("ip", "-n", names[side], "route", "add", "default", "via", f"10.98.{net}.1")
            for last in range(10, 70) if side == "src" else ():
                sh("ip", "-n", names[side], "addr", "add", f"10.98.1.{last}/32", "dev", own)
        nat = ("ip", "netns", "exec", names["nat"])
        sh(*nat, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        chain = "type nat hook postrouting priority 100; ip daddr 10.98.2.0/24 masquerade;"
        sh(*nat, "nft", f"table ip n {{ chain p {{ {chain} }}; }}")
        yield lambda side, *words: ["ip", "netns", "exec", names[side], *words]


def started(words, stack, said=""):
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    stack.callback(lambda: (process.kill(), process.wait(), process.stdout.close()))
    if said:
        assert said in process.stdout.readline()
    return process


def traffic(inside, stack):
    """Start the server, 3 hosts with a pool of 4, 20 clients that pause a second; they end with the stack."""
    started(inside("dst", sys.executable, "-c", SERVER), stack, "ready")
    started(inside("src", sys.executable, "-c", CLIENTS), stack, "kept")
