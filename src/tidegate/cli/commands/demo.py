"""`tidegate demo`: the bundled world of 2021 judged, or four small rehearsals as they happen."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Self

import typer

from tidegate.adapters.files.worlds import refuse_unwritable, write_text
from tidegate.cli.app import app, width
from tidegate.cli.commands.check import check
from tidegate.cli.options import Seed, in_colour, in_unicode
from tidegate.cli.world_source import read_source
from tidegate.exit_codes import ExitCode
from tidegate.gate.command_line import Options

if TYPE_CHECKING:
    from rich.text import Text

    from tidegate.present.rehearsal.braille import Span
    from tidegate.present.rehearsal.live import Pane
    from tidegate.rehearse.rehearsal import Rehearsal

JUDGED = "us_east_1_2021"
_FRAMES_PER_S = 8
_STYLES = {
    "title": "bold",
    "predicted": "dim",
    "measured": "bold cyan",
    "axis": "dim",
    "state": "",
    "well": "bold cyan",
    "down": "bold red",
    "wrong": "bold magenta",
}


@app.command()
def demo(
    *,
    live: Annotated[
        bool, typer.Option("--live", help="Four rehearsals at once on real Linux devices, as they happen.")
    ] = False,
    record: Annotated[
        str | None, typer.Option(metavar="FILE.svg", help="With --live: keep them as a moving picture.")
    ] = None,
    still: Annotated[bool, typer.Option("--still", help="The picture does not move.")] = False,
    seed: Seed = 7,
) -> int:
    """Show what Tidegate does: judge the activity of December 2021, or rehearse a surge live."""
    if not live:
        check([JUDGED])
        return ExitCode.HOLDS  # whatever is right to answer for that world, the demo has shown it
    if record is not None:
        refuse_unwritable(record)
    panes, rehearsals = _play(seed)
    from tidegate.present.rehearsal.live import agreement_text

    sys.stdout.write(agreement_text(rehearsals).replace("\u00a0", " ") + "\n")
    if record is not None:
        from tidegate.present.rehearsal.live_picture import live_svg

        write_text(record, live_svg(panes, moving=not still))
    agreed = all(one.agreement.holds for one in rehearsals)
    return ExitCode.HOLDS if agreed else ExitCode.DOES_NOT_HOLD


def _play(seed: int) -> tuple[Sequence[Pane], Sequence[Rehearsal]]:
    from concurrent.futures import ThreadPoolExecutor

    from tidegate.adapters.linux.rehearsal import measure
    from tidegate.present.rehearsal.live import Pane
    from tidegate.verbs.demo import POPULATION, SCENES, WORLD, measure_scenes, predict_scenes

    executor = ThreadPoolExecutor(max(len(SCENES), os.cpu_count() or 1))
    try:
        scenes = predict_scenes(read_source(WORLD, Options()).file, seed=seed, executor=executor)
        panes = [
            Pane(title=scene.title, population=POPULATION, prediction=ready.prediction)
            for scene, ready in zip(SCENES, scenes, strict=True)
        ]
        with _Screen(panes) as screen:
            rehearsals = measure_scenes(scenes, measure=measure, executor=executor, heard=screen.hear)
            for pane, rehearsal in zip(panes, rehearsals, strict=True):
                pane.ended = rehearsal
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
    return panes, rehearsals


class _Screen:
    """The panes on a terminal, as they change; only their end where nobody watches."""

    def __init__(self, panes: Sequence[Pane]) -> None:
        from rich.console import Console
        from rich.live import Live

        self._panes = panes
        self._console = Console(no_color=not in_colour(), highlight=False, width=width())
        self._live = Live(
            get_renderable=self._picture,
            console=self._console,
            refresh_per_second=_FRAMES_PER_S,
            auto_refresh=sys.stdout.isatty(),
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def hear(self, number: int, message: Mapping[str, object]) -> None:
        self._panes[number].hear(message)

    def _picture(self) -> Text:
        from rich.text import Text

        from tidegate.present.layout import wrap
        from tidegate.present.rehearsal.live import caption_text, frame

        columns = self._console.width
        rows: list[list[Span]] = [[(line, "axis")] for line in wrap(caption_text(self._panes), columns)]
        rows += [[], *frame(self._panes, width=columns, unicode=in_unicode()), []]
        text = Text(no_wrap=True)
        for row in rows:
            for said, style in row:
                text.append(said, style=_STYLES.get(style, ""))
            text.append("\n")
        return text
