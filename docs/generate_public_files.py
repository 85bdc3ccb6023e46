"""Read public files by repository and path, and hold what was read against what their vendors document.

None of them is kept: each is read at its commit from a clone of its repository, FOLDER/OWNER/NAME
(`git clone https://github.com/OWNER/NAME FOLDER/OWNER/NAME`). The names are in `docs/evidence/public-files.tsv`.

    python docs/generate_public_files.py --clones FOLDER

`PATH#N` is the N-th JSON text of a file (`public_parts`).
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "docs"))

import yaml  # noqa: E402
from documented_limits import (  # noqa: E402
    SOURCES,
    Limit,
    calls,
    limits,
    of_change_set,
    of_plan,
    of_services,
    of_template,
)
from public_parts import part_of  # noqa: E402

from tidegate.errors import CannotTellError, InputError  # noqa: E402
from tidegate.gate.change.judged import planned  # noqa: E402
from tidegate.gate.changes import read_changes  # noqa: E402
from tidegate.gate.command_line import Options  # noqa: E402
from tidegate.gate.deployed import world_from_files  # noqa: E402
from tidegate.protect.adopted import Subjects  # noqa: E402
from tidegate.protect.targets import vendors  # noqa: E402
from tidegate.world.file.read import read_world  # noqa: E402

SHOWN_COUNT = 3
NAMES = ROOT / "docs" / "evidence" / "public-files.tsv"
PAGE = ROOT / "docs" / "evidence" / "public-files.md"
_CHANGES = {"Terraform plan", "CloudFormation", "change set", "ECS and Auto Scaling"}
WORLD = """
networks: {inside: {}, outside: {}}
crossings: {edge: {between: [inside, outside], forwarding: 2570/s}}
services: {api: {network: outside, instances: 4, concurrency: 32}}
clients:
  workers: {network: inside, service: api, population: 600, demand: {kind: closed, think: 6s},
            timeout: 500ms, connection: pool, pool: 10, retry: {layers: [{attempts: 4, base: 100ms}]}}
"""
NOT_READ = {
    "was made by Terraform before 1.1": re.compile(r'"format_version":\s*"0\.'),
    "is a template of Helm": re.compile(r"\{\{.*\.(Values|Release|Chart)|include \""),
    "is a kustomization": re.compile(r"^kind:\s*Kustomization|^resources:", re.MULTILINE),
    "is a file of docker-compose": re.compile(r"^services:", re.MULTILINE),
    "holds the values of a chart": re.compile(r"^\w+:", re.MULTILINE),
    "is no answer or input that is known": re.compile(
        r"\"(taskSets?|ScalingActivities|Activities|serviceRevisions|serviceDeployments|tasks)\""
    ),
    "is not a Terraform plan": re.compile(r"\A(?!.*\"(planned_values|resource_changes)\")", re.DOTALL),
    "describes a chart of Helm": re.compile(r"^apiVersion:\s*v[12]\s*$", re.MULTILINE),
    "holds no workload": re.compile(
        r"^(?!kind:\s*(Deployment|StatefulSet|DaemonSet|Rollout)$)", re.MULTILINE
    ),
    "has a key that is not a word": re.compile(r"\{\{"),
    "retryPolicy maxAttempts is missing": re.compile(r"retryPolicy"),
}
"""Why a file is refused, and what in it must then be so."""

INTRODUCTION = """\
# Public files

Written by `python docs/generate_public_files.py`; do not edit. {files} files of {many} public repositories, read
in clones by repository, commit and path on {day}; none is kept.

