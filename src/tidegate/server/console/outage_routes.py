"""Which pages has the console, and what do they do? Each reads the record, or calls one use case.

What a page looks like is in `present.console`; what an action means is in `verbs`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tidegate.errors import Fault, InputError
from tidegate.inform.site.visibility import is_public, name_of
from tidegate.inform.state import State
from tidegate.inform.wording import lint
from tidegate.journal.entry import Draft
from tidegate.journal.entry_kinds import EVENTS
from tidegate.present.console.alerts import NONE, AlertSight
from tidegate.present.console.frame import CONSOLE
from tidegate.present.console.now import Called, Health, Signals, now_page
from tidegate.present.console.outage import outage_page, outages_page
from tidegate.present.console.outage_opening import opening_part
from tidegate.present.console.sight import Sight
from tidegate.present.console.summary import summary_page
from tidegate.present.record.outage_text import span_text
from tidegate.present.record.summary_text import summary_page as summary_markdown
from tidegate.present.site.outage import outage_path
from tidegate.server.access.visit import Visit, action, download, page
from tidegate.server.console.case_routes import case_routes, component_titles, outage_titles
from tidegate.server.console.filled_form import FilledForm
from tidegate.server.console.gate_routes import gate_routes
from tidegate.server.console.live_routes import live_routes
from tidegate.server.console.notice_routes import notice_routes
from tidegate.server.console.settling_form import settle_visit
from tidegate.server.console.site_routes import site_routes
from tidegate.server.console.sites_standing import sites_routes
from tidegate.server.duties.rounds import CLOCK_BEHIND_S
from tidegate.server.site_record import ServerDesk
from tidegate.track.correlate import noun_of
from tidegate.track.firing import still_firing, uncounted
from tidegate.track.lifecycle import OutageEvent
from tidegate.track.outage import Outage
from tidegate.track.proposal import proposals
from tidegate.track.seen_edits import seen_of, side_by_side
from tidegate.track.summary import summary
from tidegate.verbs.record.acknowledge import ask_over, draft_anew, hold, unanswered_since
from tidegate.verbs.record.affected import in_order, parse_components
from tidegate.verbs.record.alert import bind
from tidegate.verbs.record.case import reply, waiting
from tidegate.verbs.record.closing import closing_findings, closing_texts, end, resolve
from tidegate.verbs.record.correcting import correct
from tidegate.verbs.record.gather import gather
from tidegate.verbs.record.outage import (
    Report,
    change,
    find_outage,
    merge,
    move,
    open_outage,
    publish,
    report_faults,
    titles,
    tried,
    write_update,
)

if TYPE_CHECKING:
    from tidegate.server.house import House


def console_routes(house: House) -> list[Route]:
    """Return the pages of the console by their addresses."""
    one = f"{CONSOLE}/outages/{{outage}}"
    deeds = {
        "hold": _hold, "draft": _draft, "publish": _publish, "move": _move, "change": _change,
        "tried": _tried, "note": _note, "correct": _correct, "merge": _merge, "reply": _reply,
        "bind": _bind, "gather": _gather, "resolve": _resolve, "ask": _ask, "settle": settle_visit,
    }  # fmt: skip
    return [
        Route(CONSOLE, page(house, _now), methods=["GET"]),
        Route(f"{CONSOLE}/outages", page(house, _outages), methods=["GET"]),
        Route(f"{CONSOLE}/outages", action(house, _open, _outages), methods=["POST"]),
        Route(one, page(house, _outage), methods=["GET"]),
        Route(f"{one}/summary", page(house, _summary), methods=["GET"]),
        Route(f"{one}/summary.md", download(house, _summary_file), methods=["GET"]),
        *(Route(f"{one}/{name}", action(house, do, _outage), methods=["POST"]) for name, do in deeds.items()),
        *case_routes(house),
        *notice_routes(house),
        *site_routes(house),
        *gate_routes(house),
        *sites_routes(house),
        *live_routes(house),
    ]


# -- pages ------------------------------------------------------------------------------------------


def _now(visit: Visit) -> str:
    house = visit.house
    with house.record.reading() as state:
        shown = [one for one in state.outages() if one.is_open]
        queue = waiting(state)
        counts = Counter(one.outage for one in queue)
        called = _called(visit, state)
        signals = Signals(proposed=proposals(shown, house.record.world), firing=uncounted(state.outages()))
    return now_page(
        visit.reader(), open_outages=shown, waiting=queue, counts=counts, probes=_probes(visit),
        health=_health(visit), called=called, signals=signals,
    )  # fmt: skip


def _called(visit: Visit, state: State) -> Called:
    return Called(
        causes=_causes(visit, titles(visit.house.record.world, state)), components=component_titles(state),
        outages=outage_titles(state),
    )  # fmt: skip


def _causes(visit: Visit, called: Mapping[str, str]) -> dict[str, str]:
    """Return what an outage can come from: titles by name; none without a world."""
    world = visit.house.record.world
    nouns = () if world is None else (*world.crossings, *world.services)
    return {name: called.get(name, name) for name in nouns}


def _probes(visit: Visit) -> list[Health]:
    now_s, found = visit.house.record.clock(), []
    with visit.house.record.reading() as state:
        known = titles(visit.house.record.world, state)
    for probe in visit.house.rounds.probing.probes:
        title = known.get(probe.service, probe.service)
        if not probe.asked_s:
            found.append(Health(says=f"{title}: not asked yet"))
            continue
        said = f"does not answer: {probe.why}" if probe.failures_count else "answers"
        when = f"asked {span_text(now_s - probe.asked_s)} ago"
        found.append(Health(says=f"{title}: {said} ({when})", is_well=not probe.failures_count))
    return found


def _health(visit: Visit) -> list[Health]:
    house = visit.house
    age_s = house.publisher.age_s
    found = [Health(says=f"The public site was written {span_text(age_s)} ago.")]
    found += [Health(says=f"{failure}.", is_well=False) for failure in house.publisher.late]
    if house.notices.failure:
        found.append(Health(says=f"{house.notices.failure}.", is_well=False))
    behind_s = house.journal.behind_s()
    if behind_s >= CLOCK_BEHIND_S:
        says = f"This machine's clock is {span_text(behind_s)} behind the record, which goes on from there."
        found.append(Health(says=says, is_well=False))
    if house.journal.is_low_on_space():
        says = "The disk is full: cases and what is said are still kept, from the reserve; nothing else is."
        found.append(Health(says=says, is_well=False))
    count = house.intake.accepted_count
    accepted = f"{count:,} case{' was' if count == 1 else 's were'} accepted since the start."
    found.append(Health(says=accepted))
    if house.rounds.identity.failed_count:
        count = house.rounds.identity.failed_count
        times = "once" if count == 1 else f"{count:,} times"
        says = f"Identity gave no answer {times}; cases are kept without it."
        found.append(Health(says=says, is_well=False))
    return found


def _outages(visit: Visit) -> str:
    with visit.house.record.reading() as state:
        shown = state.outages()
        counts = Counter(one.outage for one in state.cases.values() if one.is_open)
        called = _called(visit, state)
    reader = visit.reader()
    opening = [opening_part(reader, called.causes, called.components)] if reader.may_act else []
    return outages_page(reader, shown, counts, *opening)


def _outage(visit: Visit) -> str:
    with visit.house.record.desk(visit.visitor.name) as desk:
        one = in_order(desk, _named(desk, visit))
        cases = [case for case in desk.state.cases.values() if case.outage == one.id]
        draft = one.waiting[-1] if one.waiting else None
        texts = visit.form.by_name("text-") if visit.faults and draft else {}
        texts = _in_order(visit, texts or (draft.texts if draft else {}))
        speaking = desk.speaking(one)
        findings = lint(texts, one, speaking, next_s=draft.next_s) if draft else ()
        others = {
            other.id: other.title for other in desk.state.outages() if other.id != one.id and not other.into
        }
        closing = _closing(desk, visit, one)
        sight = Sight(
            titles=speaking.titles, draft=draft, findings=findings, others=others, cases_count=len(cases),
            waiting_count=sum(case.is_open for case in cases), texts=texts,
            public_way=f"/{outage_path(name_of(one.id))}" if is_public(one) else "",
            segments=_segments(visit, one, speaking.titles), alerts=_alerts(desk, one),
            closing=closing, closing_findings=closing_findings(desk, one, closing) if closing else (),
            next_call=_next_call(visit, one), colleagues=_colleagues(desk, visit),
            firing_count=len(still_firing(one, desk.state.outages())) if visit.faults else 0,
            causes=_causes(visit, speaking.titles), differing=side_by_side(desk.state.story(one.id)),
        )  # fmt: skip
        seen = json.dumps(seen_of(desk.state.story(one.id))) if desk.state.sites.names_others else ""
    return outage_page(replace(visit.reader(), seen=seen), one, sight)


def _next_call(visit: Visit, one: Outage) -> tuple[str, float] | None:
    setting, since_s = visit.house.setting, unanswered_since(one, visit.house.record.clock())
    return None if since_s is None else one.hands.next_call(setting.call, since_s, setting.call_every_s)


def _colleagues(desk: ServerDesk, visit: Visit) -> list[str]:
    """Return who may act besides the visitor."""
    known = [one.name for one in desk.state.accounts() if not one.is_ended and one.role != "viewer"]
    return [name for name in known if name != visit.visitor.name]


def _closing(desk: ServerDesk, visit: Visit, one: Outage) -> dict[str, str]:
    if not one.is_open or not one.told:
        return {}
    typed = visit.form.by_name("closing-") if visit.faults else {}
    return _in_order(visit, typed or closing_texts(desk, one))


def _summary(visit: Visit) -> str:
    with visit.house.record.desk(visit.visitor.name) as desk:
        one = _named(desk, visit)
        return summary_page(visit.reader(), summary(one, desk.clock()), titles=desk.speaking(one).titles)


def _summary_file(house: House, request: Request) -> Response:
    """Give the summary as Markdown, to be kept and worked on."""
    with house.record.desk("reader") as desk:
        one = find_outage(desk.state, request.path_params["outage"] or "-")
        text = summary_markdown(
            summary(one, desk.clock()), titles=desk.speaking(one).titles, zone_name=house.setting.zone
        )
    headers = {"content-disposition": f'attachment; filename="{one.id}.md"'}
    return Response(text, media_type="text/markdown; charset=utf-8", headers=headers)


def _alerts(desk: ServerDesk, one: Outage) -> AlertSight:
    declared, bindings = desk.state.components(), desk.state.bindings()
    called = {component.noun or component.id: component.title for component in declared}
    nouns = {seen.key: noun_of(seen.labels, desk.world, declared, bindings) for seen in one.seen}
    return AlertSight(
        means={key: called.get(noun, noun) for key, noun in nouns.items()},
        components={component.id: component.title for component in declared},
        bindings=bindings,
    )


def _in_order(visit: Visit, texts: Mapping[str, str]) -> dict[str, str]:
    """Return words by language, the site's own first."""
    spoken = visit.house.setting.languages
    return {name: texts[name] for name in (*spoken, *sorted(texts.keys() - set(spoken))) if name in texts}


