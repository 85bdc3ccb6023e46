"""What the public may see: confirmed or spoken of, and never anything else."""

from __future__ import annotations

import dataclasses

import pytest

import site_sample as sample
from record_sample import NOON_S, desk
from tidegate.inform.site.visibility import code_of, name_of, public_view
from tidegate.track.component import Status
from tidegate.track.lifecycle import OutageEvent
from tidegate.verbs.record.outage import Report, move, open_outage


def view(at, segment=""):
    return public_view(at.state, sample.SETTING, NOON_S, segment)


def statuses(at):
    return {one.name: one.status for one in view(at).components}


@pytest.fixture
def shop():
    """A declared shop and an outage of it that only emerges."""
    at, _, _ = desk(with_world=False)
    sample.declare(at)
    one = open_outage(at, Report(title="It is broken", components={"shop": "major_outage"}))
    return at, one


def test_what_only_emerges_is_not_public(shop):
    """An outage nobody confirmed is not shown and colours nothing."""
    at, _ = shop
    assert () == view(at).outages
    assert Status.OPERATIONAL is statuses(at)["shop"]


def test_a_confirmed_outage_is_public_before_any_words(shop):
    """Confirmation alone makes an outage public and colours its components."""
    at, one = shop
    move(at, one, OutageEvent.CONFIRM)
    assert ["It is broken"] == [shown.title for shown in view(at).outages]
    assert Status.MAJOR is statuses(at)["shop"]


def test_words_make_an_emerging_outage_public(shop):
    """What was spoken of is public, whatever its state."""
    at, one = shop
    sample.speak(at, one)
    assert [one.id] == [shown.id for shown in view(at).outages]


def test_what_was_public_stays_public(shop):
    """A false alarm that had been confirmed stays on the site; it does not vanish."""
    at, one = shop
    move(at, move(at, one, OutageEvent.CONFIRM), OutageEvent.RETRACT)
    assert ["false_alarm"] == [shown.state.value for shown in view(at).outages]
    assert Status.OPERATIONAL is statuses(at)["shop"]


def test_what_went_away_unconfirmed_never_appears(shop):
    """An outage that was resolved before anybody confirmed it or spoke of it is nobody's business."""
    at, one = shop
    move(at, one, OutageEvent.RESOLVE)
    assert () == view(at).outages


def test_a_drill_is_public_only_by_words():
    """An exercise is shown once words are out, and colours nothing even then."""
    at, _, _ = desk(with_world=False)
    sample.declare(at)
    one = open_outage(at, Report(title="Drill", components={"shop": "major_outage"}, is_exercise=True))
    one = move(at, one, OutageEvent.CONFIRM)
    assert () == view(at).outages
    sample.speak(at, one)
    assert ["Drill"] == [shown.title for shown in view(at).outages]
    assert Status.OPERATIONAL is statuses(at)["shop"]


def test_a_private_drill_is_never_public():
    """Whatever is said of it; what is no exercise cannot be private."""
    at, _, _ = desk(with_world=False)
    sample.declare(at)
    for is_exercise in (True, False):
        report = Report(
            title=f"Drill {is_exercise}", components={"shop": "major_outage"}, is_exercise=is_exercise,
            is_private=True,
        )  # fmt: skip
        sample.speak(at, move(at, open_outage(at, report), OutageEvent.CONFIRM))
    assert ["Drill False"] == [shown.title for shown in view(at).outages]


def test_words_for_a_segment_are_in_its_own_view_alone():
    """An update for buyers is in the buyers' view and in no other."""
    at, _, _ = sample.sample()
    seen = {
        name: {text for one in view(at, name).outages for said in one.updates for text in said.texts.values()}
        for name in ("", "buyers", "readers")
    }
    assert {"buyers"} == {name for name, texts in seen.items() if "Baskets are kept." in texts}


def test_a_claim_that_was_not_renewed_is_unknown():
    """A component whose automatic claim lapsed is unknown, not well."""
    at, _, _ = sample.sample()
    assert Status.UNKNOWN is statuses(at)["docs"]


def test_no_noun_of_the_view_is_one_of_the_record():
    """The view holds copies field by field: no noun that carries private fields hides in it."""
    private = {
        "Outage",
        "Update",
        "Move",
        "Tried",
        "Change",
        "Case",
        "Claim",
        "Component",
        "Maintenance",
        "State",
    }

    def kinds(value):
        yield type(value).__name__
        if dataclasses.is_dataclass(value):
            for field in dataclasses.fields(value):
                yield from kinds(getattr(value, field.name))
        elif isinstance(value, dict):
            for key, held in value.items():
                yield from kinds(key)
                yield from kinds(held)
        elif isinstance(value, (tuple, list, frozenset)):
            for held in value:
                yield from kinds(held)

    at, _, _ = sample.sample()
    assert set() == private & set(kinds(view(at)))


@pytest.mark.parametrize(
    "subject", ["../../etc/passwd", "a/b", "A", "", "ä", "x" * 65, ".", "-a", "a b", "a\n"]
)
def test_no_id_leads_out_of_its_folder(subject):
    """Ids that are no plain names get a name of letters and digits instead."""
    assert 12 == len(name_of(subject))
    assert name_of(subject).isalnum()
    assert 12 == len(code_of(subject))


def test_plain_ids_stay():
    """Ids that are plain names stay as they are; those of the API's form stay there too."""
    assert "ec2_api" == name_of("ec2_api")
    assert "abcdefghijk1" == code_of("abcdefghijk1")