How the right answer was found: an independent reading (`docs/documented_limits.py`: PyYAML, `json` and lines, none of
Tidegate's readers) takes from each file the settings that its vendor documents as limits, time-outs or sizes, by a
table of keys with the vendor's words. Each has to be in the world at a place that may mean it, or to stand in the list
of what was left out, with why. Of plans and templates the resources and sizes are counted; of a gRPC config each entry
has to be told. A refusal is right where the file is what the refusal says. What a key of no table means was not
judged, nor whether each reason is a good one; the tables and the mends were made by the same people. The files were
drawn at random from those of each kind in the repositories, without those that hold no limit by their kind.

At the first run of this page 36 of 288 files were judged wrong. In most the judgement itself was at fault (lines of
a whole entry, a statistics socket, a workload that another rolls out). The others were ours and are mended: resources
without properties were not counted, a manifest was refused for what a ConfigMap carries, weights of canaries, settings
of single databases of PgBouncer and parts of a NATS server other than its clients were passed over. A first look at
1,050 files had found more: files of docker-compose with networks were taken for worlds, NATS servers for HAProxy, and
the limits that Envoy sets by itself were not told.

Read anew with later readers, and with 91 more: answers that AWS shows in the pages of its command line, change sets
recorded from its servers, templates of SAM, and files that must be rendered first. A state of Terraform and an empty
schema of a provider had been taken for plans in which nothing changes, and what ECS says of deployments and revisions
for services that do not change; EC2 Auto Scaling's schedules were refused, its policies told without a name.
"""
FOUND = "Found by the independent reading: {documented:,} settings and resources; wrong in {wrong} files, "
FOUND += "passed over in {missed}. Of each file the first are shown."


@dataclass(kw_only=True)
class Answer:
    """What came of one file."""

    said: str = ""
    taken: dict[int, list[str]] = field(default_factory=dict)
    told: set[int] = field(default_factory=set)
    means: int = 0
    documented: int = 0
    beside: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


def text_of(repository: str, commit: str, path: str, clones: Path) -> str:
    """Return a file, or a part of it, as it is at a commit."""
    name, _, number = path.partition("#")
    command = ["git", "-C", str(clones / repository), "show", f"{commit}:{name}"]
    text = _decoded(subprocess.run(command, capture_output=True, check=True).stdout)  # noqa: S603  git
    return part_of(text, int(number)) if number else text


def _decoded(data: bytes) -> str:
    """Return a text: UTF-16 where it says so, as shells of Windows write it."""
    return data.decode("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")


def workload_of(text: str) -> str:
    """Return the kind and name of the first workload of manifests, as a person would choose it."""
    documents = list(yaml.safe_load_all(text))
    # A Rollout that refers to a Deployment is what rolls it out.
    documents.sort(key=lambda one: isinstance(one, dict) and one.get("kind") != "Rollout")
    for document in documents:
        for one in (document or {}).get("items", [document]) if isinstance(document, dict) else []:
            if "name" in (one.get("metadata") or {}) and one.get("kind") in {"Deployment", "StatefulSet", "DaemonSet", "Rollout", "ReplicationController",
                                   "ReplicaSet", "Job", "CronJob"}:  # fmt: skip
                return f"{one['kind']}/{one['metadata']['name']}"
    return ""


def answered(kind: str, text: str, name: str) -> Answer:
    """Give a file to what a user runs, and hold the answer against the vendor's documentation."""
    answer = Answer()
    try:
        if kind in _CHANGES:
            _changes(kind, text, name, answer)
            return answer
        only = workload_of(text) if kind == "Kubernetes" and "{{" not in text else ""
        if kind in {"Kubernetes", "to be rendered", "settings"}:
            made = world_from_files([(text, name)], Options(scale="40:120"), workload=only)
            for row in made.read:
                _note(answer, row.line, row.means)
        else:
            file = read_world(WORLD, "world.yaml")
            found = vendors.guessed(text, name).read(text, name, Subjects(world=file.world))
            for one in found.understood:
                _note(answer, one.place.line, one.path)
            answer.told |= {one.place.line for one in found.ignored}
        if kind == "gRPC":
            _judge_calls(answer, text)
        else:
            _judge(answer, list(limits(kind, text, only=only)))
        answer.said = f"{answer.means} in the world, {len(answer.told)} lines left out with why"
    except (InputError, CannotTellError) as error:
        _refused(answer, text, error)
    except yaml.YAMLError as error:
        answer.said = f"read; PyYAML does not read it ({str(error).splitlines()[0][:60]})"
    return answer


def _note(answer: Answer, line: int, means: str) -> None:
    if means:
        answer.taken.setdefault(line, []).append(means)
        answer.means += 1
    else:
        answer.told.add(line)


def _judge(answer: Answer, documented: list[Limit]) -> None:
    answer.documented = len(documented)
    said = {*answer.taken, *answer.told}
    alike = {(one.key, one.value) for one in documented if one.line in said}
    for one in documented:
        beside = f"{one.key} {one.value} ({one.words}): {answer.taken.get(one.line, ['left out'])[0]}"
        answer.beside += [beside] if one.line in said and beside not in answer.beside else []
        meant = answer.taken.get(one.line, [])
        if any(re.search(one.means, path) for path in meant if one.means != "^$"):
            continue
        if meant and one.line not in answer.told:
            answer.wrong.append(f"{one.key} ({one.words}) is read as {meant[0]}")
        elif one.line not in answer.told and (one.key, one.value) not in alike:
            answer.missed.append(f"line {one.line}: {one.key} {one.value} ({one.words})")


def _judge_calls(answer: Answer, text: str) -> None:
    """Each entry is in the world, or left out with why; which one is chosen is not judged."""
    said = {*answer.taken, *answer.told}
    for first, last in calls(text):
        answer.documented += 1
        if not any(first <= line <= last for line in said):
            answer.missed.append(f"line {first}: an entry of methodConfig")


def _changes(kind: str, text: str, name: str, answer: Answer) -> None:
    (plan,) = read_changes([(text, name)])
    judged = planned(plan, read_world(WORLD, "world.yaml"))
    told = "; ".join((*judged.cannot_tell, *judged.notes))
    answer.said, answer.documented = plan.summary, len(plan.resources)
    if kind == "Terraform plan":
        many, replaced = of_plan(text)
        if many != len(plan.resources):
            answer.wrong.append(f"{many} resources change, not {len(plan.resources)}")
        if replaced < sum(one.why == "is replaced" for one in plan.reconnects):
            answer.wrong.append("more are said to be replaced than are")
        answer.missed += [f"{one.address} is not told" for one in plan.changes if one.address not in told]
        return
    if kind == "change set":
        answer.documented = of_change_set(text)
        if answer.documented != len(plan.resources):
            answer.wrong.append(f"{answer.documented} resources change, not {len(plan.resources)}")
        answer.missed += [f"{one.address} is not told" for one in plan.changes if one.address not in told]
        return
    if kind == "ECS and Auto Scaling":
        sizes = list(of_services(text))
        answer.documented = len(sizes)
        answer.missed += [f"{name} may have {size}" for name, size in sizes if not _says(told, name, size)]
        return
    many, sized = of_template(text)
    if many != len(plan.resources):
        answer.wrong.append(f"{many} resources are stated, not {len(plan.resources)}")
    answer.missed += [f"{one} states a size that is not told" for one in sized if f"{one} (" not in told]


def _says(told: str, name: str, size: int) -> bool:
    return any(name in one and re.search(rf"\b{size:,}\b", one) for one in told.split("; "))


def _refused(answer: Answer, text: str, error: Exception) -> None:
    """Judge a refusal: it is right where the file is what the refusal says it is."""
    said = str(error).split("\n")[0]
    why = re.sub(r"^[^:]*:(\d+:)? ", "", said).split(";")[0]
    answer.said = f"refused: {why[:90]}"
    known = next((why for why in NOT_READ if why in said), None)
    if known is None or not NOT_READ[known].search(text):
        answer.wrong.append("a normal file is refused")


def rows(clones: Path) -> Iterator[tuple[list[str], Answer]]:
    """Yield each file with what came of it."""
    for line in NAMES.read_text().splitlines():
        row = line.split("\t")
        repository, commit, path, kind = row
        yield row, answered(kind, text_of(repository, commit, path, clones), path.rpartition("/")[2])


def main() -> int:
    """Write the page; 1 where anything is read wrongly or passed over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clones", type=Path, required=True, help="a folder with clones, OWNER/NAME each")
    clones = parser.parse_args().clones
    found = list(rows(clones))
    PAGE.write_text(_page(found))
    return int(any(answer.wrong or answer.missed for _, answer in found))


def _page(found: list[tuple[list[str], Answer]]) -> str:
    kinds = Counter(row[3] for row, _ in found)
    documented = sum(answer.documented for _, answer in found)
    wrong, missed = (sum(bool(getattr(a, name)) for _, a in found) for name in ("wrong", "missed"))
    lines = [
        INTRODUCTION.format(
            files=len(found), many=len({row[0] for row, _ in found}), day=dt.datetime.now(tz=dt.UTC).date()
        ),
        "| kind | files | where its documentation is |",
        "| --- | --- | --- |",
        *(f"| {kind} | {many} | {SOURCES[kind]} |" for kind, many in sorted(kinds.items())),
        "",
        FOUND.format(documented=documented, wrong=wrong, missed=missed),
        "",
        "| repository and path | kind | what was read | documented, and read as | wrong or passed over |",
        "| --- | --- | --- | --- | --- |",
    ]
    for (repository, commit, path, kind), answer in found:
        faults = "; ".join([*answer.wrong, *answer.missed][:3]).replace("|", "\\|") or "–"
        said = answer.said.replace("|", "\\|")
        beside = "; ".join([str(answer.documented), *answer.beside[:SHOWN_COUNT]]).replace("|", "\\|")
        lines.append(f"| {repository}@{commit[:7]} {path} | {kind} | {said} | {beside} | {faults} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
