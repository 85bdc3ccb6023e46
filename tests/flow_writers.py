"""One drawn truth, written as each kind of flow record would have it."""

from __future__ import annotations

import ipaddress
import json
import math
import random
import struct
from dataclasses import dataclass, field

START_S = 1795888560.0
"""A whole minute, as windows of clouds begin."""
DB, WEB, API = ("10.1.0.7", 5432), ("10.1.0.6", 80), ("10.1.0.5", 443)
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


@dataclass(frozen=True)
class Drawn:
    """One flow; it may have begun before the record, and may not end within it."""

    begun_s: float
    life_s: float
    source: tuple[str, int]
    target: tuple[str, int]
    answer: str = "answered"


@dataclass
class Truth:
    """All flows of a record, and how long it is."""

    length_s: float
    seed: int = 5
    flows: list[Drawn] = field(default_factory=list)

    def __post_init__(self):
        self.chance = random.Random(self.seed)  # noqa: S311  drawn, not secret
        self._ports = 20_000

    def port(self):
        self._ports += 1
        return 1024 + self._ports % 60_000

    def asked(self, sources, target, rate_per_s, life_s, answer="answered"):
        at_s = self.chance.expovariate(rate_per_s)
        while at_s < self.length_s:
            source = (self.chance.choice(sources), self.port())
            self.flows.append(Drawn(at_s, self.chance.uniform(0.5, 1.5) * life_s, source, target, answer))
            at_s += self.chance.expovariate(rate_per_s)

    def kept(self, sources, target, pool):
        for source in sources:
            for _ in range(pool):
                self.flows.append(Drawn(-300.0, math.inf, (source, self.port()), target))


def usual(length_s=180.0):
    """10 hosts keep 4 connections each, 40 clients ask 20/s, and 4 ask 8/s."""
    truth = Truth(length_s)
    truth.kept([f"10.0.1.{i}" for i in range(1, 11)], DB, 4)
    truth.asked([f"10.0.2.{i}" for i in range(1, 41)], WEB, 20.0, 0.2)
    truth.asked([f"10.0.3.{i}" for i in range(1, 5)], API, 8.0, 0.4)
    return truth


def packets(truth, said_every_s=10.0):
    """Packets as (time, source, target, flags, first number), in the order of their times."""
    found = []
    for number, one in enumerate(truth.flows):
        begun_s, ends_s = one.begun_s, one.begun_s + one.life_s
        to, back = (one.source, one.target), (one.target, one.source)
        first = (number * 2_654_435_761 + 12_345) % (1 << 32)
        if one.answer == "refused":
            steps = [(begun_s, to, SYN), (begun_s + 0.0005, back, RST | ACK)]
        elif one.answer == "silent":
            steps = [(begun_s + wait_s, to, SYN) for wait_s in (0.0, 1.0, 3.0)]
        else:
            steps = [(begun_s, to, SYN), (begun_s + 0.002, back, SYN | ACK), (begun_s + 0.003, to, ACK)]
            said_s = begun_s + 0.004 if math.isfinite(one.life_s) else 0.5
            while said_s < min(ends_s, truth.length_s):
                steps += [(said_s, to, PSH | ACK), (said_s + 0.001, back, PSH | ACK)]
                said_s += said_every_s
            if math.isfinite(ends_s):
                steps += [
                    (ends_s, back, FIN | ACK),
                    (ends_s + 0.001, to, FIN | ACK),
                    (ends_s + 0.002, back, ACK),
                ]
        found += [(at_s, *way, flags, first) for at_s, way, flags in steps if 0.0 <= at_s < truth.length_s]
    return sorted(found)


def _frame(source, target, flags, first, link, *, is_tagged=False):
    here, there = (ipaddress.ip_address(one[0]) for one in (source, target))
    tcp = struct.pack("!HHIIBBHHH", source[1], target[1], first, 0, 0x50, flags, 64, 0, 0)
    if here.version == 4:
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + here.packed + there.packed
        kind = b"\x08\x00"
    else:
        ip = (
            struct.pack("!IHBB", 6 << 28, 28, 0, 64)
            + here.packed
            + there.packed
            + bytes([6, 0, 1, 4, 0, 0, 0, 0])
        )
        kind = b"\x86\xdd"
    tag = b"\x81\x00\x00\x05" if is_tagged else b""
    before = {
        1: bytes(12) + tag + kind, 113: bytes(14) + kind, 276: kind + bytes(18), 101: b"",
        0: struct.pack("<I", 2 if here.version == 4 else 30),
    }[link]  # fmt: skip
    return before + ip + tcp


