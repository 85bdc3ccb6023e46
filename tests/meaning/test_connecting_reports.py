"""Public reports of clients that connect anew, as small worlds: what happened is said, and what mended it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import tidegate
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.world.file.overlay import overlay

WORLDS = Path(__file__).with_name("worlds")
HELD_BACK = {"stop", "slow_down", "protect_first"}


def judged(name: str, changes: dict[str, Any] | None = None) -> Verdict:
    """Return the verdict on a report's world, in a few runs."""
    file = overlay(tidegate.load(str(WORLDS / f"{name}.yaml")), changes or {})
    (verdict,) = tidegate.check(file, runs_count=3, jobs=1)
    return verdict


def lost_for_good(verdict: Verdict) -> bool:
    """Whether it never recovers in any of the runs."""
    return verdict.cases[0].collapse.value == 1.0


def floor(verdict: Verdict) -> float:
    """Return the share of requests served in the worst minute."""
    return min(one.success_floor_ratio for one in verdict.cases[0].clients)


REPORTS = {
    "kubelet_list_storm": "104 of kubelets that connect together ask apiserver for 63 s of work",
    "registration_herd": "290 of slurmds that connect together ask slurmctld for 58 s of work",
    "nats_authorization": "which takes 110 s; they are given up after 5 s",
    "sshd_early_drop": "that have not logged in, where it allows 200, and drops some from 20 on",
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_held_back_and_the_number_is_named(name: str) -> None:
    """None of them may go ahead, and arithmetic names what clients ask before anything else."""
    verdict = judged(name)
    assert verdict.verdict in HELD_BACK
    assert REPORTS[name] in " ".join(verdict.notes)


MENDED: dict[str, tuple[str, dict[str, Any]]] = {
    "closes at most once in 5 min": (
        "kubelet_list_storm",
        {"clients.kubelets.reset_at_most_every": "5min"},
    ),
    "lists are no dearer than other requests": (
        "kubelet_list_storm",
        {"clients.kubelets.on_connect.0.service_time": "15ms"},
    ),
    "workers start a few at a time": ("registration_herd", {"clients.slurmds.start_spread": "90s"}),
}


@pytest.mark.parametrize("how", MENDED)
def test_what_mended_it_is_what_decides(how: str) -> None:
    """The same world never recovers as it was, and recovers with what was done about it."""
    name, changes = MENDED[how]
    assert lost_for_good(judged(name))
    assert 0.0 == judged(name, changes).cases[0].collapse.value


BETTER: dict[str, tuple[str, dict[str, Any]]] = {
    "MaxStartups is raised": (
        "sshd_early_drop",
        {"services.sshd.login.most": 400, "services.sshd.login.drop_from": 400},
    ),
    "clients come back over 10 s, have 10 s, and one more pod": (
        "nats_authorization",
        {
            "activities.roll.reactions.0.spread": "10s",
            "services.nats.login.timeout": "10s",
            "services.nats.instances": 4,
        },
    ),
}


@pytest.mark.parametrize("how", BETTER)
def test_what_was_done_serves_more(how: str) -> None:
    """Where nothing was lost for good, more are served in the worst minute."""
    name, changes = BETTER[how]
    assert floor(judged(name)) + 0.01 < floor(judged(name, changes))
