"""The server watches its world's places: outages that it opens, and what it says when it does not see."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from record_sample import NOON_S, WORLD, Clock
from server_sample import BASE, Browser, house
from tidegate.adapters.files.regular_file import open_regular
from tidegate.adapters.telemetry import live_files
from tidegate.errors import InputError
from tidegate.inform.site.visibility import is_public
from tidegate.observe.place_reading import PlaceState
from tidegate.server.addresses import build
from tidegate.server.duties.watch import check_watch
from tidegate.server.house import House
from tidegate.server.setting import ServerSetting
from tidegate.track.component import Status, effective
from tidegate.track.watch_alert import QUIET_S, WatchAlerts
from tidegate.verbs.record.component import Described, declare, vouch

EVERY_S = 5.0
SERIES = """
every: 5s
worlds:
  world:
    readings:
      crossings.edge.packets: {count: packets}
      services.shop.refused: {count: refused}
"""


class Here:
    """A server, its clock, and the file that its watch follows."""

    def __init__(self, house: House, clock: Clock, path: Path) -> None:
        self.house, self.clock, self.path = house, clock, path
        self.packets = 0.0
        self.refused = 0.0

    def live(self, steps_count: int, per_s: float = 1_000.0, refused_per_s: float = 0.0) -> None:
        """Let time pass while samples come, and look after each."""
        for _ in range(steps_count):
            self.clock.now_s += EVERY_S
            self.packets += per_s * EVERY_S
            self.refused += refused_per_s * EVERY_S
            with self.path.open("a") as opened:
                opened.write(f"{self.clock.now_s:.0f},{self.packets:.0f},{self.refused:.0f}\n")
            self.house.watch.turn()

    def wait(self, wait_s: float) -> None:
        """Let time pass without a sample."""
        self.clock.now_s += wait_s
        self.house.watch.turn()

    def outages(self):
        with self.house.record.reading() as state:
            return state.outages()

    def status(self, component: str) -> Status:
        with self.house.record.reading() as state:
            return effective(state.own_claims(component), self.clock.now_s)


@pytest.fixture
def here(tmp_path, monkeypatch) -> Iterator[Here]:
    clock = Clock(NOON_S)
    path = tmp_path / "live.csv"
    path.write_text("time,packets,refused\n")
    (tmp_path / "series.yaml").write_text(SERIES)
    with house(
        tmp_path, with_world=True, clock=clock, watch=[f"files={path}"],
        watch_series=str(tmp_path / "series.yaml"),
    ) as opened:  # fmt: skip
        monkeypatch.setattr(opened.watch, "_tell_way_out", lambda _one: None)
        opened.furnish()
        clock.now_s += 1.0
        with opened.record.desk("ada") as desk:
            vouch(desk, [one.id for one in desk.state.components()], "somebody looked")
        yield Here(opened, clock, path)


def test_a_quiet_time_opens_nothing(here):
    here.live(100)
    assert here.outages() == ()
    assert here.house.watch.seen.state is PlaceState.FINE
    assert here.house.watch.alarms == ()


def test_that_all_is_well_is_no_warning_in_the_log(here, caplog):
    with caplog.at_level("INFO", logger="tidegate.watch"):
        here.live(20)
        here.wait(10.0 * EVERY_S)
        here.live(3)
    told = [(one.levelname, one.getMessage()) for one in caplog.records if one.name == "tidegate.watch"]
    assert ("INFO", "the world's places are fine") in told
    assert ("WARNING", "the world's places are blind") in told
    assert not [said for level, said in told if level == "WARNING" and said.endswith("fine")]


def test_a_surge_opens_one_outage_with_its_segments_and_words_drafted(here):
    here.live(100)
    here.live(20, per_s=4_000.0)
    (one,) = here.outages()
    assert (one.source, one.cause, one.certainty) == ("watch", "edge", "possible")
    assert list(one.segments) == ["buyers"]
    assert not is_public(one)
    (seen,) = one.seen
    assert "by a machine" in seen.annotations["found"]
    assert "a surge" in seen.annotations["summary"]
    here.house.rounds.turn()
    (one,) = here.outages()
    assert one.waiting, "first words are drafted"


def test_a_series_that_flaps_opens_one_outage_and_floods_nobody(here):
    here.live(100)
    for _ in range(10):
        here.live(6, per_s=4_000.0)
        here.live(12)
    (one,) = here.outages()
    assert len(one.seen) == 1


def test_it_closes_nothing_and_says_that_it_ceased(here):
    here.live(100)
    here.live(20, per_s=4_000.0)
    here.live(int(QUIET_S / EVERY_S) + 30)
    (one,) = here.outages()
    assert one.is_open
    assert not any(seen.is_firing for seen in one.seen)


def test_what_is_turned_away_is_worse(here):
    here.live(50)
    here.live(5, refused_per_s=20.0)
    (one,) = here.outages()
    assert one.components["shop"] is Status.PARTIAL


def test_blind_is_said_at_once_and_is_never_green(here):
    here.live(50)
    assert here.status("shop") is Status.OPERATIONAL
    here.wait(2.5 * EVERY_S)
    assert here.house.watch.seen.state is PlaceState.BLIND
    (alarm,) = here.house.watch.alarms
    assert "Blind since 12:04 UTC" in alarm.says
    assert here.status("shop") is Status.UNKNOWN
    page = Browser(here.house)
    page.login("vera")
    assert "Blind since 12:04 UTC" in page.get("/console").text
    metrics = TestClient(build(here.house), base_url=BASE).get("/metrics").text
    assert 'tidegate_place_blind{place="crossings.edge"} 1.0' in metrics


def test_what_is_not_watched_of_a_place_stands_on_the_live_page(here):
    here.live(50)
    page = Browser(here.house)
    page.login("vera")
    said = page.get("/console/live").text
    assert "fine where it is watched" in said
    assert "not watched</li>" in said


def test_a_surge_is_told_on_the_live_page_with_its_number_written_out(here):
    here.live(100)
    here.live(20, per_s=67_940.0)
    _, _, live = told(here)
    assert "A surge: 67,940 packets a second, where 1,000 are usual now" in live


def told(here: Here) -> tuple[str, str, str]:
    """Return the metrics, the console's first page and its live page."""
    page = Browser(here.house)
    page.login("vera")
    metrics = TestClient(build(here.house), base_url=BASE).get("/metrics").text
    return metrics, page.get("/console").text, page.get("/console/live").text


