"""What people call things, in other languages than the one on record."""

from __future__ import annotations

from dataclasses import replace

import pytest

import site_sample as sample
from notice_sample import KEY, informed, subscribed
from record_sample import NOON_S, desk, world
from tidegate.errors import InputError
from tidegate.inform.draft import Setting, draft
from tidegate.inform.notice import question, told
from tidegate.inform.phrases import LANGUAGES
from tidegate.inform.translations import Translations, disturbed, translations, with_world
from tidegate.inform.wording import lint
from tidegate.present.site.site_tree import site_tree
from tidegate.track.lifecycle import OutageEvent
from tidegate.verbs.record.component import Described, declare
from tidegate.verbs.record.outage import Report, find_outage, move, open_outage, publish, write_update

GERMAN = {
    "sign-in": "Anmeldung", "buyers": "Kunden", "paying": "Bezahlen", "looking around": "Stöbern",
    "the shop": "der Laden", "inner network": "innerem Netz", "outer network": "äußerem Netz",
    "Sign-in fails": "Anmelden schlägt fehl", "Front": "Vorne", "eu": "EU", "New switches": "Neue Geräte",
    "Connections are cut once.": "Verbindungen brechen einmal ab.",
}  # fmt: skip
STATED = Translations({"de": GERMAN})


def confirmed(**report):
    here, _, _ = desk()
    here.setting = Setting(languages=("en", "de", "fr"), translations=STATED)
    one = move(here, open_outage(here, Report(**{"cause": "login", **report})), OutageEvent.CONFIRM)
    return here, one


def test_first_words_call_everything_by_its_name_in_their_language():
    """Title, segments, what they lose and keep; what is not stated is said as it is on record."""
    here, one = confirmed()
    texts = draft(one, here.speaking(one), next_s=NOON_S + 1200)
    assert texts["de"].startswith("Störung: Anmeldung. Wir bestätigen")
    assert "Betroffen: Kunden (Bezahlen).\nFunktioniert weiter: Kunden (Stöbern)." in texts["de"]
    assert texts["en"].startswith("Sign-in is disturbed. We confirm")
    assert texts["fr"].startswith("Perturbation : sign-in. Nous confirmons")
    assert "Touchés: buyers (paying)." in texts["fr"]


def test_words_go_on_in_the_languages_in_which_they_began():
    """Whoever drafts the next ones need not say again in which languages."""
    here, one = confirmed()
    words = write_update(here, one)
    publish(here, words.outage, update=words.update)
    here.setting = Setting(translations=STATED)
    assert {"en", "de", "fr"} == write_update(here, find_outage(here.state, one.id)).texts.keys()


def test_a_cause_between_networks_is_named_in_each_language():
    """An outage that is called by its crossing is called so in the words of the networks' own titles."""
    here, one = confirmed(cause="edge")
    texts = draft(one, here.speaking(one), next_s=None)
    assert texts["de"].startswith("Störung: Verkehr zwischen innerem Netz und äußerem Netz.")
    assert texts["fr"].startswith("Perturbation : trafic entre inner network et outer network.")


def test_translated_words_keep_every_rule():
    """Who is affected and what they see is found in the language of the text too."""
    here, one = confirmed()
    words = write_update(here, one, advice="wait")
    assert () == words.findings
    only_german = {"de": words.texts["de"]}
    assert () == lint(only_german, one, here.speaking(one), next_s=words.next_s)
    assert any(found.rule == "who" for found in lint(only_german, one, Setting(), next_s=words.next_s))


def test_notices_call_things_as_their_language_does():
    """Title and components in the language of the words; the question in the language that was wished."""
    here, one = confirmed(components={"login": "major_outage"})
    declare(here, [Described(id="login", title="sign-in", noun="login")])
    setting = replace(sample.SETTING, translations=with_world(STATED, world()))
    words = write_update(here, one)
    (update,) = words.outage.drafts
    in_german = told(here.state, setting, words.outage, update, "de")
    called = {name: title for name, title, _ in in_german.components}
    assert ("Störung: Anmeldung", "Anmeldung") == (in_german.title, called["login"])
    assert "Sign-in is disturbed" == told(here.state, setting, words.outage, update, "en").title


def test_the_question_names_components_in_the_language_that_was_wished():
    """Whoever agrees reads for what."""
    here, _, _ = informed()
    one = subscribed(here, components=["login"], language="de")
    setting = replace(sample.SETTING, translations=Translations({"de": {"login": "Anmeldung"}}))
    assert ("Anmeldung",) == question(here.state, setting, one, named="x", key=KEY).components


def test_the_site_calls_things_as_each_language_does():
    """German pages say the German names, English ones and those for programs do not; nothing else differs."""
    here, _, _ = sample.sample()
    setting = replace(sample.SETTING, translations=STATED)
    plain = sample.built()
    tree = site_tree(here.state, setting, NOON_S, sample.KEY, by="here")
    german, english = tree.made["de/index.html"].content.decode(), tree.made["index.html"].content.decode()
    assert all(word in german for word in ("der Laden", "Vorne", "Neue Geräte"))
    assert "Anmelden schlägt fehl" in tree.made["de/history.html"].content.decode()
    assert not any(word in german for word in (">the shop<", ">Front<", "New switches"))
    assert not any(word in english for word in GERMAN.values() if word != "EU")
    assert {path: made.content for path, made in plain.made.items() if not path.startswith("de/")} == {
        path: made.content for path, made in tree.made.items() if not path.startswith("de/")
    }


def test_a_page_that_did_not_change_is_not_made_again():
    """What outages are in a language is remembered: the same nouns, so the same pages."""
    here, _, _ = sample.sample()
    setting = replace(sample.SETTING, translations=STATED)
    first = site_tree(here.state, setting, NOON_S, sample.KEY)
    again = site_tree(here.state, setting, NOON_S, sample.KEY, first)
    assert [] == [path for path, made in again.made.items() if made is not first.made[path]]


def test_programs_read_the_sites_own_language():
    """Where the site's own language is German, its feeds and its API call things so."""
    here, _, _ = sample.sample()
    setting = replace(sample.SETTING, languages=("de", "en"), translations=STATED)
    tree = site_tree(here.state, setting, NOON_S, sample.KEY)
    assert "der Laden" in tree.made["api/v2/components.json"].content.decode()
    assert "Anmelden schlägt fehl" in tree.made["history.atom"].content.decode()


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (None, "holds no translations"),
        (["de"], "holds no translations"),
        ({"xx": {}}, "is no language spoken here"),
        ({"de": "der Laden"}, "holds no words"),
        ({"de": {"the shop": 1}}, "is no text"),
        ({"de": {False: "aus"}}, "is no text"),
        ({"de": {"the shop": "der\nLaden"}}, "is no text"),
        ({"de": {"the shop": "x" * 501}}, "is no text"),
        ({"de": {"the shop": "\u202eladen"}}, "is no text"),
    ],
)
def test_what_is_no_translation_is_refused(document, says):
    """Every fault is named."""
    with pytest.raises(InputError, match=says):
        translations(document)


def test_every_fault_is_named_at_once():
    """Two languages, two faults."""
    with pytest.raises(InputError) as caught:
        translations({"xx": {}, "de": {"a": 1, "b": 2}})
    assert 3 == len(caught.value.faults)


def test_every_language_names_what_is_disturbed():
    """The phrase has one place, and begins with a capital."""
    for language in LANGUAGES:
        assert "x" in disturbed("x", language).lower()
        assert disturbed("x", language)[:1].isupper()
