"""Who sends what is owed, and writes down what became of it? One worker, whatever happens to it.

A notice is planned in the journal before it is sent. What becomes of it is jotted down at once, and written
into the journal many together. Killed at any moment the worker loses none: what has no end is sent again,
under the same id, by which a receiver knows it. Which notice is next, and when a failed one is tried again,
`Schedule` says; how many are handed over at once, the doorway.

Shortcut: a notice that is being handed over when the process is killed is sent again, though the receiver
may have taken it; nobody can know without asking it. Its id tells receivers that it is the same.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from tidegate.adapters.channels.doorway import Doorway, UnwantedError
from tidegate.adapters.channels.email import MailChannel
from tidegate.adapters.channels.ledger import Ledger
from tidegate.adapters.channels.sending_answer import Answer, Became, Channel, Handover
from tidegate.adapters.channels.shared_sending import SharedSending
from tidegate.adapters.store.database import NoSpaceError, StoreError
from tidegate.inform.call import call, called_outage, callee, is_call
from tidegate.inform.delivery import Delivery
from tidegate.inform.notice import Notice, Question, Told, end_address, question, told
from tidegate.inform.notice_schedule import Schedule, SendingPolicy
from tidegate.inform.recipients import STALE_S, fresh_updates, plans
from tidegate.inform.reply import Receipts, customer, is_receipted, is_reply, reply, reply_plan
from tidegate.inform.resumption import resumed
from tidegate.inform.site.site_setting import SiteSetting
from tidegate.inform.subscription import Subscription
from tidegate.inform.wish import QUESTION
from tidegate.journal.entry import Draft, Entry

POLL_S = 0.5
FULL_DISK_S = 5.0
STOP_S = 20.0
_PLANS_COUNT = 500
_MOST_UNWRITTEN = 256  # a loss of power, which takes what was jotted down with it, repeats these
_BROKEN_OFF = Answer(became=Became.DOWN, says="broken off: too many others wait for slow receivers")


class Sender:
    """Sends what is owed, until it is stopped.

    Parameters
    ----------
    ledger
        The journal, and what it says of outages, subscriptions and deliveries.
    channels
        The channels that are set up, by their kind.
    setting
        How the site calls itself, and where it is.
    key
        The site's key, from which the words that confirm and end are made.
    receipt_of
        Gives the signed receipt of the entry by which a case was received.
    policy
        How we send.
    besides
        What this site is able to besides, as it says to other sites; None to say nothing to them.
    clock
        Gives the seconds since 1970 (UTC).
    draw
        Gives uniform draws in [0, 1).

    Attributes
    ----------
    became
        How many sendings ended in which way since the start.
    """

    def __init__(  # noqa: PLR0913  each is another's to give
        self,
        ledger: Ledger,
        channels: Mapping[str, Channel],
        *,
        setting: SiteSetting,
        key: bytes,
        receipt_of: Callable[[Entry], str],
        policy: SendingPolicy | None = None,
        besides: Sequence[str] | None = None,
        clock: Callable[[], float] = time.time,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.became: Counter[Became] = Counter()
        self._ledger = ledger
        self._channels = channels
        self._setting = setting
        self._key = key
        self._receipt_of = receipt_of
        self._receipts = Receipts()
        self._policy = policy or SendingPolicy()
        self._clock = clock
        self._draw = draw
        self._schedule = Schedule(self._policy, clock())
        self._shared = SharedSending(
            ledger, channels, besides=besides or (), is_announced=besides is not None
        )
        self._doorway = Doorway(ledger.jotter.begin, is_wanted=self._is_owed)
        self._outages: dict[str, str] = {}  # of each update, whose it is
        self._told: dict[tuple[str, str], Told] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._unwritten: list[Draft] = []
        self._unwritten_count = 0  # those that are just being written among them
        self._writing: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._is_stopping = False
        self._is_full = False

    @property
    def owed_count(self) -> int:
        """Notices that are owed."""
        return self._schedule.owed_count

    def wake(self) -> None:
        """Look into the journal at once; from another thread by way of the loop's `call_soon_threadsafe`."""
        self._woken.set()

    def stop(self) -> None:
        """Begin nothing more; `run` returns when what is under way has ended and is written."""
        self._is_stopping = True
        self._woken.set()

    async def run(self, *, is_drain: bool = False) -> None:
        """Send what is owed until stopped; in a drain, until nothing can be sent now.

        Raises
        ------
        TidegateError
            If the journal cannot be read.
        """
        await self._begin()
        while not self._is_stopping:
            self._woken.clear()
            new = await self._news()
            self._take_in(new)
            planned = await self._plan(self._shared.to_plan(new, self._clock()))
            if (said := self._shared.announcement(self._clock())) is not None:
                await self._append([said])
            self._start_due()
            if planned:
                continue
            if is_drain and not self._tasks and not self._writing and not new:
                break
            await self._wait()
        await self._end()

    # -- what is owed -----------------------------------------------------------------------------

    async def _begin(self) -> None:
        """Read the journal, and plan what was published but not planned before an end."""
        said = await self._news()
        state, now_s, jotter = self._ledger.state, self._clock(), self._ledger.jotter
        if left := resumed(state, jotter.left_said, jotter.left_in_doubt, now_s):
            await self._append(left)
            await self._ledger.catch_up()
        jotter.forget_left()
        for one in state.outages():
            self._outages.update({update.id: one.id for update in one.updates})
        for delivery in list(state.deliveries.values()):
            self._owe(delivery)
        for one, update in fresh_updates(state.outages(), now_s):
            await self._append_plans(one.id, update.id)
        await self._append_replies(said)

    async def _news(self) -> list[Entry]:
        return await self._ledger.catch_up(cases_since_s=self._clock() - STALE_S)

    def _take_in(self, new: list[Entry]) -> None:
        for entry in new:
            if entry.kind.startswith(("outage.", "update.", "component.")):
                self._told.clear()
            if entry.kind == "update.published":
                self._outages[entry.payload["update"]] = entry.subject
            elif entry.kind == "delivery.planned":
                self._owe(self._ledger.state.deliveries[entry.subject])
        for named in self._shared.look_again(new, self._clock()):
            self._owe(self._ledger.state.deliveries[named])

    async def _plan(self, new: list[Entry]) -> bool:
        """Plan the notices of what was published; say whether there were any."""
        planned = False
        for entry in new:
            if entry.kind == "update.published" and self._clock() - entry.at_s < STALE_S:
                planned |= await self._append_plans(entry.subject, entry.payload["update"])
        planned |= await self._append_replies(new)
        return planned

    async def _append_replies(self, new: list[Entry]) -> bool:
        """Plan the mails that customers are owed, where this site sends mail; say whether there were any."""
        if "email" not in self._channels:
            return False
        since_s = self._clock() - STALE_S
        fresh = [entry for entry in new if entry.said_s > since_s]
        answers = [entry for entry in fresh if entry.kind == "case.replied" or self._may_receipt(entry)]
        return await self._append_in_turns(
            [draft for entry in answers if (draft := reply_plan(self._ledger.state, entry)) is not None]
        )

    def _may_receipt(self, entry: Entry) -> bool:
        return is_receipted(entry) and self._receipts.may(entry.payload["contact"], entry.said_s)

    async def _append_plans(self, outage: str, update: str) -> bool:
        one = self._ledger.state.outage(outage)
        said = [] if one is None else [found for found in one.updates if found.id == update]
        if one is None or not said:
            return False
        return await self._append_in_turns(list(plans(self._ledger.state, one, said[0])))

    async def _append_in_turns(self, drafts: list[Draft]) -> bool:
        for start in range(0, len(drafts), _PLANS_COUNT):
            await self._append(drafts[start : start + _PLANS_COUNT])
        return bool(drafts)

    def _owe(self, delivery: Delivery) -> None:
        if not delivery.is_owed or delivery.id in self._schedule:
            return
        if not self._shared.is_ours(delivery, self._clock()):
            return
        channel = self._channels.get(delivery.channel)
        self._schedule.owe(
            delivery.id, self._receiver(delivery), planned_s=delivery.planned_s,
            tries_count=delivery.attempts_count, next_s=delivery.next_s or 0.0,
            is_own=channel is not None and channel.is_own,
        )  # fmt: skip

    def _is_owed(self, named: str) -> bool:
        return self._ledger.state.deliveries[named].is_owed

    def _receiver(self, delivery: Delivery) -> str:
        asked, channel = self._asked(delivery), self._channels.get(delivery.channel)
        return "nobody" if asked is None or channel is None else channel.receiver(asked)

    def _asked(self, delivery: Delivery) -> Subscription | None:
        """Return to whom a delivery goes; None where nothing is known of them."""
        state = self._ledger.state
        if is_call(delivery.update):
            return callee(delivery.subscription)
        if not is_reply(delivery.update):
            return state.subscription(delivery.subscription)
        case = state.cases.get(delivery.subscription)
        return None if case is None else customer(case)

    # -- sending ----------------------------------------------------------------------------------

    def _start_due(self) -> None:
        if self._is_full or self._is_stopping or self._unwritten_count > _MOST_UNWRITTEN:
            return
        loop = asyncio.get_running_loop()
        for named in self._schedule.take(self._clock()):
            task = loop.create_task(self._send(named))
            self._tasks[named] = task
            loop.call_later(self._policy.quick_s, self._linger, named, task)

    def _linger(self, named: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(named) is not task:
            return
        if self._doorway.is_waiting(named):  # not its receiver's fault
            asyncio.get_running_loop().call_later(self._policy.quick_s, self._linger, named, task)
            return
        evicted = self._schedule.linger(named)
        if evicted in self._tasks:
            self._tasks[evicted].cancel()
        self._start_due()

    async def _send(self, named: str) -> None:
        delivery = self._ledger.state.deliveries[named]
        asked = self._asked(delivery)
        if not self._shared.is_still_ours(delivery, self._clock()):
            self._schedule.leave(named)
            self._owe(delivery)
        elif (answer := None if asked is None else await self._answer(delivery, asked)) is None:
            self._schedule.refused(named, self._clock())
            if delivery.is_owed:  # otherwise another site was first
                self._shared.ended(named)
                self._write(Draft(kind="delivery.done", subject=named, payload={"outcome": "not_wanted"}))
        else:
            self._conclude(delivery, answer)
        del self._tasks[named]
        self._start_due()
        if not self._tasks:
            self._woken.set()

    async def _answer(self, delivery: Delivery, asked: Subscription) -> Answer | None:
        """Return what became of a sending; None where it is not wanted any more."""
        channel = self._channels.get(asked.channel)
        if channel is None:
            return Answer(became=Became.DOWN, says="this site does not send over this channel")
        try:
            if is_reply(delivery.update):
                return await self._replied(delivery, asked, channel)
            if (message := self._message(delivery, asked)) is not None:
                return await channel.send(message, asked, self._clock(), self._handover(delivery))
        except asyncio.CancelledError:
            return _BROKEN_OFF
        except UnwantedError:
            pass
        except Exception as error:  # noqa: BLE001  one notice's misfortune is not the others'
            return Answer(became=Became.DOWN, says=f"our own fault: {type(error).__name__}")
        return None

    async def _replied(self, delivery: Delivery, asked: Subscription, channel: Channel) -> Answer | None:
        """Return what became of mailing a customer; None where it is not owed any more."""
        if not delivery.is_owed or not isinstance(channel, MailChannel):
            return None
        entries = await self._ledger.about(delivery.subscription)
        message = reply(
            self._setting, entries, named=delivery.id, update=delivery.update, key=self._key,
            receipt_of=self._receipt_of,
        )  # fmt: skip
        if message is None:
            return None
        return await channel.send(message, asked, self._clock(), self._handover(delivery))

    def _handover(self, delivery: Delivery) -> Handover:
        return partial(self._doorway.passing, delivery.id)

    def _message(self, delivery: Delivery, asked: Subscription) -> Notice | Question | None:
        """Return what is to be sent; None where it is not wanted any more."""
        state, setting = self._ledger.state, self._setting
        if not delivery.is_owed:
            return None
        if delivery.update == QUESTION:
            lapsed = asked.until_s is not None and asked.until_s < self._clock()
            if lapsed or asked.is_confirmed or asked.is_ended:
                return None
            return question(state, setting, asked, named=delivery.id, key=self._key)
        if not asked.is_confirmed:
            return None
        if is_call(delivery.update):
            return self._call(delivery)
        language = asked.language or setting.languages[0]
        found = self._told.get((delivery.update, language)) or self._tell(delivery.update, language)
        end_url = end_address(setting.url, self._key, asked.id)
        return None if found is None else Notice(id=delivery.id, told=found, end_url=end_url)

    def _call(self, delivery: Delivery) -> Notice | None:
        """Return a call; None where somebody has answered since."""
        one, now_s = self._ledger.state.outage(called_outage(delivery.update)), self._clock()
        if one is None or not one.is_open or (one.holder and not one.is_overdue(now_s)):
            return None
        return Notice(id=delivery.id, told=call(self._setting, one, delivery.update, now_s), end_url="")

    def _tell(self, update: str, language: str) -> Told | None:
        one = self._ledger.state.outage(self._outages.get(update, ""))
        said = [] if one is None else [found for found in one.updates if found.id == update]
        if one is None or not said:
            return None
        found = self._told[update, language] = told(self._ledger.state, self._setting, one, said[0], language)
        return found

    def _conclude(self, delivery: Delivery, answer: Answer) -> None:
        """Tell the schedule what became of a sending, and write it down."""
        named, now_s, became = delivery.id, self._clock(), answer.became
        self.became[became] += 1
        self._shared.concluded(delivery, self._receiver(delivery), became, now_s)
        if became in {Became.DELIVERED, Became.REFUSED, Became.GONE}:
            self._shared.ended(named)
        if became is Became.DELIVERED:
            self._schedule.delivered(named, now_s)
            self._write(Draft(kind="delivery.done", subject=named, payload={"outcome": "delivered"}))
            return
        if became in {Became.REFUSED, Became.GONE}:
            self._schedule.refused(named, now_s)
            self._write(Draft(kind="delivery.done", subject=named, payload={"outcome": "refused"}))
            if became is Became.GONE and not is_reply(delivery.update):
                payload = {"because": "bounced" if delivery.channel == "email" else "gone"}
                self._write(Draft(kind="subscription.ended", subject=delivery.subscription, payload=payload))
            return
        next_s = self._schedule.failed(
            named, now_s, self._draw, is_down=became is Became.DOWN, not_before_s=now_s + answer.wait_s
        )
        if next_s is None:
            self._shared.ended(named)
            self._write(Draft(kind="delivery.done", subject=named, payload={"outcome": "gave_up"}))
        else:
            if not self._shared.is_alone:  # once that is read back it is another site's turn
                self._schedule.leave(named)
            payload_tried = {"outcome": answer.says, "next_s": next_s}
            self._write(Draft(kind="delivery.attempted", subject=named, payload=payload_tried))

    # -- writing ----------------------------------------------------------------------------------

    def _write(self, draft: Draft) -> None:
        self._ledger.jotter.say(draft)
        self._unwritten.append(draft)
        self._unwritten_count += 1
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write_all())

    async def _write_all(self) -> None:
        """Write what is known by now, all together; what comes meanwhile is next."""
        while self._unwritten:
            drafts, self._unwritten = self._unwritten, []
            await self._append(drafts)
            self._ledger.jotter.forget(drafts)
            self._unwritten_count -= len(drafts)
            self._start_due()  # it may have waited for the writing
        self._writing = None
        if not self._tasks:
            self._woken.set()

    async def _append(self, drafts: list[Draft]) -> None:
        """Append entries; while the disk is full, wait and begin no sending."""
        while True:
            try:
                await self._ledger.append(drafts)
            except (NoSpaceError, StoreError):
                self._is_full = True
                if self._is_stopping:
                    raise
                await asyncio.sleep(FULL_DISK_S)
            else:
                self._is_full = False
                return

    async def _wait(self) -> None:
        """Wait until something happened, or something is due."""
        now_s = self._clock()
        due_s = self._schedule.next_s(now_s)
        wait_s = POLL_S if due_s is None else min(POLL_S, max(0.0, due_s - now_s))
        if self._woken.is_set():
            await asyncio.sleep(0)
            return
        try:
            async with asyncio.timeout(wait_s):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _end(self) -> None:
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=STOP_S)
        for task in (left := list(self._tasks.values())):
            task.cancel()
        await asyncio.gather(*left)
        if self._writing is not None:
            await self._writing
        for channel in self._channels.values():
            await channel.close()
