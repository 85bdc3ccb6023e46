"""Record drawn traffic at a real NAT of three namespaces, as `conntrack` prints it; needs root."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from drawn_traffic import EARLIER_S, Truth, places, sources

HERE = Path(__file__).parent
SRC = HERE.parent / "src"
DUMPED_AT_RATIOS = (0.02, 0.28, 0.65, 0.985)


class Rig:
    """Three namespaces in a row, with a NAT in the middle."""

    def __init__(self, stack: ExitStack, truth: Truth) -> None:
        self.names = {one: f"tf{one}{os.getpid()}" for one in ("src", "nat", "dst")}
        for name in self.names.values():
            _run("ip", "netns", "add", name)
            stack.callback(_run, "ip", "netns", "del", name)
        for side, net in (("src", 1), ("dst", 2)):
            self._join(side, net)
        self.inner = f"gsrc{os.getpid()}"[:15]
        self._batch("src", (one for each in sources(truth).values() for one in each))
        self._batch("dst", (address for address, _ in places().values()))
        for net in (1, 4, 5, 6, 7, 8):
            self.ip("nat", "route", "add", f"10.98.{net}.0/24", "via", "10.97.1.2")
        self.ip("nat", "route", "add", "10.98.2.0/24", "via", "10.97.2.2")
        for key in ("net.ipv4.ip_forward=1", f"{_CT}tcp_timeout_time_wait={truth['hold_s']}", f"{_EVENTS}=1"):
            self.run("nat", "sysctl", "-qw", key)
        chain = "type nat hook postrouting priority 100; ip daddr 10.98.2.0/24 masquerade;"
        self.run("nat", "nft", f"table ip n {{ chain p {{ {chain} }}; }}")
        both = [f"chain {one} {{ type filter hook {one} priority 0; }};" for one in ("input", "output")]
        self.run("dst", "nft", f"table ip f {{ {' '.join(both)} }}")

    def run(self, side: str, *words: str) -> str:
        """Run a command in one of them; what it printed."""
        return _run(*self.inside(side), *words)

    def inside(self, side: str) -> tuple[str, ...]:
        """Return what stands before a command that is run in one of them."""
        return "ip", "netns", "exec", self.names[side]

    def ip(self, side: str, *words: str) -> None:
        """Run `ip` for one of them."""
        _run("ip", "-n", self.names[side], *words)

    def fail(self, place: str, how: str) -> None:
        """Let a place be silent, or refuse, until it is mended."""
        address, port = places()[place]
        refused = "reject with tcp reset" if how == "refused" else "drop"
        self.run("dst", "nft", f"add rule ip f input ip daddr {address} tcp dport {port} {refused}")
        if how == "silent":
            self.run("dst", "nft", f"add rule ip f output ip saddr {address} tcp sport {port} drop")

    def mend(self) -> None:
        """Let all places answer again."""
        self.run("dst", "nft", "flush table ip f")

    def _join(self, side: str, net: int) -> None:
        own, far = f"f{side}{os.getpid()}"[:15], f"g{side}{os.getpid()}"[:15]
        peer = ("type", "veth", "peer", far, "netns", self.names["nat"])
        _run("ip", "link", "add", own, "netns", self.names[side], *peer)
        for place, link, last in ((side, own, 2), ("nat", far, 1)):
            self.ip(place, "addr", "add", f"10.97.{net}.{last}/24", "dev", link)
            self.ip(place, "link", "set", link, "up")
        self.ip(side, "link", "set", "lo", "up")
        self.ip(side, "route", "add", "default", "via", f"10.97.{net}.1")

    def _batch(self, side: str, addresses) -> None:
        text = "".join(f"addr add {one}/32 dev lo\n" for one in addresses)
        _run("ip", "-n", self.names[side], "-batch", "-", given=text)


_CT = "net.netfilter.nf_conntrack_"
_EVENTS = f"{_CT}events"


def record(truth: Truth, folder: Path, *, is_by_all: bool = False) -> None:
    """Record a truth into a folder: `events.txt`, `dump_N.txt`, `truth.json`.

    By all recorders at once it leaves Tidegate's own record in `own.record`, and the packets of both ways as
    they pass the NAT on the inside, headers alone, in `packets.pcap`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    told = folder / "truth.json"
    told.write_text(json.dumps(truth, indent=1), encoding="utf-8")
    with ExitStack() as stack:
        rig = Rig(stack, truth)
        moment_s = time.monotonic() + EARLIER_S + 5.0
        for side, program, said in (("dst", "servers", "ready"), ("src", "clients", "begun")):
            words = (sys.executable, str(HERE / f"traffic_{program}.py"), str(told), str(moment_s))
            _started(stack, (*rig.inside(side), *words), said, folder / f"{program}.log")
        time.sleep(max(moment_s - time.monotonic(), 0.0))
        events = stack.enter_context((folder / "events.txt").open("w"))
        listening = (*rig.inside("nat"), "conntrack", "-E", "-o", "timestamp")
        recorder = subprocess.Popen(listening, stdout=events, stderr=subprocess.STDOUT)
        stack.callback(recorder.kill)
        beside = _beside(stack, rig, truth, folder) if is_by_all else []
        for at_s, act in _course(truth, rig, folder):
            time.sleep(max(moment_s + at_s - time.monotonic(), 0.0))
            act()
        recorder.send_signal(signal.SIGINT)
        recorder.wait(20)
        for one in beside:
            one.send_signal(signal.SIGINT)
            one.wait(60)