@pytest.mark.parametrize("moved_s", [60.0, -3_600.0])
def test_a_watch_that_has_not_looked_for_a_while_is_blind_everywhere(here, moved_s):
    here.live(50)
    here.clock.now_s += moved_s  # a source hangs, or the clock was set
    metrics, console, live = told(here)
    assert 'tidegate_place_fine{place="crossings.edge"} 0.0' in metrics
    assert 'tidegate_place_blind{place="crossings.edge"} 1.0' in metrics
    assert f"tidegate_watch_blind_seconds {max(moved_s, 0.0)}" in metrics
    assert "the watch itself has not looked since" in console
    assert "The watch itself has not looked since" in live


def test_a_watch_whose_first_look_never_ends_is_blind_everywhere(here):
    here.clock.now_s += 60.0
    metrics, console, live = told(here)
    assert 'tidegate_place_blind{place="crossings.edge"} 1.0' in metrics
    assert "Blind since" in console
    assert "blind" in live


def test_a_pipe_in_place_of_a_file_is_never_waited_for(here):
    here.live(50)
    here.path.unlink()
    os.mkfifo(here.path)
    before_s = time.monotonic()
    here.wait(EVERY_S)
    assert time.monotonic() - before_s < 5.0
    assert here.house.watch.seen.state is PlaceState.BLIND
    assert "no regular file" in here.house.watch.seen.sources[0].why


@pytest.fixture(name="hung")
def hanging_disk(here, monkeypatch) -> Iterator[threading.Event]:
    """A disk on which every file hangs once it is told to, until the test is over."""
    hangs, over = threading.Event(), threading.Event()

    def opened(name: str):
        if hangs.is_set():
            over.wait(60.0)
        return open_regular(name)

    monkeypatch.setattr(live_files, "open_regular", opened)
    monkeypatch.setattr(here.house.watch._sources[0], "_wait_s", 0.2)
    yield hangs
    hangs.clear()
    over.set()


def test_a_disk_that_hangs_is_blind_within_two_looks_and_an_outage_of_the_watch(here, hung):
    here.live(50)
    assert health(here) == (200, "fine")
    hung.set()
    before_s = time.monotonic()
    for _ in range(2):
        here.wait(EVERY_S / 2)
    assert time.monotonic() - before_s < 3.0
    assert here.house.watch.seen.state is PlaceState.BLIND
    assert "has not answered for" in here.house.watch.seen.sources[0].why
    assert health(here) == (503, "blind")
    for _ in range(20):
        here.wait(EVERY_S)
    assert here.status("shop") is Status.UNKNOWN
    (one,) = here.outages()
    assert (one.source, one.cause) == ("watch", "")
    assert sum(one.name.startswith("look at") for one in threading.enumerate()) == 1, "no thread a look"


def test_a_disk_that_answers_again_is_seen_again(here, hung, monkeypatch):
    here.live(50)
    gate = threading.Event()
    monkeypatch.setattr(live_files, "open_regular", lambda name: gate.wait(60.0) and open_regular(name))
    here.live(3)
    assert health(here) == (503, "blind")
    gate.set()
    until_s = time.monotonic() + 10.0
    while health(here)[0] != 200 and time.monotonic() < until_s:
        here.live(1)
        time.sleep(0.02)
    assert health(here) == (200, "fine")
    assert here.house.watch.seen.sources[0].state is PlaceState.FINE


def health(here: Here) -> tuple[int, str]:
    """Return what a machine is told that asks whether the watch sees."""
    answer = TestClient(build(here.house), base_url=BASE).get("/health/watch")
    return answer.status_code, answer.json()["status"]


