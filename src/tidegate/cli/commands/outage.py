"""`tidegate outage …`: keep the record of what is broken, with no server and no network."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.journal import desk_in
from tidegate.cli.new_names import tell_new_components
from tidegate.cli.options import Out, TranslationsFile, emit, in_unicode
from tidegate.cli.written_record import read_only
from tidegate.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidegate.track.outage import Outage
    from tidegate.verbs.record.outage import Desk, Words

outage = typer.Typer(
    name="outage", help="Keep the record of an outage, and find the words for it.", no_args_is_help=True
)
app.add_typer(outage)

Data = Annotated[
    str, typer.Option("--data", envvar="TIDEGATE_DATA", help="The folder in which the journal is kept.")
]
WorldOption = Annotated[
    str | None,
    typer.Option("--world", envvar="TIDEGATE_WORLD", help="A world file or bundled world: who needs what."),
]
By = Annotated[str, typer.Option("--by", envvar="TIDEGATE_BY", help="Who says so.")]
At = Annotated[
    str | None, typer.Option("--at", help="When it was so, such as 2021-12-07T07:30-08:00; now if left out.")
]
Zone = Annotated[
    str, typer.Option("--zone", envvar="TIDEGATE_ZONE", help="The local time that stands beside UTC.")
]
Languages = Annotated[
    list[str] | None, typer.Option("--language", help="A language to speak; may be repeated.")
]
Which = Annotated[
    str,
    typer.Argument(metavar="[OUTAGE]", help="Its id or the beginning of it; the only open one if left out."),
]
Option = Annotated[
    str, typer.Option("--outage", help="Its id or the beginning of it; the only open one if left out.")
]
Because = Annotated[str, typer.Option("--because", help="Why.")]

DATA = "tidegate-data"


@contextmanager
def _desk(
    data: str,
    *,
    begin: bool = False,
    world: str | None = None,
    by: str = "operator",
    zone: str = "UTC",
    languages: list[str] | None = None,
    translations: str = "",
) -> Iterator[Desk]:
    """Give everything a command needs to work on the record in a folder."""
    from tidegate.adapters.files.translations import read_translations
    from tidegate.inform.draft import Setting, check_setting

    stated = read_translations(translations)
    setting = Setting(languages=tuple(languages or ["en"]), zone=zone, translations=stated)
    check_setting(setting)
    with desk_in(data, by=by, begin=begin, world=_world(world), setting=setting) as (desk, _):
        yield desk


def _world(name: str | None):  # type: ignore[no-untyped-def]  # noqa: ANN202  loaded only when named
    if name is None:
        return None
    from tidegate.adapters.files.measured import load_world

    return load_world(name).world


def _moment(text: str | None) -> float | None:
    from tidegate.journal.moment import parse_moment

    return None if text is None else parse_moment(text)


def _show(desk: Desk, one: Outage, now_s: float | None = None) -> None:
    from itertools import chain

    from tidegate.present.record.differing_text import differing_lines
    from tidegate.present.record.outage_text import fitted, outage_text
    from tidegate.track.seen_edits import side_by_side
    from tidegate.verbs.record.affected import in_order

    titles, zone = desk.speaking(one).titles, desk.setting.zone
    now_s = desk.clock() if now_s is None else now_s
    story = [entry for entry in desk.state.story(one.id) if entry.said_s <= now_s]
    lines = chain(
        outage_text(in_order(desk, one), now_s, titles=titles, zone_name=zone),
        differing_lines(side_by_side(story), titles, zone),
    )
    sys.stdout.write(f"{one.id}\n" + fitted(lines, width=width(), unicode=in_unicode()))


def _show_words(words: Words) -> None:
    from tidegate.present.record.outage_text import fitted, words_text

    sys.stdout.write(fitted(words_text(words.texts, words.findings), width=width(), unicode=in_unicode()))


@outage.command("open")
def open_(  # noqa: PLR0913  one parameter for each option
    title: Annotated[str, typer.Argument(help="What to call it; the cause's own title if left out.")] = "",
    *,
    data: Data = DATA,
    world: WorldOption = None,
    cause: Annotated[
        str, typer.Option("--cause", help="What it comes from: a crossing or service of the world.")
    ] = "",
    component: Annotated[
        list[str] | None,
        typer.Option("--component", metavar="NAME[=STATUS]", help="Affected; may be repeated."),
    ] = None,
    segment: Annotated[
        list[str] | None, typer.Option("--segment", help="Customers affected; may be repeated.")
    ] = None,
    at: At = None,
    exercise: Annotated[bool, typer.Option("--exercise", help="It is a drill.")] = False,
    by: By = "operator",
    zone: Zone = "UTC",
) -> None:
    """Open an outage; with a world, its cause says who is affected."""
    from tidegate.verbs.record.affected import parse_components
    from tidegate.verbs.record.outage import Report, open_outage

    report = Report(
        title=title,
        since_s=_moment(at),
        cause=cause,
        components=parse_components(component or []),
        segments=segment or [],
        is_exercise=exercise,
    )
    with _desk(data, begin=True, world=world, by=by, zone=zone) as desk:
        tell_new_components(desk.state, component or [])
        _show(desk, open_outage(desk, report))


def _move(
    which: str, event: str, *, data: str, at: str | None, because: str, by: str, despite_alerts: bool = False
) -> None:
    from tidegate.track.lifecycle import OutageEvent
    from tidegate.verbs.record.closing import end
    from tidegate.verbs.record.outage import find_outage, move, write_update

    with _desk(data, by=by) as desk:
        one, at_s = find_outage(desk.state, which), _moment(at)
        if event == OutageEvent.RESOLVE.value:
            one = end(desk, one, at_s=at_s, because=because, despite_alerts=despite_alerts)
        else:
            one = move(desk, one, OutageEvent(event), at_s=at_s, because=because)
        _show(desk, one)
        _show_words(write_update(desk, one))
    sys.stderr.write(f"Drafted, not public. Next: tidegate outage publish {one.id}\n")


@outage.command()
def confirm(  # noqa: PLR0913  one parameter for each option
    which: Which = "",
    *,
    data: Data = DATA,
    world: WorldOption = None,
    at: At = None,
    because: Because = "",
    language: Languages = None,
    translations: TranslationsFile = "",
    zone: Zone = "UTC",
    by: By = "operator",
) -> None:
    """Say that it is so, and have the first words drafted."""
    from tidegate.track.lifecycle import OutageEvent
    from tidegate.verbs.record.outage import find_outage, move, write_update

    with _desk(data, world=world, by=by, zone=zone, languages=language, translations=translations) as desk:
        one = find_outage(desk.state, which)
        one = move(desk, one, OutageEvent.CONFIRM, at_s=_moment(at), because=because)
        _show_words(write_update(desk, one))
    sys.stderr.write(f"Drafted, not public. Next: tidegate outage publish {one.id}\n")


@outage.command("move")
def move_(
    event: Annotated[
        str,
        typer.Argument(help="contain, recover, relapse, split, retract; confirm and resolve have their own."),
    ],
    which: Which = "",
    *,
    data: Data = DATA,
    at: At = None,
    because: Because = "",
    by: By = "operator",
) -> None:
    """Pass it into another state."""
    from tidegate.errors import Fault, InputError
    from tidegate.journal.entry_kinds import EVENTS

    if event not in EVENTS:
        raise InputError(Fault(what="cannot happen to an outage", value=event, allowed=", ".join(EVENTS)))
    _move(which, event, data=data, at=at, because=because, by=by)


@outage.command()
def resolve(
    which: Which = "",
    *,
    data: Data = DATA,
    at: At = None,
    because: Because = "",
    publish: Annotated[
        bool, typer.Option("--publish", help="Say so in public, in the drafted words.")
    ] = False,
    despite_alerts: Annotated[
        bool, typer.Option("--despite-alerts", help="Resolve it although alerts of it still fire.")
    ] = False,
    by: By = "operator",
) -> None:
    """Say that everything is as before."""
    if not publish:
        _move(which, "resolve", data=data, at=at, because=because, by=by, despite_alerts=despite_alerts)
        return
    from tidegate.verbs.record.closing import resolve as close
    from tidegate.verbs.record.outage import find_outage

    with _desk(data, by=by) as desk:
        one, at_s = find_outage(desk.state, which), _moment(at)
        _show_words(close(desk, one, at_s=at_s, because=because, despite_alerts=despite_alerts))
    sys.stderr.write("Published. `tidegate serve` shows it now, `tidegate publish` writes it.\n")


@outage.command()
def update(  # noqa: PLR0913  one parameter for each option
    which: Which = "",
    *,
    data: Data = DATA,
    world: WorldOption = None,
    lead: Annotated[
        str, typer.Option("--lead", help="What to say first, instead of the standing sentence.")
    ] = "",
    advice: Annotated[str, typer.Option("--advice", help="What to do meanwhile.")] = "",
    text: Annotated[str, typer.Option("--text", help="The whole words, in the first language.")] = "",
    next_update: Annotated[str | None, typer.Option("--next", help="When we speak next.")] = None,
    language: Languages = None,
    translations: TranslationsFile = "",
    zone: Zone = "UTC",
    by: By = "operator",
) -> None:
    """Draft what to say, and check its wording."""
    from tidegate.verbs.record.outage import find_outage, write_update

    with _desk(data, world=world, by=by, zone=zone, languages=language, translations=translations) as desk:
        one = find_outage(desk.state, which)
        texts = {desk.setting.languages[0]: text} if text else None
        _show_words(
            write_update(desk, one, texts=texts, lead=lead, advice=advice, next_s=_moment(next_update))
        )
    sys.stderr.write(f"Drafted, not public. Next: tidegate outage publish {one.id}\n")


@outage.command("publish")
def publish_(  # noqa: PLR0913  one parameter for each option
    which: Which = "",
    *,
    data: Data = DATA,
    world: WorldOption = None,
    draft: Annotated[str, typer.Option("--draft", help="Which draft; the latest if left out.")] = "",
    despite: Annotated[
        bool, typer.Option("--despite-wording", help="Publish words that break a rule.")
    ] = False,
    segment: Annotated[
        str, typer.Option("--segment", help="The customer segment it is for alone; everybody if left out.")
    ] = "",
    translations: TranslationsFile = "",
    zone: Zone = "UTC",
    by: By = "operator",
) -> None:
    """Put a draft on record as public; `tidegate serve` and `tidegate publish` show it."""
    from tidegate.verbs.record.outage import find_outage, publish
    from tidegate.world.file.nearest_name import shown

    with _desk(data, world=world, by=by, zone=zone, translations=translations) as desk:
        one = find_outage(desk.state, which)
        _show_words(publish(desk, one, update=draft, segment=segment, despite=despite))
    for_whom = f" for {shown(segment)} alone" if segment else ""
    sys.stderr.write(f"Published{for_whom}. `tidegate serve` shows it now, `tidegate publish` writes it.\n")


@outage.command()
def change(
    component: Annotated[list[str], typer.Argument(metavar="NAME=STATUS", help="How a component is now.")],
    *,
    which: Option = "",
    data: Data = DATA,
    at: At = None,
    by: By = "operator",
) -> None:
    """Say how its components are from a time on."""
    from tidegate.verbs.record.acknowledge import draft_anew
    from tidegate.verbs.record.affected import parse_components
    from tidegate.verbs.record.outage import change as change_components
    from tidegate.verbs.record.outage import find_outage

    with _desk(data, by=by) as desk:
        one = find_outage(desk.state, which)
        tell_new_components(desk.state, component)
        one = change_components(desk, one, components=parse_components(component), at_s=_moment(at))
        draft_anew(desk)
        _show(desk, one)


@outage.command()
def tried(
    what: Annotated[str, typer.Argument(help="What was done.")],
    *,
    effect: Annotated[str, typer.Option("--effect", help="What it did.")] = "",
    which: Option = "",
    data: Data = DATA,
    at: At = None,
    by: By = "operator",
) -> None:
    """Keep what was done about it, and what it did."""
    from tidegate.verbs.record.outage import find_outage
    from tidegate.verbs.record.outage import tried as keep

    with _desk(data, by=by) as desk:
        _show(desk, keep(desk, find_outage(desk.state, which), what=what, effect=effect, at_s=_moment(at)))


@outage.command()
def hold(
    which: Which = "",
    *,
    release: Annotated[bool, typer.Option("--release", help="Let it go instead.")] = False,
    data: Data = DATA,
    by: By = "operator",
) -> None:
    """Take it in hand: whoever holds it is answerable for its words."""
    from tidegate.verbs.record.acknowledge import hold as take
    from tidegate.verbs.record.outage import find_outage

    with _desk(data, by=by) as desk:
        _show(desk, take(desk, find_outage(desk.state, which), "" if release else by))


@outage.command("merge")
def merge_(
    which: Annotated[str, typer.Argument(metavar="OUTAGE", help="What is part of another.")],
    into: Annotated[str, typer.Argument(metavar="INTO", help="The other.")],
    *,
    data: Data = DATA,
    because: Because = "",
    by: By = "operator",
) -> None:
    """Make two outages one."""
    from tidegate.verbs.record.outage import find_outage, merge

    with _desk(data, by=by) as desk:
        one, other = find_outage(desk.state, which), find_outage(desk.state, into)
        _show(desk, merge(desk, one, other, because=because))


@outage.command("list")
def list_(*, data: Data = DATA) -> None:
    """List all outages, the open ones first; exit 3 where a promised update is overdue."""
    from tidegate.present.record.outage_text import outages_text
    from tidegate.verbs.record.outage import overdue

    with _desk(data) as desk:
        now_s = desk.clock()
        sys.stdout.write(outages_text(desk.state.outages(), now_s, width=width(), unicode=in_unicode()))
        if overdue(desk.state, now_s):
            raise typer.Exit(ExitCode.CONDITIONS)


@outage.command()
def show(
    which: Which = "",
    *,
    data: Data = DATA,
    world: WorldOption = None,
    said: Annotated[str | None, typer.Option("--as-said", help="As it had been told by this time.")] = None,
    zone: Zone = "UTC",
) -> None:
    """Show one outage, now or as it had been told by a time."""
    from tidegate.errors import Fault, InputError
    from tidegate.verbs.record.outage import find_outage

    with _desk(data, world=world, zone=zone) as desk:
        one: Outage | None = find_outage(desk.state, which)
        said_s = _moment(said)
        if said_s is not None and one is not None:
            one = desk.state.outage_as_said(one.id, said_s)
        if one is None:
            raise InputError(
                Fault(what="nothing had been said of it by then", kind="statement", value=str(said))
            )
        _show(desk, one, said_s)


@outage.command("summary")
def summary_(
    which: Which = "",
    *,
    data: Data = DATA,
    record: Annotated[
        str | None,
        typer.Option("--record", help="A written record instead of a journal; a file or a bundled one."),
    ] = None,
    world: WorldOption = None,
    zone: Annotated[
        str | None,
        typer.Option("--zone", envvar="TIDEGATE_ZONE", help="Local time beside UTC; a record has its own."),
    ] = None,
    out: Out = "-",
) -> None:
    """Write the post-event summary from the record, as Markdown."""
    from tidegate.present.record.summary_text import summary_page
    from tidegate.track.summary import summary
    from tidegate.verbs.record.outage import find_outage

    opened = (
        _desk(data, world=world, zone=zone or "UTC")
        if record is None
        else read_only(record, _world(world), zone)
    )
    with opened as desk:
        found = summary(find_outage(desk.state, which), desk.clock())
        titles = desk.speaking(found.outage).titles
        emit(out, summary_page(found, titles=titles, zone_name=desk.setting.zone))
