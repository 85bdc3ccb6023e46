"""Make the pictures of the documentation from real rehearsals on this machine: docs/_static/*.svg.

Needs Linux namespaces and takes about a minute. Run it when what is rehearsed or drawn has changed.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tidegate.adapters.linux.rehearsal import measure
from tidegate.api import load
from tidegate.present.rehearsal.grid_picture import grid_svg
from tidegate.present.rehearsal.live import Pane
from tidegate.present.rehearsal.live_picture import live_svg
from tidegate.verbs.demo import POPULATION, SCENES, WORLD, measure_scenes, predict_scenes

STATIC = Path(__file__).with_name("_static")
DROPS, RESETS = 1, 2
ROWS = (
    ("Answers to the clients that are always there", (POPULATION, "served")),
    ("Their attempts", (POPULATION, "attempts")),
    ("First packets turned away", ("nat", "shed")),
    ("Delay of the device's queue", ("nat", "queue")),
)


def main() -> int:
    """Rehearse the demo's four scenes and draw them."""
    with ThreadPoolExecutor(len(SCENES)) as executor:
        scenes = predict_scenes(load(WORLD), seed=7, executor=executor)
        done = measure_scenes(scenes, measure=measure, executor=executor, heard=lambda *_: None)
    panes = [
        Pane(title=scene.title, population=POPULATION, prediction=one.prediction, ended=one)
        for scene, one in zip(SCENES, done, strict=True)
    ]
    columns = [("Excess is dropped", done[DROPS]), ("Excess is reset", done[RESETS])]
    title = "A limit that drops, and the same limit that resets: answers, attempts, refusals, queue"
    STATIC.mkdir(exist_ok=True)
    (STATIC / "live.svg").write_text(live_svg(panes, moving=True), encoding="utf-8")
    (STATIC / "drop-or-reset.svg").write_text(grid_svg(title, columns, ROWS), encoding="utf-8")
    held = sum(one.agreement.holds for one in done)
    sys.stdout.write(f"{held} of {len(done)} as predicted; pictures are in {STATIC.name}/\n")
    return 0 if held == len(done) else 1


if __name__ == "__main__":
    sys.exit(main())
