"""A record that `conntrack` makes at a real NAT: hosts with kept connections, clients that pause."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, closing

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


def test_a_real_record_says_who_keeps_what_and_who_pauses(inside, tmp_path):
    with ExitStack() as stack:
        started(inside("dst", sys.executable, "-c", SERVER), stack, "ready")
        started(inside("src", sys.executable, "-c", CLIENTS), stack, "kept")
        time.sleep(2)
        events = stack.enter_context(closing((tmp_path / "events.txt").open("w")))
        recorder = subprocess.Popen(
            inside("nat", "conntrack", "-E", "-o", "timestamp"), stdout=events, stderr=subprocess.DEVNULL
        )
        time.sleep(20)
        dump = subprocess.run(inside("nat", "conntrack", "-L"), capture_output=True, text=True, check=True)
        (tmp_path / "dump.txt").write_text(dump.stdout)
        recorder.send_signal(signal.SIGINT)
        recorder.wait(20)
    done = subprocess.run(
        [sys.executable, "-m", "tidegate.cli.main", "discover", "events.txt", "dump.txt", "--format", "json"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    places = {one["port"]: one["populations"] for one in json.loads(done.stdout)["places"]}
    [pools] = places[7001]
    assert (3, True, 4.0) == (len(pools["sources"]), pools["is_kept"], pools["pool"]["value"])
    [asking] = places[7002]
    assert (20, False) == (len(asking["sources"]), asking["is_kept"])
    assert 20 / 1.01 == pytest.approx(asking["rate_per_s"]["value"], rel=0.3)