def capture(truth, *, link=1, order="<", is_nano=False, is_tagged=False, said=packets):
    """A pcap."""
    unit = 1e9 if is_nano else 1e6
    magic = 0xA1B23C4D if is_nano else 0xA1B2C3D4
    parts = [struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65535, link)]
    for at_s, source, target, flags, first in said(truth):
        data = _frame(source, target, flags, first, link, is_tagged=is_tagged)
        whole = int((START_S + at_s) * unit)
        parts += [
            struct.pack(f"{order}IIII", int(whole // unit), int(whole % unit), len(data), len(data)),
            data,
        ]
    return b"".join(parts)


def _block(order, kind, body):
    padded = body + bytes(-len(body) % 4)
    length = struct.pack(f"{order}I", len(padded) + 12)
    return struct.pack(f"{order}I", kind) + length + padded + length


def capture_of_blocks(truth, *, order="<", lost=0, said=packets):
    """A pcapng, with times in nanoseconds, and how many packets its interface dropped."""
    resolution = struct.pack(f"{order}HHB3xHH", 9, 1, 9, 0, 0)
    parts = [
        _block(order, 0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1)),
        _block(order, 1, struct.pack(f"{order}HHI", 1, 0, 65535) + resolution),
    ]
    for at_s, source, target, flags, first in said(truth):
        data = _frame(source, target, flags, first, 1)
        whole = int((START_S + at_s) * 1e9)
        head = struct.pack(f"{order}IIIII", 0, whole >> 32, whole & 0xFFFFFFFF, len(data), len(data))
        parts.append(_block(order, 6, head + data))
    dropped = struct.pack(f"{order}HHQHH", 5, 8, lost, 0, 0)
    parts.append(_block(order, 5, struct.pack(f"{order}III", 0, 0, 0) + dropped))
    return b"".join(parts)


def windows(truth, window_s=60.0, *, keeps_all_flags=False):
    """What one direction of one flow did within each window: (start, end, source, target, packets, flags)."""
    rows = {}
    for at_s, source, target, flags, _ in packets(truth):
        kept = (
            flags
            if keeps_all_flags
            else flags & (FIN | RST | SYN) | (ACK if flags & SYN and flags & ACK else 0)
        )
        key = int(at_s // window_s), source, target
        start_s, _, count, before = rows.get(key, (at_s, at_s, 0, 0))
        rows[key] = start_s, at_s, count + 1, before | kept
    return sorted(
        (start_s, end_s, key[1], key[2], count, flags) for key, (start_s, end_s, count, flags) in rows.items()
    )


DEFAULT_FIELDS = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action"
    " log-status"
)


def vpc(
    truth, fields=f"{DEFAULT_FIELDS} tcp-flags pkt-srcaddr pkt-dstaddr", *, has_names=True, own="", public=""
):
    """VPC flow logs of an interface; of a NAT gateway's where its addresses are given."""
    lines = [fields] if has_names else []
    for start_s, end_s, source, target, count, flags in windows(truth):
        ways = [(source[0], target[0], source, target)]
        if own:
            is_to = target in {DB, WEB, API}
            near = (source[0], own) if is_to else (own, target[0])
            ways = [(*near, source, target)]
            far = ((own, source[1]), target) if is_to else (source, (own, target[1]))
            ways.append((far[0][0], far[1][0], *far))
        for seen_from, seen_to, one, other in ways:
            said = {
                "version": 5 if "tcp-flags" in fields else 2, "account-id": 123456789010,
                "interface-id": "eni-1235b8ca123456789", "srcaddr": seen_from, "dstaddr": seen_to,
                "srcport": one[1], "dstport": other[1], "protocol": 6, "packets": count, "bytes": 52 * count,
                "start": int(START_S + start_s), "end": int(START_S + end_s), "action": "ACCEPT",
                "log-status": "OK",
                "tcp-flags": flags, "pkt-srcaddr": one[0], "pkt-dstaddr": other[0],
            }  # fmt: skip
            lines.append(" ".join(str(said[each]) for each in fields.split()))
    return "\n".join(lines) + "\n"


def _date(at_s, digits=3):
    second = int(START_S + at_s)
    hours = second % 86_400
    rest = f".{int((START_S + at_s) % 1.0 * 10**digits):0{digits}}" if digits else ""
    return f"2026-11-28 {hours // 3600:02}:{hours // 60 % 60:02}:{hours % 60:02}{rest}"


def _letters(flags):
    return "".join(
        letter if flags & bit else "."
        for letter, bit in (
            ("C", 128),
            ("E", 64),
            ("U", 32),
            ("A", 16),
            ("P", 8),
            ("R", 4),
            ("S", 2),
            ("F", 1),
        )
    )


def nfdump_csv(truth):
    """What nfdump 1.7.1 prints with `-o csv`: whole seconds, flags, and a summary at the end."""
    lines = ["ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out"]
    for start_s, end_s, source, target, count, flags in windows(truth, keeps_all_flags=True):
        lines.append(
            f"{_date(start_s, 0)},{_date(end_s, 0)},{end_s - start_s:.3f},{source[0]},{target[0]},"
            f"{source[1]},{target[1]},TCP,{_letters(flags)},0,0,{count},{52 * count},0,0,0,0"
        )
    return "\n".join([*lines, "Summary", "flows,bytes,packets,avg_bps,avg_pps,avg_bpp", "9,9,9,9,9,9"]) + "\n"


def nfdump_new_csv(truth):
    """What nfdump prints since 1.7.5: milliseconds, and no flags."""
    lines = ["firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows"]
    for start_s, end_s, source, target, count, _ in windows(truth):
        lines.append(
            f"{_date(start_s)},{end_s - start_s:.3f},TCP,{source[0]},{source[1]},{target[0]},{target[1]},"
            f"{count},{52 * count},1"
        )
    return "\n".join(lines) + "\n"


def nfdump_json(truth, *, sampled=0):
    """What `nfdump -o json` prints."""
    return json.dumps([
        {
            "type": "FLOW", "sampled": sampled, "first": _date(start_s).replace(" ", "T"),
            "last": _date(end_s).replace(" ", "T"), "in_packets": count, "in_bytes": 52 * count, "proto": 6,
            "tcp_flags": _letters(flags), "src_port": source[1], "dst_port": target[1],
            "src4_addr": source[0],
            "dst4_addr": target[0],
        }
        for start_s, end_s, source, target, count, flags in windows(truth, keeps_all_flags=True)
    ], indent=1)  # fmt: skip


def ipfix_csv(truth):
    """Elements of IPFIX by their names, with `|` between, as super_mediator prints them."""
    names = (
        "flowStartMilliseconds|flowEndMilliseconds|sourceIPv4Address|destinationIPv4Address|sourceTransportPort|"
        "destinationTransportPort|protocolIdentifier|packetTotalCount|initialTCPFlags|unionTCPFlags"
    )
    lines = [names]
    for start_s, end_s, source, target, count, flags in windows(truth, keeps_all_flags=True):
        lines.append(
            f"{_date(start_s)}|{_date(end_s)}|{source[0]}|{target[0]}|{source[1]}|{target[1]}|6|{count}|"
            f"{'S' if flags & SYN else 'A'}|{_letters(flags).replace('.', '')}"
        )
    return "\n".join(lines) + "\n"


def google(truth):
    """Google's VPC flow logs: both ends tell, of a sample."""
    records = []
    for start_s, end_s, source, target, count, _ in windows(truth, 5.0):
        for reporter in ("SRC", "DEST"):
            connection = {
                "src_ip": source[0], "src_port": source[1], "dest_ip": target[0], "dest_port": target[1],
                "protocol": 6,
            }  # fmt: skip
            times = {
                name: f"{_date(at_s, 9).replace(' ', 'T')}Z"
                for name, at_s in (("start_time", start_s), ("end_time", end_s))
            }
            payload = {"connection": connection, "reporter": reporter, "packets_sent": str(count), **times}
            records.append({"insertId": "a1", "jsonPayload": payload, "logName": "projects/p/logs/vpc_flows"})
    return "\n".join(json.dumps(one) for one in records) + "\n"


def azure(truth, *, version=4):
    """Azure's flow logs: a flow begins, goes on and ends; one tuple tells of both directions."""
    tuples = []
    for one in truth.flows:
        ways = f"{one.source[0]},{one.target[0]},{one.source[1]},{one.target[1]}"
        ends_s = one.begun_s + one.life_s

        def said(at_s, state, counts, ways=ways):
            if version == 4:
                tuples.append(
                    (at_s, f"{int((START_S + at_s) * 1e3)},{ways},6,O,{state},NX,{counts or '0,0,0,0'}")
                )
            else:
                tuples.append((at_s, f"{int(START_S + at_s)},{ways},T,O,A,{state},{counts or ',,,'}"))

        if one.begun_s >= 0.0:
            said(one.begun_s, "B", "")
        elif math.isinf(ends_s):
            for at_s in (20.0, 80.0, 140.0):
                said(at_s, "C", "5,300,5,300")
        if math.isfinite(ends_s) and ends_s < truth.length_s:
            said(ends_s, "E", "3,180,0,0" if one.answer == "silent" else "6,400,5,900")
    group = {"rule": "r", "flowTuples": [text for _, text in sorted(tuples)]}
    flows = {"flows": [{"aclID": "x", "flowGroups": [group]}]}
    return json.dumps(
        {"records": [{"flowLogVersion": version, "category": "FlowLogFlowEvent", "flowRecords": flows}]}
    )


def sockets(truth, host, *, options=""):
    """What `ss -tin` prints at one end as the record ends, with `-H` and `-O` or without."""
    lines = [] if "H" in options else ["State  Recv-Q Send-Q Local Address:Port  Peer Address:Port Process"]
    more = "cubic wscale:7,7 rto:204 rtt:0.4/0.2 mss:1448 bytes_sent:9 lastsnd:100 lastrcv:100"
    for one in truth.flows:
        if one.begun_s + one.life_s < truth.length_s or host not in {one.source[0], one.target[0]}:
            continue
        here, there = (one.source, one.target) if host == one.source[0] else (one.target, one.source)
        line = f"ESTAB  0      0      {here[0]}:{here[1]}  {there[0]}:{there[1]}"
        lines += [f"{line} {more}"] if "O" in options else [line, f"\t {more}"]
    return "\n".join(lines) + "\n"
