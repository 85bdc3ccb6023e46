"""The sandbox on this very kernel: apart from the machine, and gone without a trace."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

import tidegate
from tidegate.adapters.linux.sandbox.features import missing_programs, program, report_missing
from tidegate.adapters.linux.sandbox.leftovers import PREFIX
from tidegate.adapters.linux.sandbox.outside import run_inside, why_forbidden
from tidegate.adapters.linux.sandbox.privileges import FIRST_SERVED
from tidegate.errors import CannotTellError, InputError, InternalError, RigError

FORBIDDEN = why_forbidden() or "; ".join(missing_programs(["ip"]))
TESTS = Path(__file__).parents[1]
NOBODY = 65534
NOBODYS_WORDS = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
ASK = """
import json, sys
from tidegate.adapters.linux.sandbox.outside import run_inside
from tidegate.errors import TidegateError
def tell(message):
    print(json.dumps(message), flush=True)
try:
    tell(dict(run_inside(sys.argv[1], {"word": "back"}, timeout_s=60, on_message=tell)))
except TidegateError as error:
    tell({"error": str(error), "code": error.exit_code})
except KeyboardInterrupt:
    sys.exit(130)
"""

NOTHING = "tidegate.adapters.linux.sandbox.features:nothing"

REQUIRED = os.environ.get("REQUIRE_PARTS") == "1"

pytestmark = pytest.mark.skipif(bool(FORBIDDEN) and not REQUIRED, reason=FORBIDDEN)


def lacking(what: str) -> NoReturn:
    """Skip for want of a part, or fail where every part is required."""
    if REQUIRED:
        pytest.fail(what)
    pytest.skip(what)


@dataclass(frozen=True, kw_only=True)
class Outside:
    """A way to start Tidegate as some user, with a folder for temporary files of its own."""

    command: tuple[str, ...]
    environment: dict[str, str]
    temporary: Path
    package: Path

    def start(self, entry: str, *before: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*before, *self.command, "-c", ASK, entry],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, entry: str, *before: str) -> list[dict]:
        with self.start(entry, *before) as asking:
            assert asking.stdout
            return [json.loads(line) for line in asking.stdout.read().splitlines()]


@pytest.fixture(params=["this user", "nobody"])
def outside(request: pytest.FixtureRequest) -> Iterator[Outside]:
    """Tidegate as whoever runs the tests, and as a user who may nothing, from a copy that he can read."""
    with tempfile.TemporaryDirectory(prefix="tg-test-") as name:
        folder = Path(name)
        temporary = folder / "temporary"
        temporary.mkdir()
        command, source = (sys.executable,), Path(tidegate.__file__).parents[1]
        if request.param == "nobody":
            become = (*NOBODYS_WORDS, _nobodys_python())
            source = folder / "src"
            shutil.copytree(Path(tidegate.__file__).parent, source / "tidegate", ignore=_python_alone)
            shutil.copytree(TESTS / "sandboxed", folder / "tests" / "sandboxed", ignore=_python_alone)
            folder.chmod(0o755)
            os.chown(temporary, NOBODY, NOBODY)
            command = (*become, "-S")
        tests = folder / "tests" if request.param == "nobody" else TESTS
        environment = {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": f"{source}:{tests}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(temporary),
        }
        yield Outside(command=command, environment=environment, temporary=temporary, package=source)


def _nobodys_python() -> str:
    """Return an interpreter that nobody may run; that of the tests may lie in somebody's home."""
    if os.geteuid() != 0:
        pytest.skip("whoever runs the tests is no root: that nobody can do the same shows already")
    if program("setpriv") is None:
        lacking("setpriv is not installed")
    recent = 'exec "$0" -c "import sys; sys.exit(sys.version_info < (3, 11))"'
    for candidate in (str(Path(sys.executable).resolve()), "/usr/local/bin/python3", "/usr/bin/python3"):
        words = [*NOBODYS_WORDS, "sh", "-c", recent, candidate]
        if subprocess.run(words, capture_output=True, check=False).returncode == 0:
            return candidate
    lacking("no interpreter that nobody may run is new enough")


def _python_alone(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if not (name.endswith(".py") or (Path(folder) / name).is_dir())}


def members(namespace: int) -> list[int]:
    """Return the processes that live in a network namespace."""
    found = []
    for path in Path("/proc").glob("[0-9]*/ns/net"):
        try:
            if path.stat().st_ino == namespace:
                found.append(int(path.parts[2]))
        except OSError:
            continue
    return found


def wait_until_gone(pids: list[int], namespace: int) -> None:
    """Wait until no process of the list, nor any other of the namespace, is left."""
    deadline = time.monotonic() + 20
    while members(namespace) or any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < deadline, f"still there: {members(namespace)} of {pids}"
        time.sleep(0.02)


def test_inside_is_the_same_program_apart_from_the_machine(outside):
    """Same interpreter and package; no link but loopback, no route; three processes; private memory."""
    told, seen = outside.ask("sandboxed.trials:where")
    assert {"links": ["lo"]} == told
    assert 0 == seen["routes"]
    assert outside.package / "tidegate" / "__init__.py" == Path(seen["package"])
    assert Path(outside.command[-1 - ("-S" in outside.command)]) == Path(seen["interpreter"])
    assert 1 == seen["processes"][0]
    assert 2 == len(seen["processes"])
    assert seen["own"] in seen["processes"][1:]
    assert seen["directory"] == seen["temporary"]
    assert {"word": "back"} == seen["echo"]
    assert seen["nice"] == (FIRST_SERVED if outside.command[0] == sys.executable and os.geteuid() == 0 else 0)
    assert [] == list(outside.temporary.iterdir())


