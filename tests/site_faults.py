"""What may happen to several sites, by seed: cuts, kills, old copies, wrong clocks, full disks, damage.

`attacked` lets customers write at all sites all the time, does one thing after another to them, and after
each makes everything whole and measures how long it takes until every site holds what any held. What clients
saw goes to a history, which `site_histories` judges.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from sites_sample import forget
from sites_served import Group, History, ServedSite, Writers, free_port
from small_disk import fill, small_disk
from tidegate.adapters.store.continuity import Continuity
from tidegate.verbs.record.site import begin

NAMES = ("west", "mid", "east")
HEALED_S = 30.0
DISK = "64m"


@dataclass(kw_only=True)
class Attack:
    """One group under attack.

    Attributes
    ----------
    healed_s
        From making everything whole to every site holding what any held then, by what was done before.
    """

    group: Group
    history: History
    writers: Writers
    chance: random.Random
    lasts_s: float
    healed_s: list[tuple[str, float]] = field(default_factory=list)

    @property
    def sites(self) -> dict[str, ServedSite]:
        return self.group.sites

    def one(self) -> ServedSite:
        return self.sites[self.chance.choice(NAMES)]

    def rest(self, share: float = 1.0) -> None:
        time.sleep(self.lasts_s * share)

    def tell(self, op: str, at: str = "", **said: object) -> None:
        self.history.add(op, at=at, at_s=time.monotonic(), **said)


def cut_pair(attack: Attack) -> None:
    """Two sites do not reach each other; both reach the third."""
    first, second = attack.chance.sample(NAMES, 2)
    attack.group.paths.swallow((first, second), (second, first))
    attack.rest()


def cut_one(attack: Attack) -> None:
    """One site reaches nobody, and nobody reaches it."""
    attack.group.paths.swallow(*attack.group.pairs_of(attack.one().name))
    attack.rest()


def cut_way(attack: Attack) -> None:
    """One site cannot ask another, which can ask it."""
    attack.group.paths.swallow(attack.chance.choice(attack.group.paths.pairs))
    attack.rest()


def cut_all(attack: Attack) -> None:
    """Nobody reaches anybody."""
    attack.group.paths.swallow(*attack.group.paths.pairs)
    attack.rest()


def refused(attack: Attack) -> None:
    """Connections end and are refused, between all or around one."""
    pairs = (
        attack.group.pairs_of(attack.one().name) if attack.chance.random() < 0.5 else attack.group.paths.pairs
    )
    attack.group.paths.refuse(*pairs)
    attack.rest()


def slowed(attack: Attack) -> None:
    """Each piece that is sent is held up."""
    attack.group.paths.slow(attack.chance.uniform(0.1, 0.8), *attack.group.paths.pairs)
    attack.rest()


def flickering(attack: Attack) -> None:
    """Random paths are cut and made whole, many times."""
    for _ in range(6):
        count = attack.chance.randrange(1, 7)
        attack.group.paths.swallow(*attack.chance.sample(attack.group.paths.pairs, count))
        attack.rest(1 / 12)
        attack.group.paths.heal()
        attack.rest(1 / 12)


def killed(attack: Attack) -> None:
    """Sites are killed with SIGKILL at random moments, and started again; some while others are cut off."""
    if attack.chance.random() < 0.5:
        cut = attack.chance.choice(attack.group.paths.pairs)
        attack.group.paths.swallow(cut)
    for _ in range(2):
        one = attack.one()
        attack.rest(attack.chance.uniform(0.1, 0.4))
        one.kill()
        attack.tell("kill", one.at)
        one.start()


def all_killed(attack: Attack) -> None:
    """All sites are killed at once, and started again."""
    attack.rest(0.3)
    for one in attack.sites.values():
        one.kill()
        attack.tell("kill", one.at)
    attack.group.start()


def put_back(attack: Attack) -> None:
    """A site's machine is lost; an old copy of its folder is put in place on one that remembers nothing."""
    one = attack.one()
    copy = one.data.with_name(f"{one.name}.copy.db")
    attack.tell("copied", one.at)
    _copy_journal(one.data / "journal.db", copy)
    attack.rest(0.3)
    is_cut = attack.chance.random() < 0.5
    if is_cut:
        attack.group.paths.swallow(*attack.group.pairs_of(one.name))
        attack.rest(0.3)
    one.kill()
    (one.data / "journal.db-journal").unlink(missing_ok=True)
    shutil.copyfile(copy, one.data / "journal.db")
    copy.unlink()
    if attack.chance.random() < 0.7:
        forget(one.data)  # the machine began anew
    attack.tell("put_back", one.at)
    one.start()
    attack.rest(0.3)


def _copy_journal(of: Path, to: Path) -> None:
    with closing(sqlite3.connect(of, timeout=30.0)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target, pages=-1)


def wrong_clock(attack: Attack) -> None:
    """A site's clock jumps, and back."""
    one = attack.one()
    for shift_s in attack.chance.sample((-3_600.0, -250.0, -10.0, 10.0, 250.0, 299.0), 2):
        one.set_clock(shift_s)
        attack.tell("clock", one.at, shift_s=shift_s)
        attack.rest(0.4)
    one.set_clock(0.0)


def full_disk(attack: Attack) -> None:
    """A site's disk is full, then it has room again."""
    one = attack.sites["mid"]
    if not one.data.is_mount():
        return
    fill(one.data)
    attack.tell("full", one.at)
    attack.rest()
    (one.data / "filler").unlink()


