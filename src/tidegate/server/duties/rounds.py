"""What is done without anybody asking? Cases are sorted, promises watched, the least words published.

One thread, one turn every other second; what a turn may say follows from the record and the policy. The
answers of other machines (probes, identity) come from threads of their own and may stay away for ever.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping

from tidegate.errors import TidegateError
from tidegate.inform.sending_turn import DutyTurns, SendingSites, unsendable
from tidegate.inform.site.visibility import is_public
from tidegate.inform.standing_rules import Duty, duties
from tidegate.inform.state import State
from tidegate.present.console.frame import Alarm
from tidegate.present.console.help import Known
from tidegate.present.record.outage_text import span_text
from tidegate.server.duties.identity import Identity
from tidegate.server.duties.service_probes import Probing
from tidegate.server.setting import ServerSetting
from tidegate.server.site_record import Record, ServerDesk
from tidegate.track.component import RANK, full_title, worst
from tidegate.track.outage import Outage
from tidegate.track.seen_edits import side_by_side
from tidegate.verbs.record.acknowledge import acknowledge_unheld, call_unanswered, draft_anew, draft_unsaid
from tidegate.verbs.record.case import burst, sort_cases
from tidegate.verbs.record.closing import close_over, vouch_over
from tidegate.verbs.record.probed import hear_probes
from tidegate.verbs.record.unite import part_stranded, unite_twins

_LOG = logging.getLogger("tidegate.rounds")
EVERY_S = 2.0
TURNS_AN_HOUR = 1800
_SENT = {"email": "mail", "webhook": "webhooks", "slack": "to Slack", "teams": "to Teams"}
CLOCK_BEHIND_S = 60.0
"""How far this machine's clock may be behind the record before that is said."""
LONG_S = 0.25
"""Sorting cases that takes longer is not done in each turn."""
GRACE_S = 60.0
"""How long a confirmed outage may be without public words before every page says so."""


