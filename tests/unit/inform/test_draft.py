"""First words, drafted; and their wording."""

from __future__ import annotations

from dataclasses import replace

import pytest

from record_sample import NOON_S, desk
from tidegate.errors import InputError
from tidegate.inform.draft import Setting, check_setting, draft, next_promise_s
from tidegate.inform.phrases import LANGUAGES
from tidegate.inform.wording import lint
from tidegate.track.component import Status
from tidegate.track.lifecycle import OutageEvent, OutageState
from tidegate.verbs.record.outage import Report, move, open_outage

TITLES = {"buyers": "buyers", "login": "sign-in", "shop": "the shop"}
SETTING = Setting(languages=tuple(LANGUAGES), zone="Europe/Berlin", titles=TITLES)
NEXT_S = NOON_S + 1200


def confirmed(**report):
    here, _, _ = desk()
    one = open_outage(here, Report(**{"cause": "login", **report}))
    return move(here, one, OutageEvent.CONFIRM)


def test_the_first_words_say_everything():
    """Who, what they see, since when, what goes on, what to do, when next: in UTC and local time."""
    assert (
        "Sign-in is disturbed. We confirm a problem since 12:00 UTC (13:00 CET), 1 December 2025.\n"
        "Affected: buyers (paying).\n"
        "Still working: buyers (looking around).\n"
        "What you can do: we know of nothing yet that helps.\n"
        "We speak again by 12:20 UTC (13:20 CET)."
    ) == draft(confirmed(), SETTING, next_s=NEXT_S)["en"]


@pytest.mark.parametrize("state", [state for state in OutageState if state.value in LANGUAGES["en"].states])
def test_drafted_words_keep_every_rule_in_every_language(state):
    """What we draft ourselves passes our own lint, in all languages and states."""
    for one in (confirmed(), confirmed(cause="", title="Shop", components={"shop": "major_outage"})):
        for certainty in ("observed", "likely", "possible"):
            now = replace(one, state=state, certainty=certainty)
            next_s = NEXT_S if now.is_open else None
            found = lint(draft(now, SETTING, next_s=next_s), now, SETTING, next_s=next_s)
            assert {"advice"} >= {finding.rule for finding in found}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", [OutageState.RESOLVED, OutageState.FALSE_ALARM, OutageState.EXERCISE])
def test_the_last_words_speak_of_what_was(state, language):
    """When it began and ended; nothing that still lasts, no advice, no promise."""
    now = replace(ADVISED, state=state, until_s=NOON_S + 2400, components={"login": Status.OPERATIONAL},
                  is_exercise=state is OutageState.EXERCISE)  # fmt: skip
    text, words = draft(now, SETTING, next_s=None)[language], LANGUAGES[language]
    assert words.named.format("Sign-in is disturbed") in text
    assert "12:00 UTC" in text
    assert ("12:40 UTC" in text) is (state is not OutageState.FALSE_ALARM)
    for lasting in (words.todo, words.keeps, f"{words.affected}:", words.next.partition("{")[0], "receipts"):
        assert lasting not in text
    assert (words.was_affected in text) is (state is OutageState.RESOLVED)


def test_the_last_words_in_english():
    """Whole sentences, with both times."""
    now = replace(confirmed(), state=OutageState.RESOLVED, until_s=NOON_S + 2400)
    assert (
        "“Sign-in is disturbed”: this is over. It began at 12:00 UTC (13:00 CET), 1 December 2025 "
        "and ended at 12:40 UTC (13:40 CET), 1 December 2025.\nIt affected: buyers (paying)."
    ) == draft(now, SETTING, next_s=None)["en"]


def test_advice_comes_from_the_operator_or_the_world():
    """The operator's before the world's; where neither says anything, that is said, and found wanting."""
    said = {"buyers": "keep your receipts."}
    own = replace(confirmed(), does=said)
    assert "What you can do: keep your receipts.\n" in draft(own, SETTING, next_s=NEXT_S)["en"]
    many = replace(own, segments=("buyers", "readers"))
    assert "What you can do: buyers: keep your receipts.\n" in draft(many, SETTING, next_s=NEXT_S)["en"]
    operator = replace(own, advice="pay by invoice")
    assert "What you can do: pay by invoice.\n" in draft(operator, SETTING, next_s=NEXT_S)["en"]
    bare = draft(confirmed(), SETTING, next_s=NEXT_S)["en"]
    assert {"advice"} == rules(bare)
    assert set() == must(bare)


