"""The public site follows the record and the clock, however the clock is set."""

from __future__ import annotations

import json

import pytest

from record_sample import NOON_S, Clock
from server_sample import house
from tidegate.adapters.publish.folder import FolderTarget
from tidegate.adapters.store.journal_file import KEY_NAME
from tidegate.adapters.store.site_key import read_key
from tidegate.inform.site.manifest import Manifest, read_manifest
from tidegate.journal.entry import Draft
from tidegate.track.lifecycle import OutageEvent
from tidegate.verbs.record.component import Described, declare, vouch
from tidegate.verbs.record.maintenance import Plan, plan
from tidegate.verbs.record.outage import Report, find_outage, move, open_outage, publish, write_update
from tidegate.verbs.record.publish import AFRESH_SHARE, Publisher

VALID_S = 600.0
LOOK_S = 0.5


@pytest.fixture(name="clock")
def set_clock():
    return Clock(NOON_S)


@pytest.fixture(name="here")
def open_house(tmp_path, clock):
    with house(tmp_path, clock=clock) as opened:
        with opened.record.desk("ann") as desk:
            declare(desk, [Described(id="shop", title="The shop")])
        yield opened


def manifest(here) -> Manifest:
    return read_manifest((here.public / "manifest.json").read_bytes())


def statuses(here) -> dict[str, str]:
    found = json.loads((here.public / "api/v2/components.json").read_bytes())
    return {one["name"]: one["status"] for one in found["components"]}


def say(here, words: str) -> None:
    with here.record.desk("ann") as desk:
        one = open_outage(desk, Report(title=words, components={"shop": "major_outage"}))
        one = move(desk, one, OutageEvent.CONFIRM)
        write_update(desk, one)
        publish(desk, find_outage(desk.state, one.id), despite=True)


@pytest.mark.parametrize("shift_s", [-7_200.0, -30.0, -1.0, 30.0, 7_200.0])
def test_words_are_public_at_the_next_look_however_the_clock_was_set(here, clock, shift_s):
    """Set back or ahead: the words are out, the number grows, and the site may be believed."""
    assert here.publisher.publish_if_due()
    before = manifest(here)
    clock.now_s += shift_s
    say(here, "Checkout fails")
    assert here.publisher.publish_if_due()
    after = manifest(here)
    assert "Checkout fails" in (here.public / "index.html").read_text(encoding="utf-8")
    assert before.sequence < after.sequence
    assert after.until_s > here.record.clock()
    assert {"The shop": "major_outage"} == statuses(here)


def test_an_outage_that_was_open_stays_open_when_the_clock_is_set_back(here, clock):
    """What is on record does not lie in the future of whoever publishes it."""
    say(here, "Checkout fails")
    here.publisher.publish_if_due()
    clock.now_s -= 7_200.0
    with here.record.desk("ann") as desk:
        declare(desk, [Described(id="mail", title="Mail")])
    assert here.publisher.publish_if_due()
    # Of mail nobody has said anything yet; the format has no word for that, and "works" would be a lie.
    assert {"The shop": "major_outage", "Mail": "degraded_performance"} == statuses(here)


@pytest.mark.parametrize("shift_s", [-7_200.0, 7_200.0])
def test_a_server_that_starts_under_another_clock_publishes(tmp_path, shift_s):
    """What is in the public folder is no reason to be silent until that time comes again."""
    with house(tmp_path, clock=Clock(NOON_S)) as first:
        say(first, "Checkout fails")
        assert first.publisher.publish_if_due()
        before = manifest(first)
    with house(tmp_path, clock=Clock(NOON_S + shift_s)) as again:
        say(again, "Search fails")
        assert again.publisher.publish_if_due()
        assert before.sequence < manifest(again).sequence
        assert "Search fails" in (again.public / "index.html").read_text(encoding="utf-8")


def test_a_clock_that_was_ahead_for_a_moment_leaves_nothing_dated_ahead(here, clock):
    """Nothing was said meanwhile: the site is written anew at once, later by its number and rightly dated."""
    here.publisher.publish_if_due()
    clock.now_s += 7_200.0
    assert here.publisher.publish_if_due()
    ahead = manifest(here)
    clock.now_s -= 7_200.0
    assert here.publisher.publish_if_due()
    assert not here.publisher.publish_if_due()
    after = manifest(here)
    assert ahead.sequence + 1 == after.sequence
    assert NOON_S + VALID_S + 60.0 > after.until_s