def _segments(visit: Visit, one: Outage, called: Mapping[str, str]) -> dict[str, str]:
    """Return the customer segments that words may be for alone: those that read a page of their own."""
    known = visit.house.site.segments
    hit = [name for name in one.segments if name in known]
    return {name: called.get(name, name) for name in (*hit, *(name for name in known if name not in hit))}


def _named(desk: ServerDesk, visit: Visit) -> Outage:
    return find_outage(desk.state, visit.path["outage"] or "-")


# -- actions: each returns where to go next -----------------------------------------------------------


def _back(visit: Visit, done: str) -> str:
    visit.house.publisher.wake()
    return f"{CONSOLE}/outages/{visit.path['outage']}?done={done}"


def _open(visit: Visit) -> str:
    form, filled = visit.form, FilledForm(visit)
    picked = form.by_name("status-")
    report = Report(
        title=form["title"].strip(), since_s=filled.moment("at"), cause=form["cause"].strip(),
        components=parse_components([f"{name}={word}" for name, word in picked.items() if word]),
        is_exercise=bool(form["exercise"]),
    )  # fmt: skip
    with visit.desk() as desk:
        filled.add(*report_faults(desk, report))
        filled.check()
        one = open_outage(desk, report)
        write_update(desk, one)
    return f"{CONSOLE}/outages/{one.id}?done=opened"


