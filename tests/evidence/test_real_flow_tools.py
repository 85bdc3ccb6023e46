"""Our readers beside those of others: tcpdump's reading of a capture, and what nfdump makes of one."""

from __future__ import annotations

import collections
import re
import shutil
import subprocess

import pytest

import flow_writers as write
from tidegate.adapters.files.flow_records import read_pieces
from tidegate.discover.capture import packets
from tidegate.discover.captured_flows import CaptureReader
from tidegate.discover.conntrack_text import Passed
from tidegate.discover.discovered import Recorded
from tidegate.verbs.discover import discover

pytestmark = pytest.mark.evidence
PRINTED = re.compile(r"^(\d+\.\d+) IP6? (\S+)\.(\d+) > (\S+)\.(\d+): Flags \[([^\]]+)\]")


def need(*programs):
    for one in programs:
        if shutil.which(one) is None:
            pytest.skip(f"{one} is not installed")


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=True).stdout


@pytest.fixture
def captured(tmp_path):
    """A capture of two minutes with everything in it, and its truth."""
    truth = write.usual(120.0)
    truth.asked(["10.0.2.1", "10.0.2.2"], write.WEB, 1.0, 0.2, answer="refused")
    truth.asked(["10.0.2.1", "10.0.2.2"], write.WEB, 0.3, 0.2, answer="silent")
    path = tmp_path / "one.pcap"
    path.write_bytes(write.capture(truth))
    return path, truth


def test_a_capture_says_the_same_flows_to_us_as_to_tcpdump(captured):
    need("tcpdump")
    path, _ = captured
    theirs = collections.Counter()
    for line in run("tcpdump", "-nn", "-tt", "-r", str(path)).splitlines():
        found = PRINTED.match(line)
        assert found, line
        if found[6] == "S":
            theirs[found[2], int(found[3]), found[4], int(found[5])] += 1
    passed = Passed()
    entries = list(CaptureReader(passed).entries(packets(read_pieces(str(path)), passed)))
    ours = [entry[4:8] for entry in entries if entry.happens == "NEW"]
    assert set(theirs) == set(ours)
    assert sum(theirs.values()) == len(ours) + passed.retried_count


def test_what_nfdump_prints_of_a_capture_is_the_world_of_the_capture(captured, tmp_path):
    need("nfpcapd", "nfdump")
    path, _ = captured
    folder = tmp_path / "flows"
    folder.mkdir()
    subprocess.run(
        ["nfpcapd", "-r", str(path), "-w", str(folder)], capture_output=True, timeout=120, check=True
    )
    worlds = {}
    for kind in ("csv", "json"):
        printed = tmp_path / f"it.{kind}"
        printed.write_text(run("nfdump", "-R", str(folder), "-o", kind))
        worlds[kind] = printed
    worlds["pcap"] = path
    found = {
        kind: discover(
            [Recorded(source=kind, pieces=read_pieces(str(each)))],
            name="it", device="linux-nat", day="today", is_pseudonymous=False,
        )
        for kind, each in worlds.items()
    }  # fmt: skip
    truth = {(one.place.address, one.place.port): one for one in found["pcap"].places}
    for kind in ("csv", "json"):
        assert not any("no entries" in one for one in found[kind].warnings), found[kind].warnings
        places = {(one.place.address, one.place.port): one for one in found[kind].places}
        assert set(truth) == set(places)
        for at, one in truth.items():
            sources, others = (
                {s for each in many.populations for s in each.sources} for many in (one, places[at])
            )
            assert sources == others, kind
            assert one.refused_count == places[at].refused_count
            rate, other = (
                sum(each.rate_per_s.value for each in many.populations if each.rate_per_s)
                for many in (one, places[at])
            )
            assert rate == pytest.approx(other, rel=0.05), kind
