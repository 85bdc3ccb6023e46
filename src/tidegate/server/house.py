"""What does one server hold? Its settings, record, intake, accounts, and what watches over them."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tidegate.adapters.files.quarantine import Quarantine
from tidegate.adapters.files.translations import read_translations
from tidegate.adapters.files.worlds import read_world_text
from tidegate.adapters.store.journal_begin import open_or_begin
from tidegate.adapters.store.journal_file import KEY_NAME
from tidegate.adapters.store.left_whole import leave, take_up
from tidegate.adapters.store.secrets_file import SecretsFile
from tidegate.adapters.store.site_key import public_text, read_key
from tidegate.errors import Fault, InputError, TidegateError
from tidegate.inform.reply import case_way
from tidegate.inform.sending_turn import CALLS, SendingSites, sending_sites
from tidegate.inform.site.apart import TOGETHER
from tidegate.inform.site.segment_link import segment_of
from tidegate.inform.token import CommonKey
from tidegate.inform.translations import with_world
from tidegate.inform.wish import is_mail_address
from tidegate.journal.clock import Steady
from tidegate.journal.shared_secrets import Ring
from tidegate.journal.site_members import Members
from tidegate.present.console.frame import Alarm, Reader, Sent
from tidegate.server.access.accounts import Accounts, Visitor
from tidegate.server.connection_book import Connections
from tidegate.server.duties.exchanging import Exchanging
from tidegate.server.duties.letting_go import LettingGo
from tidegate.server.duties.publishing import Publisher
from tidegate.server.duties.rounds import Rounds
from tidegate.server.duties.sending import Notices
from tidegate.server.duties.sites_seen import SitesWatch
from tidegate.server.duties.storing import Storing
from tidegate.server.duties.watch import PlaceWatch
from tidegate.server.exact_answers import ExactAnswers
from tidegate.server.given_rulings import GivenRulings
from tidegate.server.intake import Intake
from tidegate.server.mail_intake import MailIntake
from tidegate.server.peers.conversations import Conversations
from tidegate.server.setting import ServerSetting
from tidegate.server.site_record import Record
from tidegate.server.worker_pools import Pools
from tidegate.verbs.record.component import declare, public_of
from tidegate.verbs.record.left_sheets import Sheets
from tidegate.verbs.record.publish import link_secrets

if TYPE_CHECKING:
    from tidegate.adapters.store.journal_file import JournalFile
    from tidegate.world.world import World

PUBLIC = "public"
_LOG = logging.getLogger("tidegate.server")


def read_the_world(name: str) -> World | None:
    """Return the world of a name; None where no name is given.

    Raises
    ------
    InputError
        With every fault of the world.
    """
    return _world(*read_world_text(name)) if name else None


class House:
    """Everything one server holds; opening it opens the journal.

    Parameters
    ----------
    setting
        How it is set.
    url
        Where the public site is found.
    clock
        Gives the seconds since 1970 (UTC), however the machine's own clock is set.
    connections
        The book of its connections.

    Raises
    ------
    TidegateError
        If the journal, its key, the secrets or the world cannot be used.
    """

    def __init__(
        self,
        setting: ServerSetting,
        *,
        url: str,
        clock: Steady | None = None,
        connections: Connections | None = None,
    ) -> None:
        self.setting = setting
        self.connections = connections or Connections()
        self.url = setting.url or url
        self.folder = Path(setting.data)
        self.world_text = read_world_text(setting.world) if setting.world else ("", "")
        world = _world(*self.world_text) if setting.world else None
        self.journal = open_or_begin(self.folder, site=setting.site, title=setting.name, clock=clock)
        _refuse_another(setting.site, self.journal)
        self.kept = SecretsFile(self.folder)
        self._known_keys: tuple[Ring, Ring] | None = None
        stated = read_translations(setting.translations)
        speaking = replace(setting.speaking, translations=stated)
        self.record = Record(self.journal, world=world, setting=speaking)
        key = read_key(self.folder / KEY_NAME)
        self.site_key = public_text(key)
        self.intake = Intake(self.journal, key)
        self.pools = Pools()
        self.accounts = Accounts(self.record, self.kept, session_s=setting.session_s)
        segments = {name: one.title or name for name, one in world.segments.items()} if world else {}
        # The same as `tidegate publish` makes, so that either's addresses hold for both.
        first, *older = link_secrets(self.kept, key)
        site = setting.public_site(self.url, segments, first)
        self.site = replace(site, translations=with_world(stated, world), older_link_secrets=tuple(older))
        self.publisher = Publisher(
            self.record, self.site, key, folder=self.folder / PUBLIC, cache=self.folder / "targets",
            further=setting.publish_to,
        )  # fmt: skip
        self.files = Quarantine(self.folder / "quarantine")
        self._own_key = key
        self._members: tuple[int, Members] | None = None
        self.conversations = Conversations(self.journal.site, key=lambda: key, members=self.members)
        self.exchanging = Exchanging(
            self.journal, members=self.members, addresses=setting.peers, key=lambda: key, arrived=self.wake,
            kept=self.kept, looked=self.mind_the_sites,
        )  # fmt: skip
        self.storing = Storing(
            self.journal, members=self.members, places=setting.exchange, unheard=self.exchanging.unheard,
            arrived=self.wake, looked=self.mind_the_sites,
            sheets=Sheets(self.journal, members=self.members, kept=self.kept, key=lambda: key),
        )  # fmt: skip
        self.rounds = Rounds(
            self.record, setting, segments, hourly=self.files.drop_old, sites=self.sending,
            is_catching_up=self.exchanging.is_catching_up,
        )  # fmt: skip
        self.watch = PlaceWatch(self.record, setting)
        self.mail = MailIntake(self.intake, self.files if setting.attachments else None, lambda: self.key)
        self.notices = Notices(
            self.journal, setting.channels, self.site, lambda: self.key, receipt_of=self.intake.receipt,
            besides=(CALLS,) if setting.call else (),
        )  # fmt: skip
        self.letting_go = LettingGo(self.record, members=self.members, notices=self.notices)
        self.sites = SitesWatch(
            self.record, members=self.members, exchanging=self.exchanging, conversations=self.conversations
        )
        self._apart = TOGETHER
        self.mind_the_sites()
        self.gate = GivenRulings(Path(setting.gate))
        self.exact_answers = ExactAnswers(setting.world, *self.world_text)
        self.is_ending = False

    @property
    def ways_to_tell(self) -> tuple[str, ...]:
        """The channels over which anybody may ask for notices."""
        if not self.setting.notices:
            return ()
        return (*(["email"] if self.setting.mail_server else []), "webhook", "slack", "teams")

    @property
    def public(self) -> Path:
        """Where the published site is read from."""
        return self.folder / PUBLIC / "current"

    @property
    def key(self) -> CommonKey:
        """What all sites make words and addresses of."""
        return self.accounts.key

    def mind_the_sites(self) -> None:
        """Have pages and senders take what holds now: another key, or that other sites are not heard."""
        held, apart, self.is_retired = self.kept.held, self.sites.apart(), self.sites.is_retired()
        known, self._known_keys = self._known_keys, (held.keys, held.links)
        has_new_keys = known is not None and known != self._known_keys
        if has_new_keys:
            first, *older = link_secrets(self.kept, self._own_key)
            self.site = replace(self.site, link_secret=first, older_link_secrets=tuple(older))
            self.notices.renew()
        if has_new_keys or apart != self._apart:
            self._apart = apart
            self.publisher.restate(self.site, apart)

    def members(self) -> Members:
        """Return whom this site works with, as the record says at this moment."""
        with self.record.reading() as state:
            book = state.sites
            if self._members is None or self._members[0] != book.said_count:
                self._members = book.said_count, book.seen_from(self.journal.site, self.site_key)
            return self._members[1]

    def sending(self) -> SendingSites:
        """Return which sites send, and what each can, as the record says at this moment."""
        others = [one.name for one in self.members().others]
        with self.record.reading() as state:
            return sending_sites(self.journal.site, others, state.sites)

    def wake(self) -> None:
        """Let those look who wait for what is said."""
        self.publisher.wake()
        self.notices.wake()

    def recall(self) -> None:
        """Find out whether this folder holds all that this site said: only then it writes on in its chain."""
        was_left = take_up(self.journal)
        if self.members().others and not self.journal.is_continued():
            if was_left and self.exchanging.nobody_knows_more():
                self.journal.vouch()
            else:
                _LOG.warning(
                    "it is not known whether this folder holds all that its site said: its next word begins "
                    "another chain"
                )

    def start(self) -> None:
        """Begin to publish and to watch."""
        self.furnish()
        self.exchanging.start()
        self.storing.start()
        self.letting_go.start()
        self.publisher.start()
        self.rounds.start()
        self.watch.start()
        if self.setting.notices:
            self.notices.start()
        else:
            self.notices.decline("it is set to send nothing")
        if self.setting.smtp_port:
            self.mail.start(self.setting.host, self.setting.smtp_port)

    def furnish(self) -> None:
        """Take what a world's author chose for the public as components, where there are none yet."""
        with self.record.desk("system") as desk:
            if desk.world is not None and not desk.state.components():
                declare(desk, public_of(desk.world))

    def close(self) -> None:
        """Finish what was begun and let the journal go."""
        self.is_ending = True
        self.exchanging.stop()
        self.storing.stop()
        self.letting_go.stop()
        self.exact_answers.close()
        self.mail.stop()
        self.watch.stop()
        self.rounds.stop()
        self.publisher.stop()
        self.notices.stop()
        self.pools.close()
        self.intake.close()
        self.gate.close()
        with suppress(TidegateError):  # where it is not said that nothing is missing, nothing is lost
            leave(self.journal)
        self.journal.close()

    def reader(
        self,
        visitor: Visitor | None = None,
        *,
        csrf: str = "",
        done: str = "",
        faults: Sequence[str] = (),
        sent: Sent | None = None,
        language: str = "en",
    ) -> Reader:
        """Return for whom a page is written."""
        return Reader(
            site=self.setting.name, now_s=self.record.clock(), zone=self.setting.zone,
            name=visitor.name if visitor else "", role=visitor.role if visitor else "", csrf=csrf,
            alarms=self._alarms(visitor.name) if visitor else (), done=done, faults=faults,
            sent=sent, has_gate=bool(self.setting.gate), has_watch=bool(self.setting.watch),
            has_world=bool(self.setting.world), has_sites=bool(visitor and self.members().others),
            language=language, languages=self.setting.languages,
        )  # fmt: skip

    def _alarms(self, who: str) -> tuple[Alarm, ...]:
        stores = (Alarm(says=says) for says in self.storing.alarms)
        return (*self.sites.alarms, *stores, *self.watch.alarms, *self.rounds.alarms_for(who))

    def segment_of(self, word: str) -> str:
        """Return the customer segment whose own page has this word in its address; empty for none."""
        return segment_of(self.site, word, self.record.clock())

    def way(self, case: str) -> str:
        """Return the address at which only its customer finds a case."""
        return case_way(self.key, case)

    @property
    def is_mailing(self) -> bool:
        """Whether receipts and answers are mailed at all."""
        return bool(self.setting.mail_server) and self.setting.notices

    def mailed_to(self, contact: str) -> str:
        """Return the address to which a case's receipt and answers are mailed; empty where none is."""
        return contact if self.is_mailing and is_mail_address(contact) else ""

    @staticmethod
    def new_key() -> str:
        """Return an idempotency key for a form."""
        return secrets.token_urlsafe(16)


def _world(text: str, source: str) -> World:
    from tidegate.world.file.read import read_world  # noqa: PLC0415  of many servers none has a world

    return read_world(text, source).world


def _refuse_another(site: str, journal: JournalFile) -> None:
    """Refuse to serve a folder as a site that it is not."""
    if site not in {ServerSetting.site, journal.site}:
        journal.close()
        allowed = f"{journal.site}, as its journal says"
        raise InputError(Fault(what="is not this folder's site", path="site", value=site, allowed=allowed))
