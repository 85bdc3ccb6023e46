"""What is over leaves the record at all sites alike, and nothing else ever does."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from compacted_sites import (
    BEFORE_S,
    DAY_S,
    LONG_AGO_S,
    NOW_S,
    Hands,
    case,
    go_on,
    notice,
    old_group,
    request,
    settle_all,
    tell,
    view,
)
from site_histories import judged
from sites_sample import Near, admit, begun, drawn, forget, heal, put_back
from tidegate.adapters.between_sites.archive_file import archived
from tidegate.adapters.between_sites.carried_file import carry
from tidegate.adapters.store import leaving
from tidegate.adapters.store.journal_begin import open_journal
from tidegate.adapters.store.second_look import look_again
from tidegate.errors import InputError
from tidegate.journal.compaction import Gap, Left, gaps_digest
from tidegate.journal.entry import body_hash, read_entry
from tidegate.journal.entry_chain import DamagedJournalError
from tidegate.track.case import CaseState
from tidegate.verbs.record.backup import back_up, verify
from tidegate.verbs.record.compacting import (
    Compacted,
    Ready,
    Waiting,
    carry_out,
    cut_before,
    decide,
    work_out,
)
from tidegate.verbs.record.drawing import draw
from tidegate.verbs.record.handing_over import exchange_through, import_carried
from tidegate.verbs.record.site import members_of


def test_what_is_over_leaves_a_site_that_is_alone_and_what_is_not_stays(tmp_path):
    with old_group(tmp_path, "west") as (hands, (west,)):
        case(west, "old", text="secret words")
        case(west, "waits", closed=False)
        notice(west, "sent")
        notice(west, "owed", ended=False)
        tell(west, "decision.made", "d", what="a")
        hands.now_s = BEFORE_S + DAY_S
        case(west, "young")
        hands.now_s = NOW_S
        before = view(west)
        request(west)
        found = go_on(west)
        assert isinstance(found, Compacted)
        assert 5 == found.left_count
        after = view(west)
        assert {"waits", "young"} == set(after["cases"])
        assert {"owed"} == set(after["notices"])
        assert before["heads"]["west"] < after["heads"]["west"]
        files = (tmp_path / "west").glob("journal.db*")
        assert not any(b"secret words" in path.read_bytes() for path in files)
        assert ["case.received", "case.replied", "case.closed", "delivery.planned", "delivery.done"] == [
            one.kind for one in archived(Path(found.path))
        ]
        assert () == verify(west).damages
        assert go_on(west) is None
        tell(west, "case.reopened", "old", text="again")
        assert CaseState.REOPENED is view(west)["cases"]["old"][0]


def test_all_sites_let_go_of_the_same_once_all_say_so(tmp_path):
    with old_group(tmp_path, "west", "mid", "east") as (hands, sites):
        west, mid, east = sites
        for number in range(20):
            case(sites[number % 3], f"case{number}")
            notice(sites[(number + 1) % 3], f"notice{number}")
            if number % 4 == 0:
                heal(*sites)
        tell(west, "case.received", "across", text="a", channel="web")
        heal(*sites)
        tell(east, "case.closed", "across")
        hands.now_s = NOW_S
        request(west)
        assert isinstance(go_on(west), Waiting)
        assert ("mid", "east") == tuple(sorted(go_on(west).silent, reverse=True))
        heal(west, mid)
        go_on(mid), heal(west, mid), go_on(west)
        assert 21 == len(view(west)["cases"])
        settle_all(sites)
        assert view(west) == view(mid) == view(east)
        assert {} == view(west)["cases"] == view(west)["notices"]
        assert all(() == verify(one).damages for one in sites)
        tell(mid, "decision.made", "d", what="a")
        heal(*sites)
        assert view(west) == view(mid) == view(east)


def test_a_site_that_joins_later_takes_chains_with_gaps_and_holds_the_same(tmp_path):
    with old_group(tmp_path, "west", "east") as (hands, sites):
        west, east = sites
        for number in range(30):
            case(sites[number % 2], f"case{number}", closed=number % 7 > 0)
            heal(*sites)
        hands.now_s = NOW_S
        request(west)
        settle_all(sites)
        north = begun(tmp_path, "north", clock=hands.steady())
        admit(north, west), admit(west, north), admit(east, north)
        drawn(north, west)  # and with it whom west names
        found = drawn(north, west)
        assert ({}, "") == (found.refused, found.unproven)
        settle_all([*sites, north])
        assert view(west) == view(north) == view(east)
        assert () == verify(north).damages
        assert not (tmp_path / "north" / "archive").exists()
        hands.now_s += 40 * DAY_S
        case(north, "of north"), heal(*sites, north)
        hands.now_s += 40 * DAY_S
        request(north, hands.now_s - 35 * DAY_S)
        settle_all([*sites, north])
        assert view(west) == view(north) == view(east)
        assert "of north" not in view(west)["cases"]
        north.close()


def test_a_gap_that_no_trusted_site_states_is_not_followed(tmp_path):
    with old_group(tmp_path, "west", "east") as (hands, (west, _)):
        for number in range(10):
            case(west, f"case{number}")
        hands.now_s = NOW_S
        north = begun(tmp_path, "north", clock=hands.steady())
        admit(north, west)

        class Lying(Near):
            """Leaves out some entries, and says that they have left the record."""

            hidden = Gap("west", 4, 9, "")

            def left_digest(self):
                return gaps_digest(self.left().gaps)

            def left(self):
                last = body_hash(self.journal.page("west", 8, most_bytes=1)[0].body)
                proofs = tuple(self.journal.page("west", 0, most_bytes=10**6))
                return Left(gaps=(self.hidden._replace(hash=last),), proofs=proofs)

            def entries(self, label, after_number):
                page = super().entries(label, after_number)
                return [one for one in page if label != "west" or not 4 <= read_entry(one.body).number <= 9]

        found = draw(north, Lying(west), lambda: members_of(north))
        assert "no site says that is trusted here" in found.unproven
        assert "what stood between is missing" in str(found.refused["west"])
        assert 3 == north.heads()["west"]
        assert () == north.gaps()
        drawn(north, west)
        assert view(north)["cases"] == view(west)["cases"]
        north.close()


def test_what_is_only_asked_for_proves_no_gap(tmp_path):
    """A mirror that shows a true word of a site hides nothing with it before that has left at that site."""
    with old_group(tmp_path, "west", "east") as (hands, (west, east)):
        for number in range(6):
            case(west, f"case{number}")
        hands.now_s = NOW_S
        plan = work_out(west, members_of(west), cut_before(BEFORE_S, NOW_S))
        request(west)
        north = begun(tmp_path, "north", clock=hands.steady())
        admit(north, west)

        class Hiding(Near):
            def left_digest(self):
                return plan.digest

            def left(self):
                return Left(gaps=plan.gaps, proofs=tuple(self.journal.page("west", 0, most_bytes=10**6)))

        found = draw(north, Hiding(west), lambda: members_of(north))
        assert "no site says that is trusted here" in found.unproven
        heal(west, east), go_on(east), heal(west, east), go_on(east), go_on(west)
        assert "" == draw(north, Hiding(west), lambda: members_of(north)).unproven
        north.close()


def test_nothing_leaves_where_a_site_holds_otherwise(tmp_path):
    with old_group(tmp_path, "west", "mid", "east") as (hands, (west, mid, east)):
        case(west, "same"), case(mid, "other")
        heal(west, mid, east)
        tell(mid, "case.reopened", "other", text="again")  # which west does not hear of
        hands.now_s = NOW_S
        request(west)
        drawn(east, west), go_on(east), drawn(west, east)
        found = go_on(west)
        assert ("mid",) == found.silent
        drawn(mid, west), go_on(mid)
        statement = mid.page("mid", mid.heads()["mid"] - 1, most_bytes=1)
        assert b"site.compacted" in statement[0].body

        class Late(Near):
            """Hands over all of mid but what it said of the case."""

            def entries(self, label, after_number):
                return [] if label == "mid" else super().entries(label, after_number)

        draw(west, Late(mid), lambda: members_of(west))
        assert 2 == len(view(west)["cases"])
        settle_all([west, mid, east])
        assert view(west) == view(mid) == view(east)
        assert {"other": CaseState.REOPENED} == {id_: one[0] for id_, one in view(west)["cases"].items()}


def test_a_site_alone_decides_for_no_other(tmp_path):
    """Whoever has a site's key states what it likes; without the others nothing leaves anywhere."""
    with old_group(tmp_path, "west", "east") as (hands, (west, east)):
        case(west, "one"), heal(west, east)
        hands.now_s = NOW_S
        gap = Gap("west", 3, 3, "0" * 64)
        for sites in (["west"], ["west", "east"]):
            tell(
                west, "site.compacted", "x", before_s=BEFORE_S, until_s=NOW_S, entries=1.0, sites=sites,
                digest=gaps_digest([gap]),
            )  # fmt: skip
        heal(west, east)
        assert isinstance(go_on(east), Waiting)
        assert 1 == len(view(east)["cases"])


