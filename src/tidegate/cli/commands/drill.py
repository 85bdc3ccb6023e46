"""`tidegate drill`: whether sites keep record, word and cases while the tooling itself is cut."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.options import in_colour, in_unicode

if TYPE_CHECKING:
    from tidegate.observe.drill.drill_record import Drill
    from tidegate.verbs.drill import DrillAsked, Drilled

_SITES = "west,east,north"


Sites = Annotated[
    str, typer.Option("--sites", metavar="NAMES", help="The sites made for it; cuts take the last ones.")
]
Cuts = Annotated[
    list[str] | None,
    typer.Option(
        "--cut",
        help="Cut only this, in the order said: mail, identity, database, dns, peers, site, killed, "
        "two-sites, two-killed; may be repeated, or by commas.",
    ),
]
Real = Annotated[
    str | None,
    typer.Option("--real", metavar="FILE", help="Drill real sites, cut by the commands of this file."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Cut real sites; without it, it is said what would be.")]
FirstWord = Annotated[
    float, typer.Option("--first-word", metavar="SECONDS", help="So long a first word or notice may take.")
]
Heal = Annotated[
    float, typer.Option("--heal", metavar="SECONDS", help="So soon all hold the same record after a cut.")
]
LostCases = Annotated[int, typer.Option("--lost-cases", help="So many cases may be lost.")]
LostNotices = Annotated[int, typer.Option("--lost-notices", help="So many notices may be lost.")]
Repeated = Annotated[int, typer.Option("--repeated", help="So many notices may come again, for each cut.")]
Unheard = Annotated[
    int, typer.Option("--unheard", help="So many sites may not say what they could have heard.")
]
ApartSaid = Annotated[
    float,
    typer.Option(
        "--apart-said",
        metavar="SECONDS",
        help="So soon a page says which sites it cannot hear; 0 where that is not looked for.",
    ),
]
Hold = Annotated[
    float, typer.Option("--hold", metavar="SECONDS", help="For how long each thing is cut, at least.")
]
Weekly = Annotated[
    bool, typer.Option("--weekly", help="Say one line, and only where a limit was passed or it got worse.")
]
Last = Annotated[
    str | None,
    typer.Option(
        "--last", metavar="FILE", help="Drills are kept there and compared; drills.jsonl in --data."
    ),
]


@app.command()
def drill(  # noqa: PLR0913  one parameter for each option
    world: Annotated[
        str | None,
        typer.Argument(metavar="[WORLD]", help="A world file or bundled world that the sites are fed with."),
    ] = None,
    *,
    sites: Sites = _SITES,
    cut: Cuts = None,
    real: Real = None,
    yes: Yes = False,
    first_word: FirstWord = 30.0,
    heal: Heal = 30.0,
    lost_cases: LostCases = 0,
    lost_notices: LostNotices = 0,
    repeated: Repeated = 1,
    unheard: Unheard = 0,
    apart_said: ApartSaid = 20.0,
    hold: Hold = 5.0,
    weekly: Weekly = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for machines.")] = False,
    report: Annotated[str | None, typer.Option(help="Write an HTML page there.")] = None,
    last: Last = None,
    data: Annotated[
        str, typer.Option("--data", envvar="TIDEGATE_DATA", help="The folder in which drills are kept.")
    ] = "tidegate-data",
    by: Annotated[str, typer.Option("--by", envvar="TIDEGATE_BY", help="Who runs it.")] = "operator",
) -> int:
    """Rehearse an outage of the tooling itself: cut it piece by piece; see what is late, blind or lost."""
    from tidegate.adapters.files.worlds import refuse_unwritable, write_text
    from tidegate.observe.drill.drill_limits import DrillLimits
    from tidegate.verbs.drill import DRILLS_NAME, DrillAsked, check_asked, drills_before, keep

    limits = DrillLimits(
        first_word_s=first_word, heal_s=heal, lost_cases=lost_cases, lost_notices=lost_notices,
        repeated=repeated, unheard=unheard, apart_said_s=apart_said,
    )  # fmt: skip
    asked = DrillAsked(by=by, at_s=time.time(), cuts=(), limits=limits, hold_s=hold)
    check_asked(asked)
    kept = last or str(_folder(data) / DRILLS_NAME)
    for path in filter(None, (kept, report)):
        refuse_unwritable(path)
    before = drills_before(kept)
    names = [name for text in cut or () for name in text.split(",") if name]
    with _progress(is_quiet=weekly) as say:
        if real is not None:
            done = _real(asked, real, names, world=world, sites=sites, yes=yes, kept=kept, say=say)
        else:
            done = _here(asked, world, sites.split(","), names, say)
    found = keep(done, before, kept)
    if report is not None:
        from tidegate.present.report.drill import drill_html

        write_text(report, drill_html(found.drill, found.worse, found.last))
    _print(found, weekly=weekly, as_json=as_json, kept=kept, report=report or "")
    return found.exit_code


def _folder(data: str) -> Path:
    from tidegate.errors import Fault, InputError

    folder = Path(data)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        what = f"is no folder in which drills can be kept: {error.strerror}"
        raise InputError(Fault(what=what, path="--data", value=data)) from None
    return folder


def _here(
    asked: DrillAsked, world: str | None, sites: list[str], names: list[str], say: Callable[[str], None]
) -> Drill:
    from dataclasses import replace

    from tidegate.adapters.files.worlds import read_world_text
    from tidegate.adapters.linux.sandbox.outside import needs_linux
    from tidegate.observe.drill.cuts import chosen_cuts
    from tidegate.verbs.drill import check_sites, drill_here
    from tidegate.world.file.read import read_world

    needs_linux()
    check_sites(sites)
    asked = replace(asked, cuts=chosen_cuts(names, sites))
    say("making the namespaces")
    text, segment, name = "", "", ""
    if world is not None:
        text, source = read_world_text(world)
        found = read_world(text, source).world
        segment, name = next(iter(found.segments), ""), found.name
    return drill_here(asked, world=text, world_name=name, sites=sites, segment=segment, heard=_hearing(say))


def _real(
    asked: DrillAsked, file: str, names: list[str], *, world: str | None, sites: str, yes: bool, kept: str,
    say: Callable[[str], None],
) -> Drill:  # fmt: skip
    from dataclasses import replace

    from tidegate.adapters.files.worlds import read_text
    from tidegate.errors import Fault, InputError
    from tidegate.observe.drill.cuts import chosen_cuts
    from tidegate.observe.drill.real_drill import read_real_drill
    from tidegate.verbs.drill import drill_real, note_begin

    if world is not None or sites != _SITES:
        what = "goes with sites that are made for a drill, and not with --real"
        raise InputError(Fault(what=what, path="WORLD" if world is not None else "--sites"))
    found = read_real_drill(*read_text(file))
    cuts = chosen_cuts(names, [one.name for one in found.sites]) if names else found.chosen()
    undeclared = [one.name for one in cuts if one.name not in found.cuts]
    if undeclared:
        allowed = ", ".join(found.cuts)
        raise InputError(
            Fault(what="is not declared in the file", path="--cut", value=undeclared[0], allowed=allowed)
        )
    if not yes:
        lines = [
            f"  {one.name}: {found.cuts[one.name].cut}\n    then {found.cuts[one.name].heal}" for one in cuts
        ]
        sys.stderr.write("This would be run on real sites:\n" + "\n".join(lines) + "\n")
        raise InputError(Fault(what="real sites are cut only with --yes", kind="statement"))
    say("asking the sites")
    asked = replace(asked, cuts=cuts)
    note_begin(asked, found, kept)
    with _ended_in_order():
        return drill_real(asked, found, Path(file).parent, _hearing(say))


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Have SIGTERM and SIGHUP end this as Ctrl-C does: with what is cut healed."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = {sign: signal.signal(sign, interrupt) for sign in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _hearing(say: Callable[[str], None]) -> Callable[[Mapping[str, object]], None]:
    def heard(message: Mapping[str, object]) -> None:
        if message.get("kind") == "stage":
            say(str(message["says"]))

    return heard


@contextmanager
def _progress(*, is_quiet: bool) -> Iterator[Callable[[str], None]]:
    """Say on standard error what goes on: one line that changes on a terminal, else a line each."""
    if is_quiet:
        yield lambda _says: None
        return
    if not sys.stderr.isatty():
        yield lambda says: print(says, file=sys.stderr, flush=True)  # noqa: T201
        return
    from rich.console import Console

    with Console(stderr=True).status("beginning", spinner="dots") as status:
        yield status.update


def _print(found: Drilled, *, weekly: bool, as_json: bool, kept: str, report: str) -> None:
    from tidegate.present.drill_text import drill_json, drill_text, weekly_text

    if as_json:
        sys.stdout.write(drill_json(found.drill, found.worse, found.last))
    elif weekly:
        sys.stdout.write(weekly_text(found.drill, found.worse))
    else:
        sys.stdout.write(
            drill_text(
                found.drill, found.worse, found.last, width=width(), colour=in_colour(), unicode=in_unicode(),
                kept=kept, report=report,
            )
        )  # fmt: skip
