"""Every target's files as they are deployed, read back, and honest about what they cannot say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import protected_world as sample
from tidegate.errors import InputError
from tidegate.protect.adopted import Subjects
from tidegate.protect.protection import protection_of
from tidegate.protect.targets import vendors
from tidegate.world.file.overlay import overlay
from tidegate.world.file.value import value_at

GOLDEN = Path(__file__).parents[3] / "golden" / "protect"
NOTHING = {"nftables": "table inet t {\n}\n", "grpc": "{}", "haproxy": "global\n", "nginx": "events {\n}\n",
           "envoy": "static_resources: {}\n", "aws": "[default]\n",
           "pgbouncer": "[pgbouncer]\n", "kubernetes": "kind: Pod\n", "hikaricp": "poolName=x\n",
           "sqlalchemy": "engine = create_engine(URL)\n", "node-postgres": "new Pool({})\n",
           "sshd": "PermitRootLogin no\n", "nats": "jetstream {}\n"}  # fmt: skip


def readable(target):
    return [one for one in sample.written(target).files if not one.name.endswith(".md")]


@sample.EACH_TARGET
def test_files_are_the_golden_ones(target, update_golden):
    """The files of each target are those that were reviewed, and none is left over."""
    folder = GOLDEN / target
    files = {one.name: one.text for one in sample.written(target).files}
    if update_golden:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} == files


@sample.EACH_TARGET
def test_what_is_expressed_reads_back(target):
    """Reading the files gives every value that the target says it expressed."""
    found = {}
    for one in readable(target):
        subjects = Subjects(world=sample.world_of(target).world)
        found |= vendors.named(target).read(one.text, one.name, subjects).overlay()
    protected = overlay(sample.world_of(target), sample.protection(target).overlay())
    again = overlay(protected, found).world
    for path in sample.written(target).expressed:
        assert value_at(protected.world, path) == value_at(again, path), path


@sample.EACH_TARGET
def test_every_element_is_accounted_for(target):
    """An element is expressed or it is said why not; none is dropped."""
    done = sample.written(target)
    refused = [one.path for one in done.not_expressed]
    asked = [element.path for element in sample.protection(target).elements]
    assert sorted(asked) == sorted([*done.expressed, *refused])
    assert all(one.why for one in done.not_expressed)
    assert done.expressed


@sample.EACH_TARGET
def test_every_limit_carries_its_number(target):
    """Each element that is expressed stands in a file with its value and the number it comes from."""
    text = "\n".join(one.text for one in sample.written(target).files)
    for element in sample.protection(target).elements:
        if element.path in sample.written(target).expressed and element.kind.title != "drop or refuse":
            assert f"{element.path} = {element.text}: {element.reason}" in text


@sample.EACH_TARGET
def test_the_looks_of_each_file_tell_its_target(target):
    """Nobody needs to say whose file it is."""
    assert [target] * len(readable(target)) == [
        vendors.guessed(one.text, one.name).name for one in readable(target)
    ]


@sample.EACH_TARGET
def test_a_configuration_without_limits_says_nothing(target):
    """What limits nothing is read without faults and gives no values."""
    adopted = vendors.named(target).read(NOTHING[target], "x", Subjects(world=sample.world().world))
    assert {} == adopted.overlay()


@sample.EACH_TARGET
def test_files_do_not_depend_on_a_name_being_harmless(target):
    """A name of the world never becomes configuration: it stays in a comment or is spelt in plain letters."""
    hostile = 'x";`$(reboot)\\'
    words = "edge|api|workers|pooler|orders|ledger|jobs|web|bastion|bus"
    names = re.compile(rf"(?<![/\w])({words})\b(?!/)")
    text = names.sub(lambda found: f"'{found[1]}{hostile}'", sample.TEXTS.get(target, sample.TEXT))
    world = sample.world(text)
    elements = {
        re.sub(rf"\.({words})\b", lambda found: f".{found[1]}{hostile}", path): value
        for path, value in sample.ELEMENTS[target].items()
    }
    files = vendors.named(target).write(sample.protection_of(world, elements), world, None).files
    assert files
    for one in files:
        for line in one.text.splitlines():
            said = line.strip().startswith(("#", "//")) or one.name.endswith(".md")
            assert said or not any(part in line for part in ("`", "$(", '";')), line


def test_an_unknown_target_is_refused_with_the_nearest():
    """A mistyped target is told with the one that was meant."""
    with pytest.raises(InputError, match="did you mean haproxy"):
        vendors.named("haprxy")


def test_a_text_of_no_target_is_refused():
    """A text that looks like none asks for --as."""
    with pytest.raises(InputError, match="--as"):
        vendors.guessed("hello\n", "x")


@pytest.mark.parametrize(("target", "words"), [("grpc", "jitter"), ("aws", "base"), ("envoy", "budget")])
def test_what_a_file_changes_unasked_is_noted(target, words):
    """A library that fixes more than it was told says what becomes otherwise than in the world."""
    path = "clients.workers.retry.0.attempts"
    asked = sample.protection_of(sample.world(), {path: "2"})
    notes = vendors.named(target).write(asked, sample.world(), None).notes
    assert any("otherwise in the world" in note and words in note for note in notes), notes


def test_a_law_that_no_file_can_say_is_told():
    """A library has one time-out, the mean, and its own pauses: both are said beside the file."""
    path = "clients.workers"
    seen = {"retries": 2, "law": {"values": ["1s", "3s"]}}
    file = overlay(sample.world(), {f"{path}.timeout_law": "uniform", f"{path}.retry": [seen]})
    one = sample.protection_of(file, {f"{path}.retry.0.attempts": "1", f"{path}.timeout": "2s"})
    notes = " ".join(vendors.named("grpc").write(one, file, None).notes)
    assert "time-outs differ in the world (timeout_law), and what is written is their mean" in notes
    many = sample.protection_of(file, {f"{path}.retry.0.attempts": "3"})
    notes = " ".join(vendors.named("grpc").write(many, file, None).notes)
    assert "otherwise in the world are law: no library draws its pauses" in notes


@pytest.mark.parametrize("target", ["haproxy", "envoy", "nginx"])
def test_a_proxy_is_not_written_a_limit_above_what_the_service_accepts(target):
    """The service accepts 500 connections: 900 before it would raise nothing, and no file says so."""
    higher = protection_of(sample.world(), {"services.api.connections": "900"})
    done = vendors.named(target).write(higher, sample.world(), sample.ADDRESSES)
    assert ((), ()) == (done.files, done.expressed)
    assert ["a limit before a service raises nothing: it accepts 500 itself"] == [
        one.why for one in done.not_expressed
    ]


def test_a_goal_is_the_greatest_size_of_what_grows_and_reads_back():
    """Pods that an activity adds go to 8 and no further; a service's own scaler keeps its own maximum."""
    grows = "  add: {clients_added: workers, from: 4, to: 12}\n"
    file = sample.world(sample.TEXT + grows)
    done = vendors.named("kubernetes").write(protection_of(file, {"activities.add.to": 8}), file, None)
    assert ("activities.add.to",) == done.expressed
    (one,) = done.files
    assert "  maxReplicas: 8\n" in one.text
    subjects = Subjects(world=file.world)
    assert 8 == vendors.named("kubernetes").read(one.text, one.name, subjects).overlay()["activities.add.to"]
    service = vendors.named("kubernetes").write(protection_of(file, {"activities.grow.to": 8}), file, None)
    assert ["is the goal of one activity; an HPA has a greatest size for all of them"] == [
        refused.why for refused in service.not_expressed
    ]
