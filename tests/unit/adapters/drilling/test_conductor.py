"""A drill on sites that are only values: what is lost is found, what is cut is healed whatever happens."""

from __future__ import annotations

import time

import pytest

from tidegate.adapters.drilling.conductor import Conductor
from tidegate.adapters.drilling.drill_conduct import Conduct
from tidegate.errors import CannotTellError, RigError
from tidegate.observe.drill.cuts import CUTS
from tidegate.observe.drill.drill_judged import Failing, judge
from tidegate.observe.drill.drill_limits import DrillLimits

LIMITS = DrillLimits(first_word_s=1.0, heal_s=1.0)


class Receivers:
    """Everything that was sent, each so often."""

    def __init__(self, *, count: int = 1) -> None:
        self.count = count
        self.sent: dict[str, list[float]] = {}

    def send(self, what: str, at_s: float) -> None:
        self.sent[what] = [at_s] * self.count

    def mailed(self, address: str) -> list[float]:
        return self.sent.get(address, [])

    noticed = mailed


class Door:
    """A site that is a value; a case that it loses it has never had."""

    beside = None

    def __init__(
        self, name, record, receivers, *, loses=False, owed=(0.0, 0.0), deaf=False, stale=False
    ) -> None:
        self.name, self.record, self.receivers = name, record, receivers
        self.loses, self.owed, self.deaf, self.stale = loses, owed, deaf, stale
        self.ended: list[str] = []

    def heads(self):
        return frozenset() if not self.deaf else frozenset({("own", 1, self.name)})

    def open_exercise(self, title, *, is_private):
        self.receivers.send(title, time.monotonic())
        self.record.add(title)
        return title

    def publish(self, outage):
        return True

    def ask_for_help(self, text, contact, key):
        self.receivers.send(contact, time.monotonic())
        if not self.loses:
            self.record.add(key)
        return key

    def has_case(self, case):
        return case in self.record

    def has_words(self, outage):
        return outage in self.record

    def shows(self, outage, mark):
        return outage in self.record

    def believed_until_s(self):
        return 0.0 if self.stale else 1e12

    def has_console(self):
        return True

    def measures(self):
        return {"tidegate_notices_owed": self.owed[bool(self.record)]}

    def end_exercise(self, outage):
        self.ended.append(outage)
        return True


class Ground:
    def __init__(self, *, cut_fails=False, heal_fails=False) -> None:
        self.done: list[str] = []
        self.cut_fails, self.heal_fails = cut_fails, heal_fails

    def cut(self, cut, hit):
        self.done.append(f"cut {cut.name}")
        if self.cut_fails:
            raise RigError("the edge is gone")

    def heal(self, cut, hit):
        self.done.append(f"heal {cut.name}")
        if self.heal_fails:
            raise RigError("the edge is gone")


def conducted(doors, ground, receivers, *names, apart_said_s=0.0):
    known = {one.name: one for one in CUTS}
    conduct = Conduct(
        cuts=tuple(known[name] for name in names), mark="Drill 1", first_word_s=0.3, heal_s=0.3, hold_s=0.0,
        apart_said_s=apart_said_s, is_private=False, has_receiver=True, has_mail=True,
    )  # fmt: skip
    return Conductor(doors, ground, receivers, conduct, lambda _message: None).run()


def sites(receivers, **changes):
    record: set[str] = set()
    return [Door(name, record, receivers, **changes) for name in ("west", "east")]


def failings(reading):
    return [found.failing for found in judge(reading, LIMITS)]


def test_a_cut_that_nothing_minds_is_healed_and_its_exercises_ended():
    receivers, ground = Receivers(), Ground()
    doors = sites(receivers)
    (reading,) = conducted(doors, ground, receivers, "mail")
    assert ["cut mail", "heal mail"] == ground.done
    assert ["Drill 1 mail at west", "Drill 1 mail at east"] == [door.ended[0] for door in doors]
    assert [] == failings(reading)
    assert 2 == reading.accepted_count