def test_what_is_too_young_or_too_early_is_not_asked_for(tmp_path):
    with old_group(tmp_path, "west") as (hands, (west,)):
        case(west, "one")
        hands.now_s = NOW_S
        with pytest.raises(InputError, match="30 days old"):
            request(west, NOW_S - 29 * DAY_S)
        request(west), go_on(west)
        with pytest.raises(InputError, match="asked for already"):
            request(west, BEFORE_S - DAY_S)


def test_what_was_killed_in_between_is_gone_on_with_and_comes_to_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(leaving, "_TOGETHER_COUNT", 3)
    with old_group(tmp_path, "west", "east") as (hands, (west, east)):
        for number in range(20):
            case((west, east)[number % 2], f"case{number:02}")
        heal(west, east)
        hands.now_s = NOW_S
        request(west)
        while not isinstance(said := decide(west, members_of(west)), Ready):
            heal(west, east), decide(east, members_of(east)), heal(west, east)
        writing, count = west.writing, [0]

        def killed():
            count[0] += 1
            if count[0] == 4:
                raise KeyboardInterrupt
            return writing()

        monkeypatch.setattr(west, "writing", killed)
        with pytest.raises(KeyboardInterrupt):
            carry_out(west, said)
        monkeypatch.setattr(west, "writing", writing)
        left = view(west)["cases"]
        assert 20 > len(left) > 0
        assert {CaseState.CLOSED} == {one[0] for one in left.values()}
        assert () == verify(west).damages
        path = next((tmp_path / "west" / "archive").iterdir())
        assert 60 == sum(1 for _ in archived(path))
        settle_all([west, east])
        assert view(west) == view(east)
        assert [path] == list((tmp_path / "west" / "archive").iterdir())


