from __future__ import annotations

import itertools
import json
import sys

import pytest

from gate_sample import SHOP, WORLD, review, scale
from gate_sample import Asked as AskedGate
from tidegate.adapters.store.database import NoSpaceError
from tidegate.adapters.store.journal_begin import open_or_begin
from tidegate.cli.main import main
from tidegate.gate.asking.bookings import Scalers
from tidegate.gate.asking.contracts.admission import Admission
from tidegate.gate.asking.message import Asked
from tidegate.gate.asking.ruling import Mode, Policy, Ruling
from tidegate.inform.state import State
from tidegate.journal.entry import Draft
from tidegate.present.record.rulings_text import ruling_text, rulings_json, rulings_text, summary_text
from tidegate.server.gate.gate_ledger import Ledger
from tidegate.track.given_ruling import tallies

MEASURED = "connections: {value: 39, basis: measured, source: SHOW}"
SLOW = Ruling(verdict="slow_down", why="18 was proven safe.", allowed_count=18, world="shop")


@pytest.fixture
def ledger(tmp_path):
    """A folder in which three rulings were taken down: held up, held up, and a trial."""
    policy, lost = Policy(mode=Mode.ENFORCE), []
    made = Ledger(tmp_path / "rulings", policy, lost=lost.append)
    door = Admission(Scalers(), own_namespace="", mutates=False)
    for heard in (
        review("deployments", scale(4), scale(40)),
        review("deployments", scale(4), scale(50)),
        review("deployments", scale(4), scale(60), dryRun=True),
    ):
        asked = Asked(heard=heard, intent=door.intent(heard), ruling=SLOW)
        made.take_down(asked, door.reply(asked, policy))
    made.close()
    assert [] == lost
    return tmp_path


def entries(folder):
    journal = open_or_begin(folder / "rulings", site="gate")
    try:
        return [entry for _, entry in journal.entries()]
    finally:
        journal.close()


def rulings(known):
    return State().take_all(known).rulings()


def test_what_was_ruled_is_on_record_and_a_trial_is_not(ledger):
    first, second = rulings(entries(ledger))
    assert ("slow_down", 18, "shop", "enforce", False) == (
        first.verdict, first.allowed_count, first.world, first.mode, first.is_through
    )  # fmt: skip
    assert SHOP in first.about
    assert "4-50" in second.about


def test_a_ruling_is_on_record_with_all_that_it_was_given_on(tmp_path):
    """Asked, by whom, judged with what goes on, the world, the runs, and the number that decides."""
    asked = AskedGate(WORLD.replace("connections: 39", MEASURED))
    policy, door = Policy(mode=Mode.ENFORCE), Admission(Scalers(), own_namespace="", mutates=False)
    made = Ledger(tmp_path / "rulings", policy, lost=lambda count: pytest.fail(f"lost {count}"))
    for user in ("admin", "admin", "\U0001f600" * 500):
        heard = review("deployments", scale(4), scale(40), user=user)
        intent = door.intent(heard)
        known = Asked(heard=heard, intent=intent, ruling=asked.gate.rule(intent, 0.0))
        made.take_down(known, door.reply(known, policy))
        asked.work()
    made.close()
    cold, known, stranger = rulings(entries(tmp_path))
    assert ("cannot_tell", True, None, {}) == (cold.verdict, bool(cold.digest), cold.runs_count, cold.numbers)
    assert ({SHOP: "4 to 40"}, "kubernetes", "admin") == (known.sizes, known.system, known.asked_by)
    assert (f"kubernetes: {SHOP} 4-40", 20.0) == (known.judged, known.settles_s)
    assert known.digest == asked.gate.worlds[0].known.digest
    assert (7, f"{known.runs_count:,} whole runs") == (known.seed, known.evidence)
    assert {"services.db.connections": "39 measured: SHOW"} == known.numbers
    assert stranger.asked_by.startswith("\U0001f600" * 90), "what is long is cut, and loses no ruling"
    growth = known.growth
    assert growth is not None
    assert (SHOP, 4, 40) == (growth.address, growth.before_count, growth.after_count)


def test_what_was_taken_down_before_is_still_read(tmp_path):
    """An entry of the first form has none of it, and is listed, shown and summed up as the others."""
    payload = {
        "caller": "check",
        "about": "kubernetes: a 1-2",
        "verdict": "stop",
        "why": "so.",
        "mode": "preview",
    }
    journal = open_or_begin(tmp_path / "rulings", site="gate")
    journal.append([Draft(kind="ruling.given", subject="a" * 12, payload={**payload, "mode": "preview"})])
    journal.close()
    [old] = rulings(entries(tmp_path))
    assert (None, None, {}, "") == (old.growth, old.settles_s, old.numbers, old.digest)
    assert "kubernetes: a 1-2: so." in rulings_text([old])
    assert "not yet" in ruling_text(old)
    assert "Of 1 ruling none is known" in summary_text([old])


def test_a_score_counts_whatever_order_entries_come_in(ledger):
    """The last that was said counts, and how often it was wrong has an upper end."""
    first = rulings(entries(ledger))[0].id
    journal = open_or_begin(ledger / "rulings", site="gate")
    for outcome in ("right", "wrong"):
        journal.append([Draft(kind="ruling.scored", subject=first, payload={"outcome": outcome})])
    journal.close()
    known = entries(ledger)
    orders = [rulings(order) for order in itertools.islice(itertools.permutations(known), 60)]
    assert all(order == orders[0] for order in orders)
    [tally] = tallies(orders[0])
    assert (2, 0, 0, 1) == (tally.given_count, tally.through_count, tally.right_count, tally.wrong_count)
    assert "1 of 1 scored were wrong" in rulings_text(orders[0])
    assert 1.0 == json.loads(rulings_json(orders[0]))["tallies"][0]["wrong_high_ratio"]


def test_a_person_scores_by_the_command_line(ledger, monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["tidegate", "decisions", *words, "--data", str(ledger)])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), "".join(capsys.readouterr())

    known = rulings(entries(ledger))[0].id
    assert 0 == run("score", known, "right", "--because", "it was quiet")[0]
    code, said = run("list", "--since", "1d", "--world", "shop")
    assert (0, True, True) == (code, "0 of 1 scored were wrong" in said, f"{known}  " in said)
    assert "given no ruling" in run("list", "--world", "other")[1]
    assert 2 == run("score", "nobody", "right")[0]


def test_a_disk_that_cannot_be_written_holds_nothing_up(tmp_path, monkeypatch):
    """It is counted, and the next is tried."""
    lost = []
    made = Ledger(tmp_path / "rulings", Policy(), lost=lost.append)
    monkeypatch.setattr(made._journal, "append", _full)
    door = Admission(Scalers(), own_namespace="", mutates=False)
    heard = review("deployments", scale(4), scale(40))
    asked = Asked(heard=heard, intent=door.intent(heard), ruling=SLOW)
    made.take_down(asked, door.reply(asked, Policy()))
    made.close()
    assert 1 == sum(lost)


def _full(_drafts):
    raise NoSpaceError("no space is left")
