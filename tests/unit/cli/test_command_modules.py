"""Every command is found by its first word, and what it does not need is not loaded for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tidegate.cli import commands
from tidegate.cli.app import app
from tidegate.cli.command_modules import MODULES, register

register()


def test_every_module_is_named_by_the_words_of_its_commands() -> None:
    folder = Path(commands.__file__).parent
    there = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert there == {name for names in MODULES.values() for name in names}
    stand_in = {
        (one.name or one.callback.__name__).split(" ")[0].replace("_", "-"): one.callback.__module__
        for one in app.registered_commands
    }
    for group in app.registered_groups:
        for one in group.typer_instance.registered_commands:
            assert one.callback.__module__.rpartition(".")[2] in MODULES[group.typer_instance.info.name]
    for word, module in stand_in.items():
        assert module.rpartition(".")[2] in MODULES[word]
    groups = {group.typer_instance.info.name for group in app.registered_groups}
    assert set(MODULES) == {*stand_in, *groups}


def _loaded(*words: str) -> list[str]:
    code = (
        "import json, sys; from tidegate.cli.command_modules import register; "
        f"register({list(words)!r}); print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_a_command_of_the_record_loads_nothing_of_worlds() -> None:
    for words in (["site", "list"], ["outage", "list"], ["serve"]):
        loaded = _loaded(*words)
        assert f"tidegate.cli.commands.{words[0]}" in loaded
        assert "tidegate.cli.commands.check" not in loaded
        assert "tidegate.world.world" not in loaded, words


def test_a_word_that_is_no_command_is_told_all_of_them() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tidegate.cli.main", "chek"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "check" in done.stderr