class Rounds:
    """Goes its rounds over the record.

    Parameters
    ----------
    record
        The record.
    setting
        The policy, the probes, who is asked for identity.
    segments
        What the customer segments are called, by name.
    hourly
        What is to be done once an hour besides.
    sites
        Gives which sites send, and what each can.
    pace
        Gives seconds that only ever grow.
    is_catching_up
        Whether much of what other sites said is on its way, how they sorted cases with it.

    Attributes
    ----------
    known
        The outages that the public was told of, the worst first: shown before the case form.
    parts
        The components that a case can name: titles by id.
    turns_count
        How many turns were made.
    """

    def __init__(
        self,
        record: Record,
        setting: ServerSetting,
        segments: Mapping[str, str],
        hourly: Callable[[], object] = lambda: None,
        sites: Callable[[], SendingSites] | None = None,
        pace: Callable[[], float] = time.monotonic,
        is_catching_up: Callable[[], bool] = lambda: False,
    ) -> None:
        self.known: tuple[Known, ...] = ()
        self.parts: Mapping[str, str] = {}
        self.duties: tuple[Duty, ...] = ()
        self.turns_count = 0
        self.identity = Identity(setting.identity_url, segments)
        self.probing = Probing(setting, record.clock)
        self._record, self._setting = record, setting
        self._hourly = hourly
        self._sites = sites or (lambda: SendingSites(own=record.journal.site))
        self._turns = DutyTurns(self._sites, time.monotonic)
        self._pace, self._sort_from_s = pace, 0.0
        self._is_catching_up = is_catching_up
        self._differing: tuple[tuple[str, str], ...] = ()
        self._unsendable: Mapping[str, int] = {}
        self._looked: set[str] = set()
        self._outages_key: object = None
        self._told: set[tuple[str, str, float]] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rounds", daemon=True)
        self._entries_count = -1
        self._is_clock_behind = False

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """What everybody must see first: as it is at this moment, so that what was just done is no alarm."""
        return self.alarms_for("")

    def alarms_for(self, who: str) -> tuple[Alarm, ...]:
        """Return what somebody must see first: what everybody must, and what they are asked to take over."""
        now_s = self._record.clock()
        with self._record.reading() as state:
            outages = state.outages()
        told = [
            (_alarm(duty, now_s), duty.outage.id) for duty in duties(outages, self._setting.policy, now_s)
        ]
        told += [
            (f"{one.holder or 'Somebody'} asks you to take over “{one.title}”.", one.id)
            for one in outages
            if who and one.is_open and one.hands.asked == who
        ]
        told += [(f"Said otherwise at several sites: “{title}”.", name) for name, title in self._differing]
        told += [(_lost_text(way, count), "") for way, count in self._unsendable.items()]
        return tuple(Alarm(says=says, outage=outage) for says, outage in told if says)

    def start(self) -> None:
        """Begin."""
        self.turn()
        self.identity.start()
        self.probing.start()
        self._thread.start()

    def stop(self) -> None:
        """End after the turn that is being made."""
        self._over.set()
        self.identity.stop()
        self.probing.stop()
        if self._thread.is_alive():
            self._thread.join(timeout=10.0)

    def _run(self) -> None:
        while not self._over.wait(EVERY_S):
            self.turn()

    def turn(self) -> None:
        """Make one turn; what goes wrong is logged and tried again in the next."""
        try:
            if self.turns_count % TURNS_AN_HOUR == 0:
                self._hourly()
            with self._record.desk("system") as desk:
                self._turn(desk)
        except TidegateError as error:
            _LOG.error("a turn was not finished", extra={"why": str(error)})
        except Exception:  # noqa: BLE001  a fault of ours here must not end the rounds for good
            _LOG.exception("a turn failed")
        self.turns_count += 1

    def _turn(self, desk: ServerDesk) -> None:
        answered_s, every_s = self.probing.answered_s(), self._setting.probe_every_s
        hear_probes(desk, self.probing.said(), answered_s, every_s=every_s)
        if not self._sites().is_alone:
            self._unite(desk)
        draft_unsaid(desk)
        call, is_turn = self._setting.call, self._turns.is_come
        for who in call_unanswered(desk, call, self._setting.call_every_s, is_turn=is_turn):
            _LOG.warning("called, for nobody answers", extra={"channel": who})
        acknowledged = acknowledge_unheld(desk, self._setting.policy, is_turn=is_turn)
        for words in acknowledged:
            _LOG.warning("published by policy", extra={"outage": words.outage.id, "update": words.update})
        draft_anew(desk)
        state = desk.state
        has_news = state.entries_count != self._entries_count or self.identity.has_news()
        began_s = self._pace()
        if has_news and began_s >= self._sort_from_s and not self._is_catching_up():
            self._sort(desk)
            took_s = self._pace() - began_s
            # All cases are gone through: of very many, at most a fifth of the time is spent on that.
            self._sort_from_s = began_s + (5 * took_s if took_s > LONG_S else 0.0)
            self._unsendable = unsendable(state, self._sites())
            self._differing = _differing(state)
            self._entries_count = state.entries_count
        self.known = _known(state)
        self.parts = {one.id: full_title(one) for one in state.components()}
        self._owe(state, desk.clock())
        self._mind_the_clock()

    def _mind_the_clock(self) -> None:
        """Say that the clock was set back, once each time."""
        behind_s, was_behind = self._record.journal.behind_s(), self._is_clock_behind
        self._is_clock_behind = behind_s >= CLOCK_BEHIND_S
        if self._is_clock_behind and not was_behind:
            _LOG.error("this machine's clock is behind the record", extra={"behind_s": round(behind_s)})

    def _unite(self, desk: ServerDesk) -> None:
        """Make one of what two sites opened; the rule of `same_outage`, kept by every site for itself."""
        for twin in unite_twins(desk):
            _LOG.warning("merged by rule", extra={"outage": twin.one.id, "into": twin.into.id})
        for one in part_stranded(desk):
            _LOG.warning("opened again, for nobody ended it", extra={"outage": one.id})

    def _sort(self, desk: ServerDesk) -> None:
        outages = desk.state.outages()
        key = [(one.id, one.state, one.into, one.segments, tuple(one.components)) for one in outages]
        if key != self._outages_key or self.identity.has_news():
            self._looked.clear()
        self._outages_key = key
        new = [
            one for id_, one in desk.state.cases.items()
            if id_ not in self._looked and (one.is_open or one.is_exercise)  # a drill asks identity, too
        ]  # fmt: skip
        self.identity.ask(new)
        sort_cases(desk, new, segments=self.identity.segments())
        self._looked.update(one.id for one in new)
        if new and burst(desk) is not None:
            _LOG.warning("a burst of cases opened an outage")
        close_over(desk, is_turn=self._turns.is_come)
        vouch_over(desk)

    def _owe(self, state: State, now_s: float) -> None:
        """Say what is owed, once in the log; every page of the console says it as long as it is."""
        self.duties = duties(state.outages(), self._setting.policy, now_s)
        for duty in self.duties:
            key = (duty.kind, duty.outage.id, duty.since_s)
            if duty.kind == "overdue" and key not in self._told:
                self._told.add(key)
                _LOG.error("a promised update is overdue", extra={"outage": duty.outage.id})


def _alarm(duty: Duty, now_s: float) -> str:
    one = duty.outage
    if duty.kind == "overdue":
        return f"Overdue by {span_text(now_s - duty.since_s)}: the promised update on “{one.title}”."
    if duty.kind == "closing":
        return f"Over for {span_text(now_s - duty.since_s)}, and nobody was told: “{one.title}”."
    if duty.kind == "silent" and now_s - duty.since_s >= GRACE_S:
        return f"Confirmed {span_text(now_s - duty.since_s)} ago and nothing is public: “{one.title}”."
    return ""


def _differing(state: State) -> tuple[tuple[str, str], ...]:
    """Return the open outages of which sites said things that do not go together: id and title."""
    if not state.sites.names_others:
        return ()
    found = (one for one in state.outages() if one.is_open and side_by_side(state.story(one.id)))
    return tuple((one.id, one.title) for one in found)


def _lost_text(way: str, owed_count: int) -> str:
    channel, _, name = way.partition(" ")
    over = f"call the operators' channel {name}" if name else f"send {_SENT.get(channel, channel)}"
    waits = f"{owed_count:,} notice{' waits' if owed_count == 1 else 's wait'}."
    return f"No site can {over}: {waits}" if owed_count else f"No site can {over}."


def _known(state: State) -> tuple[Known, ...]:
    told = [one for one in state.outages() if one.is_open and not one.is_exercise and is_public(one)]
    told.sort(key=lambda one: -RANK[worst(one.components.values())])
    return tuple(_shown(one) for one in told)


def _shown(one: Outage) -> Known:
    texts = one.told[-1].texts if one.told else {}
    return Known(id=one.id, title=one.title, since_s=one.since_s, texts=texts)
