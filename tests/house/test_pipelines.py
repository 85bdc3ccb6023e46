"""What pipelines and images take from this repository: each of their steps is run as they run it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from packaging.utils import canonicalize_name

from locked import read_lock
from tidegate.server.health import health_routes
from tiny_worlds import grow_text

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
INPUT = re.compile(r"\$\{\{ inputs\.([\w-]+) \}\}")


@pytest.fixture(name="place", autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    (tmp_path / "world.yaml").write_text(grow_text())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shell(text, **environment):
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, **environment}
    return subprocess.run(["bash", "-e", "-c", text], env=env, text=True, capture_output=True, check=False)


def step(name):
    return next(one for one in ACTION["runs"]["steps"] if one["name"] == name)


def as_github(place, **given):
    """Run the action's step as GitHub does: inputs in the environment, outputs in a file."""
    (place / "tidegate").mkdir(exist_ok=True)
    (place / "tidegate" / "bin").unlink(missing_ok=True)
    (place / "tidegate" / "bin").symlink_to(BIN)
    stated = {name: one.get("default", "") for name, one in ACTION["inputs"].items()} | given
    wanted = step("Check")["env"]
    env = {key: INPUT.sub(lambda found: str(stated[found[1]]), value) for key, value in wanted.items()}
    told = place / "output"
    done = shell(step("Check")["run"], RUNNER_TEMP=str(place), GITHUB_OUTPUT=str(told), **env)
    return done, told.read_text().split()


TOO_LITTLE = "--set crossings.device.forwarding=900/s"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"files": "world.yaml", "activity": "grow"}, 0),
        ({"files": "world.yaml", "activity": "grow", "arguments": TOO_LITTLE}, 5),
        ({"files": "no.yaml"}, 2),
    ],
)
def test_the_action_fails_and_passes_as_check_does(place, given, code):
    """Its output is the exit code, and what is said stands where GitHub shows it; a report is kept."""
    given["arguments"] = f"--runs 3 {given.get('arguments', '')}" if code else ""
    done, told = as_github(place, **given)
    assert done.returncode == code, done.stderr
    assert told == [f"exit-code={code}"]
    assert (place / "tidegate.report.html").exists() == (code != 2)


def test_what_a_caller_of_the_action_states_is_never_run(place):
    """An input is handed on in the environment: what looks like a command is a file that is not there."""
    done, _ = as_github(place, files="$(touch${IFS}spoilt) ;touch spoilt")
    assert done.returncode == 2
    assert not (place / "spoilt").exists()
    assert not any("${{" in one.get("run", "") for one in ACTION["runs"]["steps"])


def test_the_gitlab_component_writes_report_and_junit(place):
    """Its script with its defaults, and what its artifacts name."""
    spec, job = yaml.safe_load_all((ROOT / "templates" / "check.yml").read_text())
    stated = {name: (one or {}).get("default", "") for name, one in spec["spec"]["inputs"].items()}
    script = "\n".join(job["tidegate"]["script"])
    script = re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda found: stated[found[1]], script)
    assert shell(script).returncode == 0
    kept = job["tidegate"]["artifacts"]
    assert all(list(place.glob(name)) for name in [*kept["paths"], kept["reports"]["junit"]])