def look_until(here, clock, at_s: float) -> None:
    """Let the clock go on, with a look each half second, as the publisher's thread does."""
    while clock.now_s < at_s:
        clock.now_s += LOOK_S
        here.publisher.publish_if_due()


def test_what_changes_by_itself_is_public_within_five_seconds(here, clock):
    """Work begins and ends, a claim lapses, a promise falls due, though nobody says a word."""
    clock.now_s += 1.0
    start_s = clock.now_s
    with here.record.desk("ann") as desk:
        vouch(desk, ["shop"], "looked at")
        plan(desk, Plan(title="Disks", starts_s=start_s + 20.0, lasts_s=15.0, components=["shop"]))
        for name, until_s in (("mail", start_s + 50.0), ("sms", None)):
            declare(desk, [Described(id=name, title=name)])
            payload = {"source": "system", "status": "operational", "until_s": until_s}
            desk.say([
                Draft(
                    kind="component.claimed", subject=name, by="probe",
                    payload={key: value for key, value in payload.items() if value is not None},
                )
            ])  # fmt: skip
    here.publisher.publish_if_due()
    assert {"The shop": "operational", "mail": "operational", "sms": "operational"} == statuses(here)
    look_until(here, clock, start_s + 20.0 + 5.0)
    assert "under_maintenance" == statuses(here)["The shop"]
    look_until(here, clock, start_s + 35.0 + 5.0)
    assert "operational" == statuses(here)["The shop"]
    look_until(here, clock, start_s + 50.0 + 5.0)
    assert ("degraded_performance", "operational") == (statuses(here)["mail"], statuses(here)["sms"])


def test_a_broken_promise_is_public_within_five_seconds(here, clock):
    """The page says that the update is overdue as soon as it is."""
    say(here, "Checkout fails")
    here.publisher.publish_if_due()
    with here.record.reading() as state:
        (one,) = state.outages()
    assert one.promise_s is not None
    clock.now_s = one.promise_s - 2.0
    here.publisher.publish_if_due()
    before = (here.public / "index.html").read_bytes()
    look_until(here, clock, one.promise_s + 5.0)
    assert one.promise_s - 0.001 <= manifest(here).made_s <= one.promise_s + 5.0
    assert before != (here.public / "index.html").read_bytes()


def test_the_site_is_published_before_it_expires(here, clock):
    """Nothing is said for an hour: at no moment is the copy that is public older than it may be."""
    here.publisher.publish_if_due()
    writes_count, public = 0, manifest(here)
    for _ in range(int(3_600 / LOOK_S)):
        clock.now_s += LOOK_S
        if here.publisher.publish_if_due():
            writes_count, public = writes_count + 1, manifest(here)
        assert clock.now_s - public.made_s <= VALID_S * AFRESH_SHARE + LOOK_S
        assert clock.now_s < public.until_s
    assert 14 <= writes_count <= 20


def test_a_disk_that_took_nothing_is_tried_again_at_the_next_look(here, clock, monkeypatch):
    """What could not be written counts as not published, however often that is."""
    say(here, "Checkout fails")
    with monkeypatch.context() as patched:

        def full(*_words):
            raise OSError(28, "no space left on device")

        patched.setattr(FolderTarget, "put", full)
        for _ in range(2):
            with pytest.raises(OSError, match="no space"):
                here.publisher.publish_if_due()
    assert here.publisher.publish_if_due()
    assert "Checkout fails" in (here.public / "index.html").read_text(encoding="utf-8")


def test_server_and_command_line_publish_the_same(here, clock, tmp_path):
    """One use case: the same record, moment and setting give the same bytes."""
    say(here, "Checkout fails")
    here.publisher.publish_if_due()
    with here.record.reading() as state:
        other = Publisher(
            state=state, setting=here.site, key=read_key(here.folder / KEY_NAME),
            clock=lambda: here.publisher.published_s, targets=[FolderTarget(tmp_path / "other")],
                by="local",
        )  # fmt: skip
        other.publish()
    copy = tmp_path / "other/current"
    paths = sorted(path.relative_to(here.public) for path in here.public.rglob("*") if path.is_file())
    different = [
        str(path) for path in paths if (here.public / path).read_bytes() != (copy / path).read_bytes()
    ]
    assert [] == different


def test_the_age_of_the_site_is_told_whatever_the_clock_is_set_to(here, clock):
    """An alarm on the age sees a publisher that hangs, also where the clock was set back."""
    here.publisher.publish_if_due()
    clock.now_s -= 7_200.0
    assert 0.0 <= here.publisher.age_s < 60.0
    assert 7_000.0 < here.journal.behind_s() <= 7_260.0
