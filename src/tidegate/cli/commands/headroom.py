"""`tidegate headroom`: how much more a world takes, and where it tips."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.options import Format, Seed, Settings, World, in_colour, in_unicode, nearest_path
from tidegate.cli.waiting import shown
from tidegate.cli.workers import Cluster, Jobs, workers
from tidegate.cli.world_source import read_source, with_changes
from tidegate.gate.command_line import Options

if TYPE_CHECKING:
    from tidegate.world.world import WorldFile


@app.command()
def headroom(  # noqa: PLR0913  one parameter for each option
    world: World = None,
    *,
    activity: Annotated[str | None, typer.Option(help="The activity meant; otherwise the first.")] = None,
    path: Annotated[
        str | None,
        typer.Option(help="The number to vary; otherwise the activity's own size and the base load."),
    ] = None,
    low: Annotated[
        str | None, typer.Option("--from", help="Where to begin along --path; otherwise its range.")
    ] = None,
    high: Annotated[
        str | None, typer.Option("--to", help="Where to end along --path; otherwise its range.")
    ] = None,
    curve: Annotated[
        str | None,
        typer.Option("--curve", metavar="FILE", help="Write safe sizes of the activity, for look-ups."),
    ] = None,
    over: Annotated[
        str, typer.Option(help="With --curve: other base loads (load), or sizes (size).")
    ] = "load",
    settings: Settings = None,
    seed: Seed = 7,
    output: Annotated[Format, typer.Option("--format", help="How the answer is printed.")] = Format.TEXT,
    jobs: Jobs = None,
    cluster: Cluster = None,
) -> int:
    """Find how much more of an activity, or of load, is safe, and where it tips."""
    from tidegate.verbs.headroom import Ask, doubts, exit_code, questions
    from tidegate.verbs.headroom import headroom as find

    source = read_source(world, Options())
    file = with_changes(source.file, settings or [])
    if curve is not None:
        return _curve(file, activity or source.activity, curve, over, seed, output, jobs, cluster)
    ask = Ask(file=file, activity=activity or source.activity, path=path, low=low, high=high, seed=seed)
    meant, _ = questions(ask)
    with shown() as progress, workers(jobs, cluster) as executor:
        found = find(ask, executor=executor, progress=progress)
        doubted = doubts(ask, executor=executor, progress=progress)
    from tidegate.present.searches.headroom_text import headroom_json, headroom_text

    if output is Format.JSON:
        sys.stdout.write(headroom_json(found, doubted))
    else:
        what = file.world.happening(meant)
        title = f"{file.world.name} · {what}"
        named = f" --activity {shlex.quote(meant)}" if meant and len(file.world.activities) > 1 else ""
        again = "".join(f" --set {shlex.quote(one)}" for one in settings or [])
        protects = (
            f"`tidegate protect {shlex.quote(nearest_path(world or ''))}{named}{again}`" if world else ""
        )
        text = headroom_text(
            title,
            found,
            doubted,
            protects=protects,
            width=width(),
            colour=in_colour(),
            unicode=in_unicode(),
        )
        sys.stdout.write(text)
        others = [name for name in file.world.activities if name != meant]
        if others and activity is None:
            sys.stderr.write(f"Only {meant} was looked at; --activity asks for {', '.join(others)}.\n")
    return exit_code(found, doubted)


def _curve(
    file: WorldFile,
    activity: str | None,
    path: str,
    over: str,
    seed: int,
    output: Format,
    jobs: int | None,
    cluster: str | None,
) -> int:
    from tidegate.adapters.files.worlds import refuse_unwritable, write_text
    from tidegate.evaluate.searching.curve import curve_json
    from tidegate.present.searches.curve_text import curve_text
    from tidegate.verbs.curve import curve, exit_code

    refuse_unwritable(path)
    with shown() as progress, workers(jobs, cluster) as executor:
        drawn = curve(file, activity, over=over, seed=seed, executor=executor, progress=progress)
    write_text(path, curve_json(drawn))
    if output is Format.JSON:
        sys.stdout.write(curve_json(drawn))
    else:
        plan = file.world.activities[drawn.activity]
        title = f"{file.world.name} · {plan.title or drawn.activity}"
        sys.stdout.write(curve_text(title, drawn, width=width(), colour=in_colour(), unicode=in_unicode()))
    return exit_code(drawn)