def test_a_copy_from_before_is_put_back_and_lets_go_of_the_same(tmp_path):
    with old_group(tmp_path, "west", "east") as (hands, (west, east)):
        for number in range(12):
            case((west, east)[number % 2], f"case{number:02}")
            if number == 5:
                heal(west, east)
                tell(west, "case.received", "half", text="a", channel="web")
                shutil.copytree(tmp_path / "west", tmp_path / "copy")
        tell(east, "case.closed", "half")
        hands.now_s = NOW_S
        request(west)
        settle_all([west, east])
        west.close()
        forget(tmp_path / "west")
        again = put_back(tmp_path / "copy", tmp_path / "west", clock=hands.steady())
        assert 0 < len(view(again)["cases"])
        settle_all([again, east])
        assert {} == view(again)["cases"]
        assert view(again) == view(east)
        assert {} == members_of(east).forked
        assert () == verify(again).damages == verify(east).damages
        again.close()


def test_two_cuts_join_their_gaps(tmp_path):
    with old_group(tmp_path, "west", "east") as (hands, (west, east)):
        for number in range(6):
            case(west, f"one{number}"), case(east, f"other{number}")
            hands.now_s += 10 * DAY_S
        case(west, "one0x", closed=False)
        hands.now_s += 60 * DAY_S
        for before_s in (LONG_AGO_S + 15 * DAY_S, LONG_AGO_S + 55 * DAY_S):
            request(west, before_s)
            settle_all([west, east])
            assert view(west) == view(east)
            hands.now_s += DAY_S
        assert {"west": 1, "east": 1} == Counter(gap.label for gap in west.gaps())
        assert {"one0x"} == set(view(west)["cases"])