def test_namespaces_within_speak_to_each_other(outside):
    """Sockets, processes, settings and our own modules belong to the namespace they were started in."""
    (seen,) = outside.ask("sandboxed.trials:speak")
    assert {
        "heard": "hello",
        "peer": "10.0.0.1",
        "links": ["lo"],
        "far_ttl": "77",
        "near_ttl": "64",
        "module": "__init__.py",
    } == seen


def test_nothing_outlives_kill_9(outside):
    """Killed without warning, every process and namespace goes; the next run removes the directory."""
    with outside.start("sandboxed.trials:linger") as killed:
        told = json.loads(killed.stdout.readline())
        inside = members(told["namespace"])
        assert 4 == len(inside)  # keeper, first process, worker and the deaf child
        killed.kill()  # setpriv becomes what it starts: this is Tidegate itself
        wait_until_gone(inside, told["namespace"])
    left = [Path(told["directory"])]
    assert left == list(outside.temporary.glob(f"{PREFIX}*"))
    outside.ask(NOTHING)
    assert [] == list(outside.temporary.iterdir())


def test_an_interruption_ends_in_order(outside):
    """Ctrl-C leaves nothing at all, at once, and ends with 130."""
    with outside.start("sandboxed.trials:linger") as interrupted:
        told = json.loads(interrupted.stdout.readline())
        inside = members(told["namespace"])
        interrupted.send_signal(signal.SIGINT)
        assert 130 == interrupted.wait()
        assert [] == [pid for pid in inside if Path(f"/proc/{pid}").exists()]
    assert [] == list(outside.temporary.iterdir())


def test_time_is_bounded():
    """When time is up everything inside is ended, before the error is raised."""
    told = []
    with pytest.raises(RigError, match=r"took longer than 2 s and was stopped"):
        run_inside("sandboxed.trials:linger", {}, timeout_s=2, on_message=told.append)
    assert [] == members(told[0]["namespace"])
    assert not Path(told[0]["directory"]).exists()


def test_orphans_are_reaped():
    """The first process inside buries those whose parent is gone."""
    assert {"reaped": True} == run_inside("sandboxed.trials:orphan", {}, timeout_s=30)


@pytest.mark.parametrize(("kind", "error"), [("rig", RigError), ("tell", CannotTellError)])
def test_an_error_within_is_the_same_error_without(kind, error):
    """An error raised on purpose crosses the border with its kind and its words."""
    with pytest.raises(error, match=r"^one line$"):
        run_inside("sandboxed.trials:fail", {"kind": kind}, timeout_s=30)


def test_faults_cross_the_border_whole():
    """Bad input found inside keeps every fault with its place."""
    with pytest.raises(InputError) as caught:
        run_inside("sandboxed.trials:fail", {"kind": "input"}, timeout_s=30)
    assert ["world.yaml:3: a.b: is wrong", "is not there"] == [str(fault) for fault in caught.value.faults]


def test_an_unforeseen_error_within_is_our_own_fault():
    """Anything else is an internal error that carries where it happened."""
    with pytest.raises(InternalError, match="ZeroDivisionError: one line") as caught:
        run_inside("sandboxed.trials:fail", {"kind": "other"}, timeout_s=30)
    assert "trials.py" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("how", "command", "words"),
    [
        ("run", ["ip", "link", "show", "none"], r"^ip link show none: Device .none. does not exist"),
        ("run", ["no-such-program"], r"^the program no-such-program is not installed here$"),
        ("set", [], r"^the kernel does not let net.no_such be 1: "),
    ],
)
def test_what_fails_in_a_namespace_is_one_line(how, command, words):
    """A failed or missing program, or a refused setting, is named."""
    with pytest.raises(RigError, match=words):
        run_inside("sandboxed.trials:break_program", {"how": how, "command": command}, timeout_s=30)


def test_a_forbidding_setting_is_named_for_real():
    """Where the kernel allows no network namespace, the line names its setting; nothing is left."""
    if program("unshare") is None:
        lacking("unshare is not installed")
    script = 'echo 0 > /proc/sys/user/max_net_namespaces; exec "$@"'
    with tempfile.TemporaryDirectory() as temporary:
        environment = {**os.environ, "TMPDIR": temporary}
        words = ["unshare", "-Ur", "sh", "-c", script, "sh", sys.executable, "-c", ASK, NOTHING]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
        assert [] == list(Path(temporary).iterdir())
    answer = json.loads(done.stdout)
    assert 4 == answer["code"]
    assert "user.max_net_namespaces is 0; allow them with: sudo sysctl -w" in answer["error"]


def test_programs_that_are_missing_are_named_with_their_package():
    """One line a program."""
    line = "the program tg-none is missing; Debian's package is tg-none"
    assert [line] == missing_programs(["sh", "tg-none"])


def test_what_the_rig_needs_is_here():
    """Every feature is tried for real; where parts are required nothing may be missing."""
    told = run_inside("tidegate.adapters.linux.sandbox.features:report_missing", {}, timeout_s=60)
    missing = told["missing"]
    if missing:
        lacking("; ".join(missing))


def test_without_programs_no_feature_is_tried(monkeypatch):
    """Missing programs are said first: features cannot be tried without them."""
    monkeypatch.setattr("tidegate.adapters.linux.sandbox.features.program", lambda _name: None)
    lines = report_missing({}, lambda _message: None)["missing"]
    assert "the program ip is missing; Debian's package is iproute2" in lines
