"""Reports written blind: none of their worlds may go ahead, and the number that decided is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

import tidegate
from reported import HELD_BACK, REPORTS, WORLDS, judged, words
from tidegate.evaluate.arithmetic.arithmetic_notes import arithmetic_notes
from tidegate.evaluate.judging.fits import fits
from tidegate.evaluate.variants.scope import script_of
from tidegate.present.verdict.answer import answer_of
from tidegate.protect.offers import offers_for
from tidegate.simulate.fluid import run_fluid
from tidegate.simulate.script import write_script
from tidegate.world.world import WorldFile

CHEAP = [name for name, report in REPORTS.items() if not report.dear]


def read(name: str) -> tuple[WorldFile, str]:
    """Return the world of a report and its activity."""
    file = tidegate.load(str(WORLDS / f"{name}.yaml"))
    return file, next(iter(file.world.activities))


def test_each_world_is_a_page() -> None:
    """Fifteen worlds of at most thirty lines."""
    lengths = {path.stem: len(path.read_text().splitlines()) for path in WORLDS.glob("*.yaml")}
    assert set(REPORTS) == set(lengths)
    assert max(lengths.values()) <= 30


@pytest.mark.parametrize("name", [name for name, report in REPORTS.items() if report.number])
def test_the_number_that_decided_is_named_before_anything_is_run(name: str) -> None:
    """By arithmetic alone."""
    assert REPORTS[name].number in " ".join(arithmetic_notes(script_of(*read(name))))


@pytest.mark.parametrize("name", CHEAP)
def test_none_may_go_ahead(name: str) -> None:
    """In three runs."""
    assert judged(name).verdict in HELD_BACK


@pytest.mark.evidence
@pytest.mark.parametrize("name", [name for name in REPORTS if name not in CHEAP])
def test_none_of_the_dear_may_go_ahead(name: str) -> None:
    """In two runs."""
    verdict = judged(name, runs_count=2)
    assert verdict.verdict in HELD_BACK
    assert REPORTS[name].number in words(verdict)


def test_a_restart_breaks_connections_though_no_reaction_says_so() -> None:
    """5,000 kubelets connect anew at once, unless a reaction says otherwise."""
    file, activity = read("kubelet_list_storm")
    (wave,) = (one for one in write_script(file, activity).waves if one.kind == "reconnect")
    assert ("kubelets", 1.0, 0.0) == (wave.clients, wave.share_ratio, wave.spread_s)
    plan = file.world.activities[activity]
    said = tidegate.load(
        str(WORLDS / "kubelet_list_storm.yaml"),
        {"activities.upgrade.reactions": [{"clients": "kubelets", "reconnect": "10%", "spread": "5s"}]},
    )
    (wave,) = (one for one in write_script(said, activity).waves if one.kind == "reconnect")
    assert (0.1, 5.0) == (pytest.approx(wave.share_ratio), wave.spread_s)
    assert not plan.reactions


def test_a_hold_that_fits_is_named_where_closed_flows_fill_a_table() -> None:
    """655,360 ÷ 1,300 is 504 s; `protect` offers a shorter one."""
    file, activity = read("conntrack_close_wait")
    found = {one.path: one.value for one in fits(file, activity)}
    assert "504s" == found["crossings.node.table.closed_hold"]
    offered = {path for offer in offers_for(file, activity, {}) for path in offer.changes}
    assert "crossings.node.table.closed_hold" in offered


def test_more_log_ins_are_offered_where_they_come_at_a_rate() -> None:
    """MaxStartups of 10:30:100, where 24 stand at one host."""
    file, activity = read("gitlab_clock")
    offered = {path for offer in offers_for(file, activity, {}) for path in offer.changes}
    assert "services.sshd.login.drop_from" in offered


def test_where_nobody_is_yet_no_block_of_ports_is_full() -> None:
    """A population of 0 behind ports in blocks: the estimate has an answer."""
    assert not run_fluid(write_script(read("aca_snat")[0], None)).collapsed


def test_nothing_is_offered_that_is_to_do_nothing() -> None:
    """A goal of 0 from 0 is no way out."""
    assert not any(one.path.endswith(".to") for one in fits(*read("aca_snat")))


def test_a_proceed_says_what_arithmetic_said() -> None:
    """What is late, or given up, stands beside every answer."""
    verdict = replace(judged("nats_533"), verdict="proceed")
    assert "which takes 15 s; they are given up after 5 s" in " ".join(answer_of(verdict).why.must)


BUNDLED = {
    "fastapi_t3micro": "accepts 84 connections (87, of which 3 are reserved), and 100 are wanted",
    "pgbouncer_2026": "accepts 4,989 connections (5,000, of which 11 are reserved)",
    "nats_2022": "for 30 s of work before anything else, which takes 15 s; they are given up after 5 s",
    "conntrack_2020": "node holds 655,360 flows",
    "segfault_2022": "15,000/s alone fill it in 17.5 s",
}
DONE: dict[str, dict[str, object]] = {
    "fastapi_t3micro": {"services.api.calls.0.pool.most": 32},
    "pgbouncer_2026": {
        "services.pgbouncer.pooler.mode": "transaction",
        "services.pgbouncer.pooler.most": 831,
    },
    "nats_2022": {
        "activities.lose_a_pod.reactions.0.spread": "10s",
        "services.nats.login.timeout": "10s",
        "activities.lose_a_pod.to": 3,
    },
    "conntrack_2020": {"crossings.node.table.closed_hold": "60s"},
    "segfault_2022": {"crossings.router.table.unanswered_hold": "16s"},
}


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_report_exceeds_its_limit_and_what_was_done_keeps_it(name: str) -> None:
    """By arithmetic, as its README says."""

    def said(changes: dict[str, object] | None = None) -> str:
        file = tidegate.load(name, changes)
        return " ".join(arithmetic_notes(script_of(file, next(iter(file.world.activities)))))

    assert BUNDLED[name] in said()
    assert "By arithmetic" not in said(DONE[name])