def test_the_hook_looks_at_worlds_alone_and_stops_what_does_not_hold(place):
    """As pre-commit runs it: the entry and the files that are committed."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    names = ["world.yaml", "infra/world.prod.yml", "underworld.yaml", "world.yaml.bak"]
    assert [name for name in names if re.search(hook["files"], name)] == names[:2]
    run = shlex.split(hook["entry"])
    assert shell(shlex.join([*run, "world.yaml"])).returncode in {0, 4}  # three runs prove no proceed
    (place / "world.yaml").write_text("netwroks: {}")
    assert shell(shlex.join([*run, "world.yaml"])).returncode == 2


def test_the_image_takes_what_is_there_and_runs_as_nobody():
    """What it copies exists; its user is none that may write; what it asks for health is served."""
    text = (ROOT / "Containerfile").read_text()
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        *sources, _ = line.split()
        assert all((ROOT / source).exists() for source in sources)
    assert re.findall(r"^USER (\d+)$", text, re.MULTILINE) == ["10001"]
    (asked,) = re.findall(r"127\.0\.0\.1:8080(/[\w/]+)", text)
    assert asked in Path(sys.modules[health_routes.__module__].__file__ or "").read_text()


def test_the_image_takes_over_what_runs_and_leaves_what_builds():
    """Into the folder that the last stage copies goes what the product runs on, hashes checked."""
    text = (ROOT / "Containerfile").read_text().replace("\\\n", " ")
    last = text[text.rindex("\nFROM") :]
    (kept,) = re.findall(r"^COPY --from=\S+ (\S+)", last, re.MULTILINE)
    into = re.findall(rf"pip --python {kept} install (.+?) &&|pip --python {kept} install (.+)", text)
    first, then = (shlex.split(one or other) for one, other in into)
    assert first == ["--quiet", "--require-hashes", "--no-deps", "-r", "requirements/product.txt"]
    assert then == ["--quiet", "--no-deps", "/opt/wheel/*.whl"]
    assert not re.findall(rf"{kept}/bin/pip|pip install", last)
    installed = re.findall(r"(\S+)/bin/pip install .*?-r requirements/(?:build|linker).txt", text)
    assert kept not in installed
    assert installed


@pytest.mark.parametrize(("code", "linker"), [(0, []), (1, ["requirements/linker.txt"])])
def test_the_demo_brings_a_linker_where_there_is_none(place, code, linker):
    """`make demo` installs what is locked, hashes checked, and the linker only where the hook finds none."""
    (place / "Makefile").write_text((ROOT / "Makefile").read_text())
    names = [
        "pyproject.toml",
        "hatch_build.py",
        *(f"requirements/{n}.txt" for n in ("product", "build", "linker")),
    ]
    stubs = {"pip": 'echo "$@" >> told', "python": f'test "$*" = "hatch_build.py --linker" && exit {code}'}
    for path in (place / ".venv" / "bin", place / "requirements", place / "src/tidegate/simulate/kernels"):
        path.mkdir(parents=True)
    for name in names:
        (place / name).write_text("")
    for name, does in stubs.items():
        (place / ".venv" / "bin" / name).write_text(f"#!/bin/sh\n{does}\n")
        (place / ".venv" / "bin" / name).chmod(0o755)
    done = shell("make .venv/.product")
    assert done.returncode == 0, done.stderr
    *locked, own = (place / "told").read_text().splitlines()
    assert all("--require-hashes" in line for line in locked)
    assert re.findall(r"requirements/\w+\.txt", " ".join(locked)) == [*names[2:4], *linker]
    assert own == "install --quiet --no-deps --no-build-isolation --editable ."


def test_the_stage_for_jenkins_leaves_what_it_keeps(place):
    """The stage that the documentation shows: its command, and the files that it names after it."""
    (stage,) = re.findall(
        "^```groovy\n(.*?)^```", (ROOT / "docs/how-to/gate-a-ci-job.md").read_text(), re.MULTILINE | re.DOTALL
    )
    (command,) = re.findall(r"\bsh '(.+?)'", stage)
    assert shell(command).returncode == 0
    kept = re.findall(r"(?:junit|archiveArtifacts) '(.+?)'", stage)
    assert len(kept) == 2
    assert all(list(place.glob(name)) for name in kept)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (("tidegate", "che"), ["check"]),
        (("tidegate", "check", "--fail"), ["--fail-on"]),
        (("tidegate", "check", "--fail-on", "st"), ["stop"]),
        (("tidegate", "outage", "ope"), ["open"]),
    ],
)
def test_a_shell_completes_verbs_options_and_values(typed, found):
    """What `--install-completion` writes for bash, taken in by a bash that is asked what it would offer."""
    words = " ".join(map(shlex.quote, typed))
    asked = (
        'eval "$(tidegate --show-completion bash)"\n'
        f"COMP_WORDS=({words}); COMP_CWORD={len(typed) - 1}; _tidegate_completion tidegate\n"
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = shell(asked, SHELL="/bin/bash")
    assert done.stdout.split() == found, done.stderr


@pytest.mark.evidence
@pytest.mark.timeout(900)
def test_the_action_installs_the_version_that_its_reference_names(place):
    """Its first step in a fresh environment, from a checkout that nothing was built in; then its second."""
    there = place / "action"
    shell(f"mkdir {there}; cd {ROOT}; git ls-files -z | xargs -0 cp --parents -t {there}")
    done = shell(step("Install")["run"], RUNNER_TEMP=str(place), ACTION_PATH=str(there))
    assert done.returncode == 0, done.stderr
    env = {name: str(one.get("default", "")) for name, one in ACTION["inputs"].items()}
    given = {"FILES": "world.yaml", "ACTIVITY": "grow", "FAIL_ON": env["fail-on"], "ARGUMENTS": ""}
    told = place / "output"
    asked = shell(
        step("Check")["run"], RUNNER_TEMP=str(place), GITHUB_OUTPUT=str(told), REPORT=env["report"], **given
    )
    assert asked.returncode == 0, asked.stderr
    assert told.read_text() == "exit-code=0\n"


@pytest.mark.evidence
@pytest.mark.timeout(900)
def test_what_the_image_copies_can_be_installed_and_gives_a_verdict(place):
    """The build's steps in a folder that has nothing but what is copied, in an environment of their own."""
    text = (ROOT / "Containerfile").read_text()
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        *sources, target = line.split()
        for source in sources:
            shell(f"mkdir -p source && cp -r {ROOT / source} source/{target}")
    runs = re.findall(r"^RUN (python -m venv.+?[^\\])$", text, re.MULTILINE | re.DOTALL)
    done = shell("cd source\n" + "\n".join(runs).replace("/opt/", f"{place}/opt/"))
    assert done.returncode == 0, done.stderr
    asked = shell(f"{place}/opt/tidegate/bin/tidegate check world.yaml --activity grow --no-report")
    assert asked.returncode == 0, asked.stderr
    assert "compiled" not in asked.stderr
    packages = (place / "opt" / "tidegate" / "lib").glob("python*/site-packages/*.dist-info")
    found = {canonicalize_name(path.name.split("-")[0]) for path in packages}
    pins = read_lock((ROOT / "requirements" / "product.txt").read_text())[0]
    assert found - {pin.name for pin in pins} == {"tidegate"}
