"""What health checks do on the rig."""

from __future__ import annotations

from dataclasses import replace

from tidegate.rehearse.health_checks import BREAK, EJECT, RESTORE, CheckPlan, Watch

PLAN = CheckPlan(
    name="web/probe/0",
    service="web",
    namespace="net-homes",
    address="10.1.128.0",
    server_namespace="net-servers",
    endpoint=("10.2.0.1", 8001),
    instances=((0.0, 4),),
    interval_s=1.0,
    timeout_s=0.2,
    failures_count=2,
    successes_count=3,
    on_failure="eject",
    panic_ratio=0.5,
    boot_s=2.0,
    apart=False,
)


def acts(watch: Watch, instance: int, *found: bool) -> list[list[str]]:
    return [list(watch.found(instance, passed=passed)) for passed in found]


def test_ejected_at_the_threshold_and_back_after_successes() -> None:
    """Two failures in a row eject, a success between them does not, and three successes bring it back."""
    watch = Watch(PLAN)
    assert [[], [], [], [EJECT]] == acts(watch, 0, False, True, False, False)
    assert [[], [], [RESTORE]] == acts(watch, 0, True, True, True)


def test_nothing_is_ejected_in_panic() -> None:
    """Where fewer than half would be left, nothing more is ejected."""
    watch = Watch(PLAN)
    assert [[], [EJECT]] == acts(watch, 0, False, False)
    assert [[], [EJECT]] == acts(watch, 1, False, False)
    assert [[], []] == acts(watch, 2, False, False)


def test_a_restart_breaks_connections_and_ends_when_booted() -> None:
    """A restart takes the instance out, breaks its connections, and ends with its boot alone."""
    watch = Watch(replace(PLAN, on_failure="restart"))
    assert [[], [EJECT, BREAK]] == acts(watch, 3, False, False)
    assert [[], [], []] == acts(watch, 3, True, True, True)
    assert [RESTORE] == list(watch.booted(3))
    assert [] == list(watch.booted(3))


def test_a_lost_lease_breaks_connections_only() -> None:
    """Dropping sessions takes nothing out, and happens again after as many failures again."""
    watch = Watch(replace(PLAN, on_failure="drop_sessions"))
    assert [[], [BREAK], [], [BREAK]] == acts(watch, 0, False, False, False, False)
