"""Where the command line reads and writes: pipes, devices, links and streams that are closed or full."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tiny_worlds import grow_text

TIDEGATE = str(Path(sys.executable).with_name("tidegate"))
SURE = "--runs 60 --set objectives.collapse_probability=10%"
QUICK = "check grow.yaml --activity grow --no-report --runs 2"


@pytest.fixture(name="place", autouse=True)
def folder(tmp_path):
    (tmp_path / "grow.yaml").write_text(grow_text())
    return tmp_path


def shell(place, words, **environment):
    """Run words in a shell; `tidegate` is the command as it is installed."""
    return subprocess.run(
        ["bash", "-c", f'tidegate() {{ "{TIDEGATE}" "$@"; }}; {words}'],
        cwd=place, env={**os.environ, **environment}, capture_output=True, timeout=120, check=False,
        text=True,
    )  # fmt: skip


# -- where an answer is written ------------------------------------------------------------------


def read_all(path, found):
    reader = threading.Thread(target=lambda: found.append(path.read_text()), daemon=True)
    reader.start()
    return reader


@pytest.mark.parametrize(
    "words", ["schema --out pipe", "init pipe", "check grow.yaml --activity grow --report pipe --runs 2"]
)
def test_a_named_pipe_is_written_to_and_stays_one(place, words):
    """Whoever reads at its other end has the text; no file takes its place."""
    os.mkfifo(place / "pipe")
    found = []
    reader = read_all(place / "pipe", found)
    done = shell(place, f"tidegate {words}")
    reader.join(timeout=20)
    assert found, done.stderr
    assert len(found[0]) > 1000
    assert stat.S_ISFIFO((place / "pipe").stat().st_mode)


def test_a_device_takes_the_reports_of_all_activities(place):
    """No file beside it is made for each."""
    (place / "none").symlink_to("/dev/null")
    done = shell(place, "tidegate check grow.yaml --report none --runs 2")
    assert 2 != done.returncode
    assert ["grow.yaml", "none"] == sorted(path.name for path in place.iterdir())


def test_a_device_that_is_full_says_so_and_stays_a_device(place):
    """The text was handed to the device, which refused it."""
    before = Path("/dev/full").stat()
    (place / "full").symlink_to("/dev/full")
    done = shell(place, "tidegate schema --out full")
    assert (2, "") == (done.returncode, done.stdout)
    assert "Cannot be written: No space left on device: full" in done.stderr
    assert os.path.samestat(before, Path("/dev/full").stat())
    assert (place / "full").is_symlink()


def test_a_link_stays_and_what_it_leads_to_is_new(place):
    """Written whole where the link leads, with the permissions the file had; a link to nothing makes it."""
    (place / "kept").mkdir()
    (place / "kept" / "real.yaml").write_text("old")
    (place / "kept" / "real.yaml").chmod(0o600)
    (place / "link.yaml").symlink_to("kept/real.yaml")
    (place / "new.json").symlink_to("kept/schema.json")
    assert 0 == shell(place, "tidegate init link.yaml --force && tidegate schema --out new.json").returncode
    assert (place / "link.yaml").is_symlink()
    assert (place / "new.json").is_symlink()
    assert "name: starter" in (place / "kept" / "real.yaml").read_text()
    assert 0o600 == stat.S_IMODE((place / "kept" / "real.yaml").stat().st_mode)
    assert ["real.yaml", "schema.json"] == sorted(path.name for path in (place / "kept").iterdir())


def test_a_link_to_itself_is_refused(place):
    """It stays, and the reason is said."""
    (place / "loop").symlink_to("loop")
    done = shell(place, "tidegate init loop --force")
    assert 2 == done.returncode
    assert "symbolic links" in done.stderr
    assert (place / "loop").is_symlink()


def test_standard_output_by_its_path_keeps_what_is_there(place):
    """A file that a shell opened for several commands holds what each said, in order."""
    done = shell(place, "(echo first; tidegate schema --out /dev/stdout; echo last) > all")
    assert 0 == done.returncode, done.stderr
    text = (place / "all").read_text()
    assert text.startswith("first\n{")
    assert text.endswith("}\nlast\n")


def test_a_folder_is_not_offered_to_be_written_over(place):
    """--force would not help."""
    (place / "adir.yaml").mkdir()
    done = shell(place, "tidegate init adir.yaml")
    assert 2 == done.returncode
    assert "it is a folder: adir.yaml" in done.stderr
    assert "--force" not in done.stderr


# -- standard streams ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["schema", "--version", "--help", "catalogue", "check grow.yaml --no-report --runs 2"]
)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_standard_output_is_one_clear_line(place, words, unbuffered):
    """A full disk is no fault of ours; the exit code is that of a file that cannot be written."""
    done = shell(place, f"tidegate {words} > /dev/full", PYTHONUNBUFFERED=unbuffered)
    assert 2 == done.returncode
    assert done.stderr.endswith("tidegate: standard output cannot be written: no space left on device\n")
    assert "our own fault" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_crash(place, closed):
    """The exit code is the answer that is left."""
    assert 0 == shell(place, f"tidegate {QUICK} {SURE} {closed}").returncode
    assert 2 == shell(place, f"tidegate check nothing.yaml {closed}").returncode


def test_a_closed_standard_input_is_an_empty_one(place):
    """What is wrong with the world is said, as for an empty file."""
    done = shell(place, "tidegate check - <&-")
    assert 2 == done.returncode
    assert "standard input" in done.stderr


# -- where a world is read ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "tidegate explain <(cat grow.yaml) --activity grow",
        "cat grow.yaml | tidegate explain /dev/stdin --activity grow",
    ],
)
def test_a_world_is_read_from_a_pipe(place, words):
    """What a shell hands over as a path is read as a file is."""
    done = shell(place, words)
    assert 0 == done.returncode, done.stderr
    assert shell(place, "tidegate explain grow.yaml --activity grow").stdout == done.stdout


def test_what_never_ends_is_refused(place):
    """No more is read than a file may hold."""
    done = shell(place, "tidegate check /dev/zero")
    assert 2 == done.returncode
    assert "at most 10 MB" in done.stderr


@pytest.mark.parametrize("words", ["check", "case verify", "check grow.yaml --runs 1 --report", "init"])
def test_a_name_that_is_too_long_is_no_fault_of_ours(place, words):
    """The system refuses it, and that is said."""
    done = shell(place, f"tidegate {words} {'a' * 300}")
    assert 2 == done.returncode
    assert "our own fault" not in done.stderr


def test_a_folder_is_not_a_mistyped_name(place):
    """It is not answered with its own name, nor with others."""
    (place / "adir.yaml").mkdir()
    done = shell(place, "tidegate check adir.yaml")
    assert "No world.yaml in this folder: adir.yaml" in done.stderr
    assert "Did you mean" not in done.stderr
    assert "Did you mean grow.yaml?" in shell(place, "tidegate check grwo.yaml").stderr


def test_only_where_a_world_is_meant_the_bundled_ones_are_offered(place):
    """A receipt is a file of one's own; the nearest beside is offered."""
    (place / "receipt.txt").write_text("x")
    done = shell(place, "tidegate case verify reciept.txt")
    assert 2 == done.returncode
    assert "Did you mean receipt.txt?" in done.stderr
    assert "us_east_1_2021" not in done.stderr


# -- how wide -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "most"), [("40", 40), ("100", 100), ("500", 100), ("", 80), ("wide", 80)]
)
def test_columns_say_how_wide(place, columns, most):
    """COLUMNS counts beyond the help; where it says nothing a pipe is 80 wide, and never over 100."""
    done = shell(place, "tidegate check nothing.yaml", COLUMNS=columns)
    widest = max(len(line) for line in done.stderr.splitlines())
    assert widest <= most
    assert widest > 0.8 * most