def test_languages_have_all_their_parts():
    """No language lacks a state, a month or a phrase that another has."""
    for words in LANGUAGES.values():
        assert LANGUAGES["en"].states.keys() == words.states.keys()
        assert 12 == len(set(words.months))
        assert all("{}" in text for text in (*words.states.values(), words.next, words.everybody))


def test_a_drill_says_first_that_it_is_one():
    """Nobody can take an exercise for the real thing."""
    texts = draft(confirmed(is_exercise=True), SETTING, next_s=NEXT_S)
    assert all(texts[language].startswith(LANGUAGES[language].exercise) for language in LANGUAGES)


def rules(text: str, *, next_s: float | None = NEXT_S, language: str = "en", **given) -> set[str]:
    found = lint({language: text}, confirmed(), SETTING, next_s=next_s, **given)
    return {finding.rule for finding in found}


def must(text: str) -> set[str]:
    found = lint({"en": text}, confirmed(), SETTING, next_s=NEXT_S)
    return {finding.rule for finding in found if finding.must}


ADVISED = replace(confirmed(), advice="keep your receipts")
GOOD = draft(ADVISED, SETTING, next_s=NEXT_S)["en"]


def test_each_missing_part_is_named():
    """A bare sentence lacks everything; the whole notice nothing."""
    assert {"who", "sees", "since", "do", "next"} == rules("Something happened.")
    assert set() == rules(GOOD)
    assert {"next"} == rules(GOOD, next_s=None)
    assert {"next"} == rules(GOOD, next_s=NEXT_S + 60)


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("Some users may be impacted.", "vague"),
        ("We see intermittent issues.", "vague"),
        ("All systems operating normally.", "green"),
        ("It will be fixed within the hour.", "forecast"),
        ("It began at 12:00.", "zone"),
        ("Host 10.0.0.5 is down.", "private"),
        ("Write to ann@example.com.", "private"),
        ("Use AKIAABCDEFGHIJKLMNOP.", "private"),
        ("db1.internal does not answer.", "private"),
    ],
)
def test_what_misleads_or_is_private_is_found(words, rule):
    """Each rule finds its words within an otherwise good notice."""
    assert {rule} == rules(f"{GOOD}\n{words}")


def test_green_private_and_missing_parts_block_and_style_does_not():
    """Vague words are better changed; a green word under a red state must be."""
    assert {"green"} == must(f"{GOOD}\nAll systems are up. Some users are slow.")


def test_customers_are_not_named():
    """Given their names, the lint keeps customers out of public words, whole words only."""
    assert {"private"} == rules(f"{GOOD}\nACME is hit.", private_names=["Acme"])
    assert set() == rules(f"{GOOD}\nAcmeology is a word.", private_names=["Acme"])


def test_other_languages_are_linted_in_their_words():
    """“Bald” and “einige Nutzer” say as little as their English counterparts."""
    german = draft(ADVISED, SETTING, next_s=NEXT_S)["de"]
    assert {"vague"} == rules(f"{german}\nBald mehr.", language="de")
    assert {"who", "sees", "since", "do", "next"} == rules("Etwas ist los.", language="de")


def test_the_next_word_is_promised_by_the_usual_cadence():
    """Every 20 minutes for two hours, hourly after that, never after the end."""
    one = confirmed()
    assert NOON_S + 60 + 1200 == next_promise_s(one, NOON_S + 60)
    assert NOON_S + 7200 + 3600 == next_promise_s(one, NOON_S + 7200)
    assert next_promise_s(replace(one, state=OutageState.RESOLVED), NOON_S) is None


def test_languages_and_zones_that_are_unknown_are_refused():
    """All faults of a setting at once."""
    with pytest.raises(InputError) as caught:
        check_setting(Setting(languages=("en", "tlh"), zone="Nowhere"))
    assert 2 == len(caught.value.faults)
