"""`tidegate notify …`: who hears of outages, what is owed to them, and sending it without a server."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.commands.outage import DATA, By, Data
from tidegate.cli.journal import desk_in
from tidegate.cli.options import TranslationsFile, in_colour, in_unicode
from tidegate.exit_codes import ExitCode

if TYPE_CHECKING:
    from tidegate.adapters.channels.channel_setting import ChannelSetting
    from tidegate.adapters.store.journal_file import JournalFile
    from tidegate.inform.site.site_setting import SiteSetting

notify = typer.Typer(
    name="notify", help="Tell people of outages: subscriptions, what is owed, sending.", no_args_is_help=True
)
app.add_typer(notify)

Channel = Annotated[str, typer.Argument(help="email, webhook, slack, teams or operators.")]
Address = Annotated[str, typer.Argument(help="Where: a mail address, an https address, or a channel's name.")]
Url = Annotated[
    str, typer.Option("--url", envvar="TIDEGATE_URL", help="Where the public site is, for links in notices.")
]
Name = Annotated[str, typer.Option("--name", envvar="TIDEGATE_NAME", help="What people call the site.")]
MailServer = Annotated[
    str,
    typer.Option(
        "--mail-server", envvar="TIDEGATE_MAIL_SERVER", help="smtp://host:25, smtp+starttls://… or smtps://…"
    ),
]
MailFrom = Annotated[
    str, typer.Option("--mail-from", envvar="TIDEGATE_MAIL_FROM", help="The address that mail comes from.")
]
Networks = Annotated[
    list[str] | None,
    typer.Option(
        "--network", envvar="TIDEGATE_NETWORKS", help="A private network webhooks may be in; may be repeated."
    ),
]
Operators = Annotated[
    list[str] | None,
    typer.Option(
        "--operators", envvar="TIDEGATE_OPERATORS", metavar="NAME=ADDRESS",
        help="An operators' channel and its Apprise address; may be repeated.",
    ),
]  # fmt: skip
Id = Annotated[str, typer.Argument(metavar="SUBSCRIPTION", help="Its id.")]


def _key(data: str) -> bytes:
    from pathlib import Path

    from tidegate.adapters.store.secrets_file import SecretsFile
    from tidegate.inform.token import common_key

    return common_key(SecretsFile(Path(data)).held)


def _site(url: str, name: str, translations: str = "") -> SiteSetting:
    from tidegate.adapters.files.translations import read_translations
    from tidegate.inform.site.site_setting import SiteSetting, check_site_setting

    setting = SiteSetting(url=url.rstrip("/"), name=name, translations=read_translations(translations))
    check_site_setting(setting)
    return setting


def _channel_setting(
    mail_server: str, mail_from: str, networks: list[str] | None, operators: list[str] | None
) -> ChannelSetting:
    from tidegate.adapters.channels.channel_setting import ChannelSetting

    return ChannelSetting(
        mail_server=mail_server,
        mail_from=mail_from,
        networks=tuple(networks or ()),
        operators=_named(operators),
    )


def _named(operators: list[str] | None) -> dict[str, str]:
    from tidegate.errors import Fault, InputError

    pairs = [word.partition("=") for word in operators or ()]
    if not all(name and address for name, _, address in pairs):
        raise InputError(Fault(what="is no operators' channel", allowed="NAME=ADDRESS"))
    return {name: address for name, _, address in pairs}


def _say(lines: list[str]) -> None:
    from tidegate.present.layout import Page

    page = Page(width=width(), colour=in_colour(), unicode=in_unicode())
    for text in lines:
        page.paragraph(text, indent="")
    sys.stdout.write(page.text())


@notify.command()
def subscribe(  # noqa: PLR0913  one parameter for each option
    channel: Channel,
    address: Address,
    *,
    data: Data = DATA,
    component: Annotated[
        list[str] | None, typer.Option("--component", help="Only this component; may be repeated.")
    ] = None,
    segment: Annotated[
        list[str] | None, typer.Option("--segment", help="With this segment's own words; may be repeated.")
    ] = None,
    severity: Annotated[str, typer.Option(help="The least impact: none, minor, major or critical.")] = "none",
    language: Annotated[str, typer.Option(help="The language to write in; the site's own if left out.")] = "",
    vouch: Annotated[
        bool, typer.Option("--vouch", help="The address is ours: it is not asked whether it agrees.")
    ] = False,
    operators: Operators = None,
    by: By = "operator",
) -> None:
    """Subscribe an address; it is asked first, and hears nothing else until it agrees."""
    from tidegate.inform.wish import Wish
    from tidegate.present.record.notify_text import asked_text, confirmed_text
    from tidegate.verbs.record import notify as verb

    wish = Wish(
        channel=channel, address=address, components=component or (), segments=segment or (),
        severity=severity, language=language,
    )  # fmt: skip
    with desk_in(data, by=by, begin=True) as (desk, _):
        if vouch:
            done = verb.vouch(desk, wish, key=_key(data), operators=_named(operators))
            _say(confirmed_text(done.subscription, done.secret))
        else:
            known = _named(operators)
            subject = verb.ask(desk, wish, key=_key(data), segments=wish.segments, operators=known)
            _say(asked_text(subject))


@notify.command()
def subscriptions(data: Data = DATA) -> None:
    """List who is subscribed."""
    from tidegate.present.record.notify_text import subscriptions_text

    with desk_in(data, by="operator", begin=True) as (desk, _):
        _say(subscriptions_text(desk.state.subscriptions(), desk.clock()))


@notify.command()
def end(subscription: Id, *, data: Data = DATA, by: By = "operator") -> None:
    """End a subscription."""
    from tidegate.verbs.record.notify import dismiss

    with desk_in(data, by=by, begin=True) as (desk, _):
        one = dismiss(desk, subscription)
        _say([f"Ended: {one.channel} {one.address} hears nothing more."])


@notify.command()
def owed(data: Data = DATA) -> None:
    """Say what is owed, what was tried, and how notices ended."""
    from tidegate.inform.notice_counts import standing, unplanned
    from tidegate.present.record.notify_text import standing_text, unplanned_text

    with desk_in(data, by="operator", begin=True) as (desk, _):
        now_s = desk.clock()
        lines = standing_text(standing(desk.state, now_s), now_s)
        _say([*unplanned_text(unplanned(desk.state, now_s)), *lines])


@notify.command()
def run(
    data: Data = DATA,
    *,
    url: Url = "https://status.example.org",
    name: Name = "Status",
    mail_server: MailServer = "",
    mail_from: MailFrom = "",
    network: Networks = None,
    operators: Operators = None,
    translations: TranslationsFile = "",
) -> None:
    """Send what is owed and can be sent now; exit 3 where something waits for another try."""
    import asyncio

    from tidegate.adapters.channels.channel_setting import channels
    from tidegate.adapters.channels.ledger import Ledger
    from tidegate.adapters.channels.sender import Sender
    from tidegate.adapters.store.journal_file import KEY_NAME
    from tidegate.adapters.store.site_key import read_key
    from tidegate.inform.notice_counts import standing
    from tidegate.present.record.notify_text import sent_text, standing_text
    from tidegate.track.case import receipt
    from tidegate.track.receipt import signed_receipt

    key, site = _key(data), _site(url, name, translations)
    setting = _channel_setting(mail_server, mail_from, network, operators)
    site_key = read_key(Path(data) / KEY_NAME)

    async def drain(journal: JournalFile) -> Sender:
        ledger = Ledger(journal)
        try:
            sender = Sender(
                ledger, channels(setting, key), setting=site, key=key, clock=journal.now_s,
                receipt_of=lambda entry: signed_receipt(receipt(entry, journal.site), site_key),
            )  # fmt: skip
            await sender.run(is_drain=True)
        finally:
            ledger.close()
        return sender

    with desk_in(data, by="operator", begin=True) as (_, journal):
        sender = asyncio.run(drain(journal))
    with desk_in(data, by="operator", begin=True) as (desk, _):
        now = standing(desk.state, desk.clock())
        _say(
            [
                *sent_text({became.value: count for became, count in sender.became.items()}),
                *standing_text(now, desk.clock()),
            ]
        )
    raise typer.Exit(ExitCode.CONDITIONS if now.owed else ExitCode.HOLDS)


@notify.command("test")
def try_(  # noqa: PLR0913  one parameter for each option
    channel: Channel,
    address: Address,
    *,
    data: Data = DATA,
    url: Url = "https://status.example.org",
    name: Name = "Status",
    mail_server: MailServer = "",
    mail_from: MailFrom = "",
    network: Networks = None,
    operators: Operators = None,
) -> None:
    """Send one test notice, and say what the receiver answered; exit 5 where it was not delivered."""
    import asyncio

    from tidegate.adapters.channels.channel_setting import channels
    from tidegate.adapters.channels.sending_answer import Answer, Became
    from tidegate.errors import Fault, InputError
    from tidegate.inform.wish import Wish
    from tidegate.verbs.record.notify import trial

    site = _site(url, name)
    setting = _channel_setting(mail_server, mail_from, network, operators)

    async def send() -> Answer:
        ways = channels(setting, _key(data))
        if channel not in ways:
            raise InputError(Fault(what="is not set up here", value=channel, allowed=", ".join(ways)))
        try:
            return await ways[channel].send(notice, one, desk.clock(), nullcontext)
        finally:
            for way in ways.values():
                await way.close()

    with desk_in(data, by="operator", begin=True) as (desk, _):
        notice, one = trial(desk, Wish(channel=channel, address=address), site, key=_key(data))
        answer = asyncio.run(send())
    delivered = answer.became is Became.DELIVERED
    _say(["Delivered." if delivered else f"Not delivered: {answer.became.value} ({answer.says})."])
    raise typer.Exit(ExitCode.HOLDS if delivered else ExitCode.DOES_NOT_HOLD)
