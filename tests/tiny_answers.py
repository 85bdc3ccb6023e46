"""A small world checked as a user does, and its answer on one screen."""

from __future__ import annotations

from pathlib import Path

import yaml

import tidegate
from tidegate.present.verdict.answer import Answer, answer_of
from tidegate.present.verdict.said import Asked
from tidegate.present.verdict.screen import LINES_COUNT, REST_TOLD, exit_words, screen_text
from tidegate.verbs.check import exit_code
from tiny_worlds import grow_text

GUESSED = {"basis": "assumed", "measure": "ask its owner"}
DOUBLED = {
    "processes": {
        "says": "a pod runs one process",
        "otherwise": "two processes per pod",
        "counter": {"clients.pods.pool": 10},
        "measure": "count the processes of one pod",
    }
}


def answer(folder: Path, *, beliefs=None, runs_count: int | None = None, **changes) -> Answer:
    """Check a small world of one activity, with changes laid over it and a long title; as a user does."""
    tree = yaml.safe_load(grow_text())
    tree["activities"].pop("restart")
    tree["beliefs"] = beliefs or {}
    tree["services"]["web"]["connections_when_full"] = "refuse"
    for path, value in changes.items():
        section, name, key = path.split("__")
        tree[section][name][key] = value
    path = folder / "world.yaml"
    path.write_text(yaml.safe_dump(tree))
    (verdict,) = tidegate.check(str(path), activity="grow", runs_count=runs_count)
    return answer_of(verdict, Asked(world="world.yaml", names_activity=False))


def screen(told: Answer) -> str:
    """Return one screen of it, after a look at its size."""
    words = [told.verdict.verdict]
    footer = ("world.report.html", REST_TOLD, exit_words(exit_code(words), words))
    text = screen_text([told], footer=footer)
    assert len(text.splitlines()) <= LINES_COUNT
    return text


def screen_words(told: Answer) -> str:
    """Return one screen of it as words."""
    return " ".join(screen(told).split())