def test_a_backup_of_a_record_with_gaps_is_whole(tmp_path):
    with old_group(tmp_path, "west", "east") as (hands, (west, east)):
        for number in range(9):
            case(west, f"case{number}")
        hands.now_s = NOW_S
        request(west), settle_all([west, east])
        back_up(west, tmp_path / "backup")
        copy = open_journal(tmp_path / "backup", clock=hands.steady())
        assert view(copy) == view(west)
        copy.close()


@pytest.mark.parametrize("seed", range(5))
def test_whatever_arrives_in_whichever_order_all_sites_come_to_the_same(tmp_path, seed):
    draws = random.Random(seed)  # noqa: S311  it draws what happens
    with old_group(tmp_path, "west", "mid", "east") as (hands, sites):
        matters = [f"matter{number}" for number in range(15)]
        for step in range(120):
            one = draws.choice(sites)
            hands.now_s += draws.choice([0.0, 60.0, 86_400.0])
            subject = draws.choice(matters)
            match draws.randrange(9):
                case 0 | 1:
                    tell(one, "case.received", subject, text="a", channel="web")
                case 2 | 3:
                    tell(one, "case.closed", subject)
                case 4:
                    tell(one, "case.reopened", subject, text="b")
                case 5:
                    notice(one, f"n{subject}", ended=draws.random() < 0.7)
                case 6:
                    drawn(one, draws.choice([other for other in sites if other is not one]))
                case 7:
                    go_on(one)
                case _:
                    if step > 60 and draws.random() < 0.4:
                        with suppress(InputError):
                            request(one, hands.now_s - draws.choice([31, 40]) * DAY_S)
        hands.now_s += 100 * DAY_S
        with suppress(InputError):
            request(sites[0], hands.now_s - 31 * DAY_S)
        settle_all(sites, most_rounds=20)
        first, *others = [view(one) for one in sites]
        assert all(first == other for other in others)
        assert all(() == verify(one).damages for one in sites)
        assert {one[0] for one in first["cases"].values()} <= {CaseState.REOPENED, CaseState.RECEIVED}
        assert len(sites[0].gaps()) > 3


@pytest.mark.parametrize("way", ["file", "store"])
def test_a_record_with_gaps_is_handed_over_in_a_file_and_through_a_store(tmp_path, way):
    with old_group(tmp_path, "west", "east") as (hands, (west, east)):
        for number in range(12):
            case((west, east)[number % 2], f"case{number}", closed=number % 5 > 0)
            heal(west, east)
        hands.now_s = NOW_S
        request(west), settle_all([west, east])
        north = begun(tmp_path, "north", clock=hands.steady())
        admit(north, west, east), admit(west, north), admit(east, north), heal(west, east)
        (tmp_path / "shared").mkdir()
        for _ in range(2):
            if way == "file":
                (tmp_path / "file").unlink(missing_ok=True)
                carry(west, tmp_path / "file")
                found = import_carried(north, tmp_path / "file").drawn
            else:
                place = str(tmp_path / "shared")
                exchange_through(west, place), exchange_through(east, place)
                found = exchange_through(north, place).drawn
            assert ({}, "") == (found.refused, found.unproven)
            go_on(north)
        heal(west, east, north)
        assert view(west) == view(north)
        assert () == verify(north).damages
        north.close()


def test_two_records_that_were_cut_apart_become_one_that_a_third_takes(tmp_path):
    hands = Hands()
    west, east, north = (begun(tmp_path, name, clock=hands.steady()) for name in ("west", "east", "north"))
    for number in range(5):
        case(west, f"w{number}"), case(east, f"e{number}")
    hands.now_s = NOW_S
    request(west), go_on(west)
    hands.now_s += DAY_S
    request(east), go_on(east)
    admit(west, east), admit(east, west)
    settle_all([west, east])
    assert {"west", "east"} == {gap.label for gap in west.gaps()}
    for _ in range(2):
        go_on(west), go_on(east), heal(west, east)
    admit(north, west), admit(west, north), admit(east, north)
    settle_all([west, east, north])
    assert view(north)["gaps"] == view(west)["gaps"] == view(east)["gaps"]
    assert () == verify(north).damages
    assert [0, 0, 0] == [verify(one).unstated for one in (west, east, north)]
    hands.now_s += 40 * DAY_S
    request(north, hands.now_s - 31 * DAY_S)
    settle_all([west, east, north])
    assert view(north) == view(west) == view(east)
    for one in (west, east, north):
        one.close()


