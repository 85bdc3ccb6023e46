"""An outage ends with words: for everybody who heard of its begin, and for those whose cases waited."""

from __future__ import annotations

import pytest

from record_sample import NOON_S, desk
from tidegate.errors import CannotTellError
from tidegate.inform.recipients import plans
from tidegate.inform.standing_rules import Policy, duties
from tidegate.journal.entry import Draft
from tidegate.track.lifecycle import OutageEvent
from tidegate.track.summary import summary
from tidegate.verbs.record.acknowledge import draft_unsaid
from tidegate.verbs.record.case import Submission, received
from tidegate.verbs.record.closing import close_over, closing_texts, resolve
from tidegate.verbs.record.outage import Report, find_outage, merge, move, open_outage, publish, write_update


def told(here, title: str = "Sign-in fails", segment: str = "", **components: str):
    """An outage the public was told of; everybody's words, or one segment's."""
    hit = components or {"login": "partial_outage"}
    one = move(
        here,
        open_outage(here, Report(title=title, components=hit, segments=("buyers",))),
        OutageEvent.CONFIRM,
    )
    words = write_update(here, one)
    publish(here, words.outage, update=words.update, segment=segment)
    return find_outage(here.state, one.id)


def subscribe(here, name: str, **wanted: object) -> None:
    payload = {"channel": "webhook", "address": f"https://{name}.example/", **wanted}
    here.say([Draft(kind="subscription.asked", subject=name, payload=payload),
              Draft(kind="subscription.confirmed", subject=name)])  # fmt: skip


def plan(here, one) -> set[str]:
    """Plan the notices of an outage's last words, and return who is owed one."""
    drafts = list(plans(here.state, one, one.updates[-1]))
    here.say(drafts)
    return {draft.payload["subscription"] for draft in drafts}


def test_to_resolve_and_to_say_so_is_one_action():
    """Resolved, public, and nothing is owed any more."""
    here, clock, _ = desk()
    one = told(here)
    drafted = closing_texts(here, one)
    clock.now_s += 600
    over = resolve(here, one).outage
    one = find_outage(here.state, over.id)
    assert ("resolved", False, 2) == (one.state.value, one.is_left_open, len(one.updates))
    assert "this is over" in one.told[-1].text()
    assert "this is over" in drafted["en"]
    assert () == duties(here.state.outages(), Policy(), clock.now_s)


def test_words_that_break_a_rule_resolve_nothing():
    """Neither half of the action is done."""
    here, _, _ = desk()
    one = told(here)
    with pytest.raises(CannotTellError, match="not resolved"):
        resolve(here, one, texts={"en": "Host 10.0.0.5 is back."})
    assert find_outage(here.state, one.id).is_open
    assert not find_outage(
        here.state, resolve(here, one, texts={"en": "Over, 10.0.0.5."}, despite=True).outage.id
    ).is_open


def test_an_end_of_which_nobody_was_told_is_an_alarm_and_drafted():
    """For a day; not for one of which nothing was public, and not for what became part of another."""
    here, clock, _ = desk()
    one, silent = told(here), open_outage(here, Report(title="Unseen"))
    move(here, one, OutageEvent.RESOLVE)
    move(here, silent, OutageEvent.RESOLVE)
    (duty,) = duties(here.state.outages(), Policy(), clock.now_s + 60)
    assert ("closing", one.id) == (duty.kind, duty.outage.id)
    (words,) = draft_unsaid(here)
    assert "this is over" in words.texts["en"]
    assert () == draft_unsaid(here)
    assert () == duties(here.state.outages(), Policy(), clock.now_s + 25 * 3600)
    publish(here, words.outage, update=words.update)
    assert () == duties(here.state.outages(), Policy(), clock.now_s + 60)


def test_the_closing_words_go_to_everybody_who_heard_the_opening():
    """Whatever was corrected since, in segment words, and of an outage that became part of it."""
    here, clock, _ = desk()
    subscribe(here, "all")
    subscribe(here, "segment", segments=["buyers"], severity="critical")
    subscribe(here, "grave", severity="major")
    clock.now_s += 60
    own = told(here, segment="buyers", login="major_outage")
    assert {"all", "segment", "grave"} >= plan(here, own) >= {"segment"}
    clock.now_s += 60
    other = told(here, "Search fails", search="partial_outage")
    assert {"all", "grave"} == plan(here, other)
    clock.now_s += 60
    into = merge(here, other, own)
    less = {"because": "it was less", "components": {"store": "degraded_performance"}}
    here.say([Draft(kind="outage.corrected", subject=into.id, payload=less)])
    clock.now_s += 60
    resolve(here, find_outage(here.state, into.id))
    assert {"all", "segment", "grave"} == plan(here, find_outage(here.state, into.id))


def test_customers_are_told_of_the_end_by_its_words():
    """Their cases wait for the words, are answered with them in their language, and closed."""
    here, _, _ = desk()
    one = told(here)
    for number, language in enumerate(("", "de")):
        said = Submission(text=f"broken {number}", outage=one.id, language=language)
        here.say([received(said, here.entropy())])
    over = move(here, one, OutageEvent.RESOLVE)
    assert 0 == close_over(here)
    texts = {"en": "It is over.", "de": "Es ist vorbei."}
    words = write_update(here, over, texts=texts)
    publish(here, words.outage, update=words.update)
    assert (2, 0) == (close_over(here), close_over(here))
    assert {1} == {case.replies_count for case in here.state.cases.values()}


def test_a_promise_without_later_words_did_not_come_in_time():
    """That it was over is no word. What is not due yet is neither kept nor broken."""
    here, clock, _ = desk()
    one = told(here)
    now = summary(find_outage(here.state, one.id), NOON_S + 60).words
    assert (0, 0) == (now.promises_count, now.kept_count)
    clock.now_s += 600
    over = move(here, one, OutageEvent.RESOLVE)
    late = summary(over, NOON_S + 7200).words
    assert (1, 0) == (late.promises_count, late.kept_count)
    words = write_update(here, over)
    publish(here, words.outage, update=words.update)
    kept = summary(find_outage(here.state, one.id), NOON_S + 7200).words
    assert (1, 1) == (kept.promises_count, kept.kept_count)


def test_advice_stands_until_other_is_given():
    """The next draft says it too, whoever writes it."""
    here, _, _ = desk()
    one = told(here)
    write_update(here, one, advice="pay by invoice")
    again = write_update(here, find_outage(here.state, one.id))
    assert "What you can do: pay by invoice." in again.texts["en"]