def test_a_machine_is_told_whether_the_watch_sees(here):
    """Fine and broken are seen: 200. Blind is 503, with since when; no place is named to a stranger."""
    assert health(here) == (503, "blind"), "nobody has looked yet"
    here.live(50)
    assert health(here) == (200, "fine")
    here.live(5, refused_per_s=20.0)
    assert health(here) == (200, "broken")
    here.wait(30.0)
    answer = TestClient(build(here.house), base_url=BASE).get("/health/watch")
    assert answer.status_code == 503
    assert answer.json()["status"] == "blind"
    assert answer.json()["since"].startswith("20")
    assert "edge" not in answer.text
    assert "shop" not in answer.text
    ready = TestClient(build(here.house), base_url=BASE).get("/health/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


@pytest.mark.parametrize("moved_s", [60.0, -3_600.0])
def test_a_machine_is_told_that_nobody_has_looked_for_a_while(here, moved_s):
    here.live(50)
    here.clock.now_s += moved_s
    assert health(here) == (503, "blind")


def test_where_nothing_is_watched_no_machine_is_told_that_all_is_fine(tmp_path):
    with house(tmp_path, with_world=True) as opened:
        answer = TestClient(build(opened), base_url=BASE).get("/health/watch")
    assert (answer.status_code, answer.json()) == (404, {"status": "nothing is watched"})


def test_blind_for_half_a_minute_is_an_outage_of_the_watch_once(here):
    here.live(50)
    for _ in range(20):
        here.wait(EVERY_S)
    (one,) = here.outages()
    assert (one.source, one.cause) == ("watch", "")
    assert "is blind since 12:04 UTC" in one.title
    assert one.components == {}


def test_seen_again_is_as_it_was(here):
    here.live(50)
    here.wait(60.0)
    assert here.status("shop") is Status.UNKNOWN
    here.live(3)
    assert here.status("shop") is Status.OPERATIONAL
    assert here.house.watch.alarms == ()


def test_what_nobody_had_looked_at_is_not_said_to_work_when_it_is_seen_again(here):
    with here.house.record.desk("ada") as desk:
        declare(desk, [Described(id="edge", title="the edge", noun="edge")])
    here.live(50)
    here.wait(60.0)
    here.live(3)
    assert here.status("edge") is Status.UNKNOWN


def test_the_record_does_not_grow_while_nothing_changes(here):
    here.live(50)
    here.wait(120.0)
    with here.house.record.reading() as state:
        before = state.entries_count
    for _ in range(50):
        here.wait(EVERY_S)
    with here.house.record.reading() as state:
        assert state.entries_count == before


def test_a_server_that_begins_again_goes_on_with_what_it_said(here):
    here.live(100)
    here.live(20, per_s=4_000.0)
    alerts = WatchAlerts(here.house.record.world)
    alerts.resume(here.outages(), here.clock.now_s)
    assert alerts.take(here.house.watch.seen) == ()


def test_a_watch_needs_a_world(tmp_path):
    with (
        pytest.raises(InputError, match="nothing to watch"),
        house(tmp_path, watch=["files=x.csv"]),
    ):
        pass


def test_a_world_without_series_is_refused(tmp_path):
    (tmp_path / "world.yaml").write_text(
        WORLD.replace("    known_as: {prometheus: 'device_group=\"edge\"'}\n", "")
    )
    with (
        pytest.raises(InputError, match="not bound to any series"),
        house(tmp_path, world=str(tmp_path / "world.yaml"), watch=["files=x.csv"]),
    ):
        pass


def test_the_way_out_is_kept_as_a_note_once(tmp_path):
    clock = Clock(NOON_S)
    path = tmp_path / "live.csv"
    path.write_text("time,packets,refused\n")
    (tmp_path / "series.yaml").write_text(SERIES)
    with house(
        tmp_path, with_world=True, clock=clock, watch=[f"files={path}"],
        watch_series=str(tmp_path / "series.yaml"),
    ) as opened:  # fmt: skip
        here = Here(opened, clock, path)
        here.live(100)
        here.live(20, per_s=4_000.0)
        until_s = time.monotonic() + 60.0
        while not here.outages()[0].notes and time.monotonic() < until_s:
            time.sleep(0.05)
        here.live(5, per_s=4_000.0)
        ((_, text),) = here.outages()[0].notes
    assert text.startswith("Found by the watch")
    assert "does not collapse in any case" in text


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"watch": ("nope",), "watch_series": "series.yaml"}, "is no live source"),
        ({"watch": ("files=live.csv",)}, "is not bound to any series"),
        ({"watch": ("files=live.csv",), "world": ""}, "has nothing to watch"),
    ],
)
def test_settings_are_checked_before_the_server_begins(tmp_path, monkeypatch, settings, said):
    """`serve --check-config` says what would keep the watch from beginning."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "series.yaml").write_text(SERIES)
    (tmp_path / "world.yaml").write_text(re.sub(r"known_as: .*", "", WORLD))
    with pytest.raises(InputError, match=said):
        check_watch(ServerSetting(**{"world": "world.yaml"} | settings))