def test_a_receipt_whose_case_is_nowhere_is_a_loss():
    receivers = Receivers()
    (reading,) = conducted(sites(receivers, loses=True), Ground(), receivers, "mail")
    assert {"drill-1-mail-at-west", "drill-1-mail-at-east"} == set(reading.lost_cases)


@pytest.mark.parametrize(
    ("owed", "lost", "still"), [((7.0, 7.0), 4, 0), ((7.0, 10.0), 1, 3), ((0.0, 9.0), 0, 4)]
)
def test_of_what_never_came_only_so_much_is_owed_as_sites_owe_more_than_before(owed, lost, still):
    receivers = Receivers(count=0)
    (reading,) = conducted(sites(receivers, owed=owed), Ground(), receivers, "mail")
    missed = [is_owed for at_s, _, is_owed in reading.notices if at_s is None]
    assert (lost, still) == (missed.count(False), missed.count(True))


def test_sites_that_differ_before_are_not_cut():
    receivers, ground = Receivers(), Ground()
    with pytest.raises(CannotTellError, match="before anything is cut"):
        conducted(sites(receivers, deaf=True), ground, receivers, "mail")
    assert not ground.done


def test_a_cut_that_fails_is_healed_and_the_next_is_made():
    receivers, ground = Receivers(), Ground(cut_fails=True)
    readings = conducted(sites(receivers), ground, receivers, "mail", "dns")
    assert ["cut mail", "heal mail", "cut dns", "heal dns"] == ground.done
    assert [[Failing.NOT_DRILLED]] * 2 == [failings(one) for one in readings]


def test_what_stays_cut_ends_the_drill():
    receivers, ground = Receivers(), Ground(heal_fails=True)
    (reading,) = conducted(sites(receivers), ground, receivers, "mail", "dns")
    assert ["cut mail", "heal mail"] == ground.done
    assert Failing.NOT_HEALED in failings(reading)


def test_whatever_goes_wrong_in_between_is_healed():
    receivers, ground = Receivers(), Ground()
    doors = sites(receivers)
    doors[0].publish = lambda _outage: 1 / 0
    with pytest.raises(ZeroDivisionError):
        conducted(doors, ground, receivers, "mail")
    assert ["cut mail", "heal mail"] == ground.done


def test_a_page_that_outlived_its_word_is_seen():
    receivers = Receivers()
    (reading,) = conducted(sites(receivers, stale=True), Ground(), receivers, "mail")
    assert ("west", "east") == reading.stale


def test_a_site_that_is_killed_is_asked_just_before_and_its_neighbours_afterwards():
    receivers = Receivers()
    (reading,) = conducted(sites(receivers), Ground(), receivers, "killed")
    assert ["east", "west"] == [one.site for one in reading.cases]
    assert ["west"] == [one.site for one in reading.words]
    assert ("east",) == reading.apart


def test_sites_that_are_cut_from_each_other_are_not_blind_to_each_other():
    receivers = Receivers()
    doors = [Door(name, set(), receivers) for name in ("west", "east")]
    for door in doors:
        door.has_case = lambda _case: True
    peers, mail = conducted(doors, Ground(), receivers, "peers", "mail")
    assert () == peers.unheard
    assert ("west", "east") == mail.unheard


def test_a_page_that_does_not_say_whom_it_cannot_hear_is_green_while_blind():
    receivers = Receivers()
    west, east = doors = sites(receivers)
    west.says_apart = lambda names: names in {(), ("east",)}
    east.says_apart = lambda names: not names
    peers, mail = conducted(doors, Ground(), receivers, "peers", "mail", apart_said_s=0.3)
    assert (("east",), ()) == (peers.unsaid, mail.unsaid)
    west.says_apart = lambda names: not names
    (peers,) = conducted(doors, Ground(), receivers, "peers", apart_said_s=0.3)
    assert [Failing.UNSAID] == failings(peers)
    assert ("west", "east") == peers.unsaid
    (peers,) = conducted(doors, Ground(), receivers, "peers")
    assert () == peers.unsaid  # it was not looked for