def bit(attack: Attack) -> None:
    """A bit of a site's journal changes; it must say so and not start; it comes back from the others."""
    one = attack.one()
    attack.rest(0.3)
    _heard(attack)
    attack.tell("copied", one.at)  # what it said since the others heard of it goes with its disk
    one.kill()
    where = damaged(one.data / "journal.db", attack.chance)
    one.launch()
    assert one.process is not None
    code = one.process.wait(60.0)
    assert code != 0, f"a damaged journal is served:\n{one.said()}"
    assert where in one.said(), f"{where} is not named:\n{one.said()}"
    attack.tell("put_back", one.at)
    come_back(attack.group, one)
    attack.rest(0.3)


def _heard(attack: Attack) -> None:
    attack.group.identical_after_s(HEALED_S)


def damaged(path: Path, chance: random.Random) -> str:
    """Flip one bit in one entry's bytes, in place; return what names the entry."""
    with closing(sqlite3.connect(path)) as opened:
        rows = opened.execute("SELECT site, number, body FROM entries").fetchall()
    chain, number, body = chance.choice(rows)
    content = bytearray(path.read_bytes())
    at = content.find(body[60:120])
    assert at > 0
    content[at + chance.randrange(min(60, len(body) - 60))] ^= 1 << chance.randrange(7)
    with path.open("r+b") as stream:
        stream.write(content)
    return f"entry {number} of site {chain}"


def come_back(group: Group, one: ServedSite) -> None:
    """Begin a site's folder anew, with its key alone, and let it take everything from the others."""
    for name in ("journal.db", "journal.db-journal"):
        (one.data / name).unlink(missing_ok=True)
    forget(one.data)
    begin(one.data, one.name, "")
    for (asker, asked), port in group.ports.items():
        if asker == one.name:
            group.name(one.data, asked, port)
    one.start()


def twin(attack: Attack) -> None:
    """A site's folder is started a second time elsewhere; each of the others hears of another of the two."""
    one = attack.one()
    first, second = (name for name in NAMES if name != one.name)
    one.end()
    data = one.data.with_name(f"{one.name}.twin{len(attack.healed_s)}")
    shutil.copytree(one.data, data, ignore=shutil.ignore_patterns("filler"))
    again = ServedSite(one.name, data, free_port(), at=f"{one.name} twin {len(attack.healed_s)}")
    if attack.chance.random() < 0.7:  # a machine that was copied while it ran brings its memory along
        noted = Continuity(one.data / "journal.db").noted()
        assert noted is not None
        Continuity(data / "journal.db").note(*noted)
    one.launch(), again.launch()
    one.wait(), again.wait()
    attack.tell("twin", again.at, site=one.name)
    attack.writers.ask(again.at, again.port)
    attack.group.paths.lead(second, one.name, again.port)
    attack.rest()
    attack.group.paths.swallow((first, second), (second, first))
    attack.rest(0.5)
    attack.group.paths.heal()
    attack.writers.leave(again.at)
    wanted, until_s = again.hashes(), time.monotonic() + HEALED_S
    while not wanted <= attack.sites[second].hashes():
        assert time.monotonic() < until_s, f"the twin was not heard:\n{attack.sites[second].said()}"
        time.sleep(0.1)
    again.kill()
    forget(data)
    attack.group.paths.lead(second, one.name, one.port)


PATTERNS: dict[str, Callable[[Attack], None]] = {
    "one pair cut": cut_pair,
    "one site cut off": cut_one,
    "one direction cut": cut_way,
    "all cut": cut_all,
    "paths refused": refused,
    "paths slowed": slowed,
    "paths flickering": flickering,
    "sites killed": killed,
    "all killed at once": all_killed,
    "an old copy put back": put_back,
    "a clock that jumps": wrong_clock,
    "a full disk": full_disk,
    "a bit changed on disk": bit,
    "a folder started twice": twin,
}


def attacked(
    folder: Path, patterns: Sequence[str], *, seed: int, lasts_s: float, each_per_s: float = 5.0,
    healed_s: float = HEALED_S,
) -> tuple[History, list[tuple[str, float]]]:  # fmt: skip
    """Do these things to three sites, one after another; return what was seen, and how long healing took.

    Raises
    ------
    AssertionError
        If the sites do not come to the same in time.
    """
    history = History()
    with ExitStack() as stack:

        def make(data: Path) -> None:
            if data.name == "mid" and "a full disk" in patterns:
                stack.enter_context(small_disk(data, DISK))

        group = Group(folder, NAMES, make=make)
        stack.callback(group.close)
        group.start()
        writers = Writers(history, each_per_s=each_per_s, seed=seed)
        chance = random.Random(seed)  # noqa: S311
        attack = Attack(group=group, history=history, writers=writers, chance=chance, lasts_s=lasts_s)
        for one in group.sites.values():
            writers.ask(one.at, one.port)
        try:
            for name in patterns:
                attack.tell("attack", what=name)
                PATTERNS[name](attack)
                group.paths.heal()
                attack.healed_s.append((name, group.identical_after_s(healed_s)))
                attack.tell("healed", what=name)
        finally:
            writers.stop()
        group.identical_after_s(healed_s, exactly=True)
        for one in group.sites.values():
            one.read(history)
        for one in group.sites.values():
            assert one.end() == 0, one.said()
    return history, attack.healed_s