def _hold(visit: Visit) -> str:
    with visit.desk() as desk:
        hold(desk, _named(desk, visit), visit.visitor.name if visit.form["who"] else "")
    return _back(visit, "held")


def _ask(visit: Visit) -> str:
    who = visit.form["who"]
    with visit.desk() as desk:
        if who and who not in _colleagues(desk, visit):
            raise InputError(Fault(what="is nobody who could take it over", value=who[:60]))
        ask_over(desk, _named(desk, visit), who)
    return _back(visit, "asked")


def _draft(visit: Visit) -> str:
    form, filled = visit.form, FilledForm(visit)
    next_s = filled.moment("next")
    filled.check()
    with visit.desk() as desk:
        write_update(desk, _named(desk, visit), lead=form["lead"], advice=form["advice"], next_s=next_s)
    return _back(visit, "drafted")


def _publish(visit: Visit) -> str:
    texts = {name: text.replace("\r\n", "\n").strip() for name, text in visit.form.by_name("text-").items()}
    with visit.desk() as desk:
        one = _named(desk, visit)
        waiting_draft = next((draft for draft in one.drafts if draft.id == visit.form["draft"]), None)
        if waiting_draft is None:
            raise InputError(
                Fault(
                    what="this draft does not wait any more; look again",
                    kind="statement",
                    value=visit.form["draft"],
                )
            )
        update = waiting_draft.id
        if texts and any(waiting_draft.texts.get(name, "").strip() != text for name, text in texts.items()):
            words = write_update(desk, one, texts=texts, next_s=waiting_draft.next_s)
            one, update = words.outage, words.update
        publish(desk, one, update=update, segment=visit.form["segment"], despite=bool(visit.form["despite"]))
    return _back(visit, "unwritten" if visit.house.publisher.follow() else "published")