def test_what_never_leaves_stays_whatever_sites_say_of_it(tmp_path):
    with old_group(tmp_path, "west", "east") as (hands, (west, east)):
        tell(west, "decision.made", "d", what="a")
        case(west, "old"), heal(west, east)
        hands.now_s = BEFORE_S + DAY_S
        case(west, "young"), tell(west, "decision.made", "e", what="b"), heal(west, east)
        hands.now_s = NOW_S
        kept = dict(west.numbered("west"))
        for number in (3, 8):  # a decision, and a case that is younger than that
            gap = Gap("west", number, number, body_hash(kept[number].body))
            said = {"before_s": BEFORE_S, "until_s": NOW_S + number, "digest": gaps_digest([gap])}
            hands.now_s += DAY_S
            for one in (west, east):
                tell(one, "site.compacted", "x", **said, entries=1.0, sites=["east", "west"])
            heal(west, east)
            leaving.take_handed(east, [gap], gaps_digest([gap]))
            ready = decide(east, members_of(east))
            assert isinstance(ready, Ready)
            with pytest.raises(DamagedJournalError, match="is of what never leaves"):
                carry_out(east, ready)
            assert () == east.gaps()
            leaving.conclude(east, (), ready.statement.cut)


def test_signatures_are_looked_at_again_across_what_has_left(tmp_path):
    with old_group(tmp_path, "west", "east") as (hands, (west, east)):
        for number in range(300):
            case(east, f"case{number}", closed=number % 3 == 0)
        hands.now_s = NOW_S
        tell(east, "decision.made", "d", what="a")
        drawn(west, east)  # in long pages, whose last vouches for the others
        request(west), settle_all([west, east])
        assert 100 == len(west.gaps())
        count = 0
        while (looked := look_again(west, Near(east).entries)).count:
            assert [] == looked.wrong
            count += looked.count
        assert 150 < count < 400
        north = begun(tmp_path, "north", clock=hands.steady())
        admit(north, west), admit(west, north), admit(east, north)
        settle_all([west, east, north])
        assert view(north) == view(west)
        assert () == verify(north).damages
        north.close()


def read_line(journal):
    """Return what a record holds as a line of a history, and what it wrote away."""
    folder = journal.path.parent / "archive"
    files = folder.iterdir() if folder.exists() else ()
    away = [json.loads(line) for path in files for line in path.read_text().splitlines() if '"body"' in line]
    bodies = [(json.loads(one["body"]), one) for one in away]
    return {
        "op": "read",
        "at": journal.site,
        "entries": [
            [label, number, kept.body.decode(), kept.signature.hex()]
            for _, label, number, kept in journal.kept()
        ],
        "left": [list(gap) for gap in journal.gaps()],
        "archived": [
            [said["site"], said["number"], one["body"], one["signature"]]
            for said, one in bodies
            if said["number"] > 1
        ],
    }


def test_a_judge_that_shares_no_code_finds_nothing_wrong(tmp_path):
    with old_group(tmp_path, "west", "east") as (hands, sites):
        posts = []
        for number in range(20):
            one = sites[number % 2]
            case(one, f"case{number}", closed=number % 3 > 0)
            notice(one, f"notice{number}", ended=number % 4 > 0)
            (kept,) = (entry for entry in one.about(f"case{number}") if entry.kind == "case.received")
            posts.append({
                "op": "post", "at": one.site, "key": "", "began_s": number, "ended_s": number,
                "outcome": "receipt", "case": f"case{number}", "chain": kept.site, "number": kept.number,
            })  # fmt: skip
        hands.now_s = NOW_S
        request(sites[0]), settle_all(sites)
        history = [*posts, *map(read_line, sites)]
        found = judged(history)
        assert {} == {kind: what for kind, what in found.faults.items() if kind != "two ids"}
        assert (13, 7) == (found.left_count, found.acknowledged_count)
        for change, kind in (
            (lambda line: line["left"].pop(), "not linked"),
            (lambda line: line["archived"].pop(), "left nowhere"),
            (lambda line: line["entries"].pop(-4), "unequal"),
        ):
            changed = json.loads(json.dumps(history))
            change(changed[-1])
            assert kind in judged(changed).faults