def _beside(stack: ExitStack, rig: Rig, truth: Truth, folder: Path) -> list[subprocess.Popen]:
    to = ("-s", "96", "-B", "65536", "-w", str(folder / "packets.pcap"))
    packets = ("tcpdump", "-qnn", "-i", rig.inner, *to)
    length_s = str(truth["length_s"])
    own = (sys.executable, "-m", "tidegate", "record", "--at-nat", length_s, "-o", str(folder / "own.record"))
    found = []
    for words, log in ((packets, "tcpdump.log"), (own, "own.log")):
        told = stack.enter_context((folder / log).open("w"))
        environment = {**os.environ, "PYTHONPATH": str(SRC)}
        found.append(subprocess.Popen((*rig.inside("nat"), *words), stderr=told, env=environment))
        stack.callback(found[-1].kill)
    return found


def _course(truth: Truth, rig: Rig, folder: Path):
    length_s = truth["length_s"]
    found = [(length_s, lambda: None)]
    for one in truth["fails"]:
        if one["how"] != "restart":
            found.append((one["at_s"], lambda one=one: rig.fail(one["place"], one["how"])))
            found.append((one["at_s"] + one["for_s"], rig.mend))
    for number, ratio in enumerate(DUMPED_AT_RATIOS):

        def dump(number=number):
            (folder / f"dump_{number}.txt").write_text(rig.run("nat", "conntrack", "-L"), encoding="utf-8")

        found.append((ratio * length_s, dump))
    return sorted(found, key=lambda one: one[0])


def _started(stack: ExitStack, words: tuple[str, ...], said: str, log: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": f"{SRC}:{HERE}"}
    told = stack.enter_context(log.open("w"))
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=told, text=True, env=environment)
    stack.callback(lambda: (process.kill(), process.wait(), process.stdout.close()))
    if said not in process.stdout.readline():
        raise RuntimeError(f"{words} did not begin: {log.read_text()}")


def _run(*words: str, given: str | None = None) -> str:
    done = subprocess.run(words, input=given, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr}")
    return done.stdout


if __name__ == "__main__":
    from drawn_traffic import drawn_truth

    for seed in sys.argv[2:]:
        record(drawn_truth(int(seed)), Path(sys.argv[1]) / seed, is_by_all=True)