def _move(visit: Visit) -> str:
    event = visit.form["event"]
    if event not in EVENTS:
        raise InputError(
            Fault(what="cannot happen to an outage", value=event[:60], allowed=", ".join(EVENTS))
        )
    with visit.desk() as desk:
        one, because = _named(desk, visit), visit.form["because"]
        if event == OutageEvent.RESOLVE.value:
            despite = bool(visit.form["despite_alerts"])
            one = end(desk, one, because=because, despite_alerts=despite)
        else:
            one = move(desk, one, OutageEvent(event), because=because)
        write_update(desk, one)
    return _back(visit, "moved")


def _resolve(visit: Visit) -> str:
    texts = {
        name: text.replace("\r\n", "\n").strip() for name, text in visit.form.by_name("closing-").items()
    }
    with visit.desk() as desk:
        one = _named(desk, visit)
        despite = bool(visit.form["despite_alerts"])
        resolve(desk, one, texts=texts, because=visit.form["because"], despite_alerts=despite)
    visit.house.notices.wake()
    return _back(visit, "resolved")


def _change(visit: Visit) -> str:
    with visit.desk() as desk:
        change(desk, _named(desk, visit), components=visit.form.by_name("status-"))
        draft_anew(desk)
    return _back(visit, "changed")


def _tried(visit: Visit) -> str:
    filled = FilledForm(visit)
    what = filled.needed("what")
    filled.check()
    with visit.desk() as desk:
        tried(desk, _named(desk, visit), what=what, effect=visit.form["effect"])
    return _back(visit, "kept")


def _note(visit: Visit) -> str:
    filled = FilledForm(visit)
    payload = {"text": filled.needed("text")}
    filled.check()
    with visit.desk() as desk:
        one = _named(desk, visit)
        desk.say([Draft(kind="outage.noted", subject=one.id, payload=payload, by=desk.by)])
    return _back(visit, "kept")


def _correct(visit: Visit) -> str:
    filled, form = FilledForm(visit), visit.form
    given = {
        "title": form["title"].strip(),
        "cause": form["cause"].strip(),
        "since_s": filled.moment("since"),
    }
    because, evidence = filled.needed("because"), form["evidence"].strip()
    with visit.desk() as desk:
        one = _named(desk, visit)
        fields = {name: value for name, value in given.items() if value and value != getattr(one, name)}
        if evidence and "cause" not in fields:
            filled.add(Fault(what="goes with another cause, and with nothing else", path="evidence"))
        filled.check()
        if not fields:
            raise InputError(Fault(what="nothing is otherwise than on record", kind="statement"))
        correct(desk, one, because=because, fields=fields, evidence=evidence)
    return _back(visit, "corrected")


def _merge(visit: Visit) -> str:
    with visit.desk() as desk:
        into = find_outage(desk.state, visit.form["into"] or "-")
        merge(desk, _named(desk, visit), into, because=visit.form["because"])
    visit.house.publisher.wake()
    return f"{CONSOLE}/outages/{into.id}?done=merged"


def _bind(visit: Visit) -> str:
    label, _, value = visit.form["label"].partition("=")
    filled = FilledForm(visit)
    component = filled.needed("component", "no component is chosen")
    filled.check()
    with visit.desk() as desk:
        _named(desk, visit)
        bind(desk, label, value, "" if component == NONE else component)
        draft_anew(desk)
    return _back(visit, "bound")


def _gather(visit: Visit) -> str:
    with visit.desk() as desk:
        others = [find_outage(desk.state, name) for name in visit.form.all("other")]
        gather(desk, _named(desk, visit), others, "proposed as one, and found to be")
    return _back(visit, "merged")


def _reply(visit: Visit) -> str:
    with visit.desk() as desk:
        one = _named(desk, visit)
        reply(desk, waiting(desk.state, outage=one.id), visit.form["text"])
    return _back(visit, "replied")
