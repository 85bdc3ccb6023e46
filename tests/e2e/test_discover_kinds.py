"""Every kind of flow record, written of one drawn truth: what each shows comes out, and no more than that."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys

import pytest

import flow_writers as write
from tidegate.adapters.files.flow_records import read_pieces
from tidegate.discover.discovered import Recorded
from tidegate.errors import InputError
from tidegate.verbs.discover import discover
from tidegate.world.file.read import read_world


def found_in(folder, *contents, sampled=1.0):
    """What `tidegate discover` makes of files with these contents."""
    records = []
    for number, content in enumerate(contents):
        path = folder / f"record.{number}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        records.append(Recorded(source=path.name, pieces=read_pieces(str(path))))
    return discover(
        records, name="found", device="linux-nat", day="today", is_pseudonymous=False, sampled_one_in=sampled
    )


def groups(found):
    """Populations by the place that they ask."""
    return {(one.place.address, one.place.port): one.populations for one in found.places}


def said(found):
    return " ".join(found.warnings)


def measured(found, word):
    """Whether a key of the world is said to be measured."""
    return any(
        line.strip().startswith(f"{word}:") and "basis: measured" in line for line in found.text.splitlines()
    )


TRUTH = write.usual()
EXACT = ("pools", "rates", "kept")
KINDS = {
    "pcap": (lambda: write.capture(TRUTH), EXACT),
    "pcapng": (lambda: write.capture_of_blocks(TRUTH), EXACT),
    "VPC with flags": (lambda: write.vpc(TRUTH), EXACT),
    "VPC, NAT gateway": (lambda: write.vpc(TRUTH, own="10.0.0.220"), EXACT),
    "VPC, other order": (
        lambda: write.vpc(TRUTH, " ".join(reversed(f"{write.DEFAULT_FIELDS} tcp-flags".split()))), EXACT,
    ),
    "VPC, default": (lambda: write.vpc(TRUTH, write.DEFAULT_FIELDS, has_names=False), ("pools", "rates")),
    "nfdump csv": (lambda: write.nfdump_csv(TRUTH), EXACT),
    "nfdump csv since 1.7.5": (lambda: write.nfdump_new_csv(TRUTH), ("pools", "rates")),
    "nfdump json": (lambda: write.nfdump_json(TRUTH), EXACT),
    "IPFIX": (lambda: write.ipfix_csv(TRUTH), EXACT),
    "Azure": (lambda: write.azure(TRUTH), ("pools", "rates")),
    "Azure NSG": (lambda: write.azure(TRUTH, version=2), ("pools", "rates")),
    "Google": (lambda: write.google(TRUTH), ()),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_kind_shows_comes_out_as_it_was_drawn(tmp_path, kind):
    make, shows = KINDS[kind]
    found = found_in(tmp_path, make())
    asked = groups(found)
    assert {write.DB, write.WEB, write.API} == set(asked), found.warnings
    sources = {at: {one for each in many for one in each.sources} for at, many in asked.items()}
    assert 10 == len(sources[write.DB]), (
        "no client is taken for a service, nor the NAT's own address for a client"
    )
    assert (40, 4) == (len(sources[write.WEB]), len(sources[write.API]))
    read_world(found.text, "found")
    pools = [one.pool for one in asked[write.DB] if one.is_kept]
    if "pools" in shows:
        assert pools == [pool for pool in pools if pool is not None and pool.value == 4.0], pools
        assert 10 == sum(pool.count for pool in pools) or kind.startswith("pcap"), (
            "events alone give a lower end"
        )
    if "rates" in shows:
        for place, rate_per_s in ((write.WEB, 20.0), (write.API, 8.0)):
            [rate] = [one.rate_per_s for one in asked[place]]
            assert rate_per_s == pytest.approx(rate.value, rel=0.12)
            assert rate.low <= rate_per_s <= rate.high
    else:
        assert not any(one.rate_per_s for many in asked.values() for one in many)
        assert not measured(found, "rate")
        assert "leaves flows out" in said(found)
    assert ("addresses are the interface's own" in said(found)) == (
        kind in {"VPC, default", "VPC, other order"}
    )
    assert not measured(found, "timeout")
    if not kind.startswith("pcap"):
        assert not measured(found, "closed_hold"), "no table is seen by these"


def test_the_same_packets_are_the_same_world_in_whatever_frames_they_come(tmp_path):
    truth = write.Truth(60.0)
    truth.asked([f"10.0.2.{i}" for i in range(1, 9)], write.WEB, 5.0, 0.2)
    frames = {
        "cooked": {"link": 113}, "cooked, second": {"link": 276}, "raw": {"link": 101},
        "loopback": {"link": 0},
        "tagged": {"is_tagged": True}, "turned": {"order": ">"},
    }  # fmt: skip
    plain = found_in(tmp_path, write.capture(truth)).text
    for name, how in frames.items():
        assert plain == found_in(tmp_path, write.capture(truth, **how)).text, name
    exact = found_in(tmp_path, write.capture(truth, is_nano=True)).text
    assert exact == found_in(tmp_path, write.capture(truth, is_nano=True, order=">")).text
    for order in "<>":
        assert exact == found_in(tmp_path, gzip.compress(write.capture_of_blocks(truth, order=order))).text


def test_packets_of_ipv6_are_read_behind_their_extensions(tmp_path):
    truth = write.Truth(60.0)
    truth.asked(["2001:db8::1", "2001:db8::2"], ("2001:db8:1::7", 443), 5.0, 0.2)
    [(place, many)] = groups(found_in(tmp_path, write.capture(truth))).items()
    assert ("2001:db8:1::7", 443) == place
    assert {"2001:db8::1", "2001:db8::2"} == {one for each in many for one in each.sources}


def test_behind_a_translation_the_same_packet_is_counted_once(tmp_path):
    truth = write.Truth(60.0)
    truth.asked([f"10.0.2.{i}" for i in range(1, 9)], write.WEB, 5.0, 0.2)

    def twice(one):
        for at_s, source, target, flags, first in write.packets(one):
            yield at_s, source, target, flags, first
            if target == write.WEB:
                yield at_s + 2e-5, ("203.0.113.7", source[1] ^ 1), target, flags, first
            else:
                yield at_s + 2e-5, source, ("203.0.113.7", target[1] ^ 1), flags, first

    found = found_in(tmp_path, write.capture(truth, said=twice))
    [(_, many)] = groups(found).items()
    assert 8 == len({one for each in many for one in each.sources})
    assert f"{len(truth.flows):,} entries tell of a flow a second time" in said(found)


def test_refusals_and_silence_are_told_apart_where_flags_are_seen(tmp_path):
    truth = write.Truth(90.0)
    truth.asked([f"10.0.2.{i}" for i in range(1, 9)], write.WEB, 5.0, 0.2)
    truth.asked([f"10.0.2.{i}" for i in range(1, 9)], write.WEB, 0.4, 0.2, answer="refused")
    truth.asked([f"10.0.2.{i}" for i in range(1, 9)], write.WEB, 0.2, 0.2, answer="silent")
    refused = sum(one.answer == "refused" for one in truth.flows)
    silent = sum(one.answer == "silent" for one in truth.flows)
    for content in (write.capture(truth), write.vpc(truth), write.nfdump_json(truth)):
        [asked] = found_in(tmp_path, content).places
        assert (refused, silent) == (asked.refused_count, asked.unanswered_count)
    again = said(found_in(tmp_path, write.capture(truth)))
    assert "first packets were sent again" in again


@pytest.mark.parametrize("one_in", [10.0, 100.0])
def test_of_a_sample_rates_are_scaled_with_their_error_and_nothing_else_is_given(tmp_path, one_in):
    truth = write.Truth(300.0)
    truth.kept([f"10.0.1.{i}" for i in range(1, 11)], write.DB, 4)
    truth.asked([f"10.0.2.{i}" for i in range(1, 41)], write.WEB, 60.0, 0.2)
    chance = truth.chance

    whole = write.packets

    def some(one):
        return [each for each in whole(one) if chance.random() < 1.0 / one_in]

    write.packets = some
    try:
        content = write.nfdump_json(truth)
    finally:
        write.packets = whole
    found = found_in(tmp_path, content, sampled=one_in)
    rates = [one.rate_per_s for one in groups(found)[write.WEB] if one.rate_per_s]
    low, high = sum(one.low for one in rates), sum(one.high for one in rates)
    assert low <= 60.0 <= high
    assert high - low >= 2.0 * 60.0 / (300.0 * 60.0 / one_in) ** 0.5, "no surer than the sample is large"
    assert f"one in {one_in:.0f}" in said(found)
    assert not any(measured(found, word) for word in ("pool", "think", "age", "timeout", "closed_hold"))


def test_rows_that_say_they_were_sampled_give_no_rate_until_it_is_said_of_how_many(tmp_path):
    found = found_in(tmp_path, write.nfdump_json(TRUTH, sampled=1))
    assert not measured(found, "rate")
    assert "`--sampled N` says of how many" in said(found)


def test_rows_that_are_missing_are_told(tmp_path):
    gone = "2 123456789010 eni-1235b8ca123456789 - - - - - - - 1795888560 1795888620 - SKIPDATA\n"
    none = gone.replace("SKIPDATA", "NODATA")
    text = write.vpc(TRUTH, write.DEFAULT_FIELDS, has_names=False)
    found = found_in(tmp_path, none + gone + text)
    assert "1 row says that rows are missing" in said(found)
    assert "no entries" not in said(found)


def test_sockets_of_hosts_say_what_each_keeps_with_and_without_names_and_on_one_line_or_two(tmp_path):
    hosts = [f"10.0.1.{i}" for i in range(1, 4)]
    truth = write.Truth(60.0)
    truth.kept(hosts, write.DB, 4)
    for options in ("", "H", "O", "HO"):
        found = found_in(tmp_path, *(write.sockets(truth, host, options=options) for host in hosts))
        [(place, many)] = groups(found).items()
        assert write.DB == place
        assert [(tuple(hosts), 4.0)] == [(one.sources, one.pool.value) for one in many]
    at_server = found_in(tmp_path, write.sockets(truth, write.DB[0]))
    assert [(tuple(hosts), 4.0)] == [(one.sources, one.pool.value) for one in groups(at_server)[write.DB]]


def test_two_kinds_of_one_traffic_are_not_added_up(tmp_path):
    with pytest.raises(InputError, match="beside"):
        found_in(tmp_path, write.capture(TRUTH), write.vpc(TRUTH))


def test_a_capture_that_is_cut_short_gives_what_stands_before_and_says_so(tmp_path):
    whole = write.capture(TRUTH)
    found = found_in(tmp_path, whole[: len(whole) * 2 // 3 + 5])
    assert "the record is cut short: it ends in the middle of packet" in said(found)
    lost = found_in(tmp_path, write.capture_of_blocks(TRUTH, lost=17))
    assert "lost events 17 times" in said(lost)


def test_what_unpacks_to_far_more_than_a_record_is_not_read_on(tmp_path):
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(bytes(200 << 20)))
    done = subprocess.run(
        [sys.executable, "-m", "tidegate.cli.main", "discover", "bomb.gz"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert 2 == done.returncode
    assert "Traceback" not in done.stderr


def long_flows(draw):
    """Rows of 60 s windows, both directions: forty sources with flows of 10 to 60 s, one after the other."""
    yield f"{write.DEFAULT_FIELDS} tcp-flags"
    for i in range(1_500):
        begun_s = 1_764_500_000 + int(draw.uniform(0.0, 3_500.0))
        ended_s = begun_s + int(draw.uniform(10.0, 60.0))
        ends = [(f"10.0.1.{10 + i % 40}", 20_000 + i), ("10.0.2.20", 5432)]
        for (source, port), (target, asked), opens in ((*ends, 2), (*reversed(ends), 18)):
            for first in range(begun_s - begun_s % 60, ended_s, 60):
                begins, ends_here = begun_s >= first, ended_s < first + 60
                start, end = max(begun_s, first), min(ended_s, first + 59)
                flags = opens * begins | ends_here
                flow = f"{source} {target} {port} {asked}"
                yield f"2 123456789012 eni-1 {flow} 6 18 3780 {start} {end} ACCEPT OK {flags}"


def test_nobody_is_left_out_whose_flows_live_long_and_are_not_kept(tmp_path):
    """Not one of them vanishes, whose connections are neither short nor kept."""
    found = found_in(tmp_path, "\n".join(long_flows(random.Random(4))) + "\n")  # noqa: S311  drawn, not secret
    (asked,) = found.places
    everybody = {f"10.0.1.{10 + i}" for i in range(40)}
    assert everybody == {one for each in asked.populations for one in each.sources}


def test_a_record_that_is_given_twice_is_refused(tmp_path):
    text = write.vpc(TRUTH)
    with pytest.raises(InputError, match="was given already"):
        found_in(tmp_path, text, text)


def test_answers_told_before_their_questions_belong_to_the_flow_that_asks_them(tmp_path):
    """As nfpcapd tells each minute; of a port used twice the first was silent, or the second refused."""
    truth = write.Truth(180.0)
    hosts = [f"10.0.3.{i}" for i in range(1, 5)]
    truth.asked(hosts, write.API, 40.0, 0.05)
    for number in range(200):
        again = (hosts[number % 4], 61_000 + number)
        first, second = ("silent", "answered") if number % 2 else ("answered", "refused")
        for at_s, answer in ((20.0 + number / 100, first), (80.0 + number / 100, second)):
            truth.flows.append(write.Drawn(at_s, 0.05, again, write.API, answer))
    rows = json.loads(write.nfdump_json(truth))
    rows.sort(key=lambda row: (row["first"][:16], row["dst_port"] == write.API[1]))
    found = found_in(tmp_path, json.dumps(rows))
    [one] = groups(found)[write.API]
    assert (4, False) == (len(one.sources), one.is_kept)
    assert 40.0 == pytest.approx(one.rate_per_s.value, rel=0.1)
    [place] = found.places
    assert [100, 100] == [place.refused_count, place.unanswered_count]


def test_a_spell_is_no_shorter_for_an_answer_that_came_late_in_it(tmp_path):
    """Rows do not say when a flow was answered: one that began in a silence hides none of it."""
    truth = write.Truth(120.0)
    hosts = [f"10.0.3.{i}" for i in range(1, 5)]
    truth.asked(hosts, write.API, 40.0, 0.05)
    truth.flows = [one for one in truth.flows if not 60.0 <= one.begun_s < 70.0]
    for number in range(400):
        answer, life_s = ("answered", 12.0) if number % 40 == 17 else ("silent", 0.05)
        source = (hosts[number % 4], 61_000 + number)
        truth.flows.append(write.Drawn(60.0 + number / 40, life_s, source, write.API, answer))
    for content in (write.nfdump_json(truth), write.vpc(truth)):
        [place] = found_in(tmp_path, content).places
        [spell] = place.spells.failed
        assert (60.0, 70.0) == (
            pytest.approx(spell.begin_s - write.START_S, abs=1.5),
            pytest.approx(spell.end_s - write.START_S, abs=1.5),
        )
