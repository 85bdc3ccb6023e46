"""Make the pictures of the documentation from real rehearsals and reports on this machine: docs/_static/*.

Needs Linux namespaces, and Chromium for those of a report; takes about a minute. Run it when what is rehearsed
or drawn has changed; with `--report` only those of the report are made, with a name behind it of that report.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from tidegate.adapters.linux.rehearsal import measure
from tidegate.api import check, load
from tidegate.present.rehearsal.grid_picture import grid_svg
from tidegate.present.rehearsal.live import Pane
from tidegate.present.rehearsal.live_picture import live_svg
from tidegate.present.report.page import report_html
from tidegate.present.verdict.said import Asked, Made
from tidegate.verbs.demo import POPULATION, SCENES, WORLD, measure_scenes, predict_scenes
from tidegate.verbs.what_if import what_if
from tidegate.world.file.digest import file_digest

CHROMIUM = "/usr/bin/chromium"
REPORTED = ("us_east_1_2021", "scale_out")
STATIC = Path(__file__).with_name("_static")
DROPS, RESETS = 1, 2
ROWS = (
    ("Answers to the clients that are always there", (POPULATION, "served")),
    ("Their attempts", (POPULATION, "attempts")),
    ("First packets turned away", ("nat", "shed")),
    ("Delay of the device's queue", ("nat", "queue")),
)


def picture_report(path: Path) -> None:
    """Take the pictures of a report: its first screen, and what if with two sliders moved."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(path.resolve().as_uri())
        page.screenshot(path=STATIC / "report.png")
        page.locator("#what-if > summary").click()
        page.locator("#what-if-size").press("ArrowRight")
        page.locator("#what-if-pool").press("ArrowLeft")
        page.wait_for_timeout(1000)
        page.locator("[data-part=state]", has_text="computed in").wait_for()
        page.locator("#what-if").screenshot(path=STATIC / "what-if.png")
        browser.close()


def report_of(world: str, activity: str, folder: Path) -> Path:
    """Write the report of a bundled world as `check` does."""
    file = load(world)
    (verdict,) = check(file, activity)
    made = Made(digest=file_digest(file))
    page = report_html(
        verdict, file.world, asked=Asked(world=world), what_if=what_if(file, activity), made=made
    )
    path = folder / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


def main() -> int:
    """Make all of them, or those of a report alone."""
    STATIC.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        named = sys.argv[2:3]
        picture_report(Path(named[0]) if named else report_of(*REPORTED, Path(folder)))
    return 0 if "--report" in sys.argv else rehearsed()


def rehearsed() -> int:
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
    (STATIC / "live.svg").write_text(live_svg(panes, moving=True), encoding="utf-8")
    (STATIC / "drop-or-reset.svg").write_text(grid_svg(title, columns, ROWS), encoding="utf-8")
    held = sum(one.agreement.holds for one in done)
    sys.stdout.write(f"{held} of {len(done)} as predicted; pictures are in {STATIC.name}/\n")
    return 0 if held == len(done) else 1


if __name__ == "__main__":
    sys.exit(main())
