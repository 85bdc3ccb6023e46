"""The commands protect and adopt: files, exit codes, and one clear answer to what cannot be read."""

from __future__ import annotations

import json

import pytest

import protected_world as sample
from tidegate.cli import main as entry


@pytest.fixture(name="place", autouse=True)
def folder(tmp_path, monkeypatch):
    (tmp_path / "shop.yaml").write_text(sample.TEXT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(name="run")
def runner(monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr("sys.argv", ["tidegate", *words])
        with pytest.raises(SystemExit) as ended:
            entry.main()
        return ended.value.code, *capsys.readouterr()

    return run


RATE = ("--element", "crossings.edge.admission.rate=180/s")


def test_protect_writes_and_adopt_reads(run, place):
    """What protect writes, adopt puts into the world that has not got it."""
    code, said, _ = run("protect", "shop.yaml", *RATE, "--for", "nftables", "--out", "files")
    assert 0 == code
    assert "70 % of the 257/s" in said
    assert ["edge.nft"] == [path.name for path in (place / "files").iterdir()]
    code, said, _ = run("adopt", "shop.yaml", "--from", "files/edge.nft", "--out", "new.yaml")
    assert (0, True) == (code, "none → 180/s" in said or "none -> 180/s" in said)
    assert "admission: {rate: 180/s, burst: 5, on_excess: drop}" in (place / "new.yaml").read_text()
    assert sample.TEXT == (place / "shop.yaml").read_text()


def test_adopt_gives_the_world_to_a_pipe(run):
    """With --out - the world alone is standard output; what changed goes to standard error."""
    run("protect", "shop.yaml", *RATE, "--for", "nftables", "--out", "files")
    code, world, said = run("adopt", "shop.yaml", "--from", "files/edge.nft", "--out", "-")
    assert 0 == code
    assert world.startswith("name: shop\n")
    assert "admission.rate" in said


def test_a_broken_configuration_is_told_with_its_lines(run, place):
    """Exit 2, every fault with its line, and no file."""
    (place / "bad.nft").write_text(
        "table ip t {\n chain c {\n  ct state new limit rate over x/second drop\n"
        "  ct state new ct count over y drop\n }\n}\n"
    )
    code, _, said = run("adopt", "shop.yaml", "--from", "bad.nft", "--out", "new.yaml")
    assert 2 == code
    assert "bad.nft:3" in said
    assert "bad.nft:4" in said
    assert not (place / "new.yaml").exists()


def test_nothing_to_adopt_cannot_be_told(run, place):
    """Exit 4 where a configuration holds no limit that a world knows."""
    (place / "empty.cfg").write_text("global\n  daemon\n")
    code, _, said = run("adopt", "shop.yaml", "--from", "empty.cfg")
    assert (4, True) == (code, "holds nothing" in said)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--element", "crossings.edge.admission.rate"), 2),
        (("--element", "crossings.edge.admission.rate=fast"), 2),
        ((*RATE, "--for", "nftable"), 2),
        ((*RATE, "--activity", "shrink"), 2),
        ((*RATE, "--for", "nginx"), 3),
    ],
)
def test_protect_answers_every_request(run, words, code):
    """Wrong input is exit 2; an element without a file is exit 3."""
    assert code == run("protect", "shop.yaml", *words)[0]


def test_protect_as_json_has_its_validations(run):
    """With --validate the vendor's words are part of the answer; a part that is missing is exit 4."""
    code, said, _ = run(
        "protect", "shop.yaml", *RATE, "--for", "aws", "--for", "nftables", "--validate", "--format", "json"
    )
    (found,) = json.loads(said)["validations"]
    assert {True: 0, None: 4}[found["valid"]] == code


SAFE = """
name: safe
horizon: 20s
networks: {inner: {}, main: {}}
crossings: {device: {between: [inner, main], queue_packets: 1000, forwarding: 2000/s}}
services: {web: {network: main, concurrency: 1000, service_time: 100us}}
clients:
  base: {network: inner, service: web, population: COUNT, timeout: 500ms, connection: keep_alive,
         demand: {kind: closed, think: 6s}, retry: immediate}
activities:
  failover: {kind: reconnect, service: web, at: 4s, reactions: [{clients: base, spread: 1s}]}
objectives: {collapse_probability: 10%}
"""


def test_a_world_that_is_safe_ends_well(run, place):
    """Nothing to set is an answer, exit 0, in words and as JSON."""
    (place / "safe.yaml").write_text(SAFE.replace("COUNT", "20"))
    code, said, _ = run("protect", "safe.yaml")
    assert (0, True) == (code, "NOTHING IS NEEDED" in said)
    code, said, _ = run("protect", "safe.yaml", "--format", "json")
    assert (0, []) == (code, json.loads(said)["elements"])


def test_json_says_what_each_part_is_for(run, place):
    """The search's own findings stand beside the elements; none where they were spelt out."""
    (place / "safe.yaml").write_text(SAFE.replace("COUNT", "600"))
    code, said, _ = run("protect", "safe.yaml", "--format", "json")
    told = json.loads(said)
    assert 0 == code or told["not_expressed"]
    assert [one["name"] for one in told["found"]["contributions"]]
    assert all(one["without"] for one in told["found"]["contributions"])
    assert told["found"]["proof"]["cases"]["as believed"]["high"] < 0.1
    code, said, _ = run("protect", "shop.yaml", *RATE, "--for", "nftables", "--format", "json")
    assert json.loads(said)["found"] is None


def test_json_says_which_worlds_stand_in_the_way(run, place):
    """Where nothing helps there is a document too, and exit 5."""
    hopeless = SAFE.replace("COUNT", "600").replace("100us", "2s")
    (place / "safe.yaml").write_text(hopeless)
    code, said, _ = run("protect", "safe.yaml", "--format", "json")
    assert (5, ["as believed"]) == (code, json.loads(said)["found"]["failing"])


def test_a_belief_that_nothing_covers_is_a_condition(run, place):
    """Nothing need be set as believed, and nothing helps if not: exit 3, with what to measure."""
    belief = (
        "beliefs: {quick: {says: it is quick, counter: {services.web.service_time: 2s}, measure: time it}}"
    )
    (place / "safe.yaml").write_text(SAFE.replace("COUNT", "20") + belief)
    code, said, _ = run("protect", "safe.yaml")
    assert 3 == code
    assert "SAFE IF   it is quick" in said
    assert "Measure it first: time it." in " ".join(said.split())


def test_of_several_activities_the_first_is_meant_and_the_others_are_named(run, place):
    """Nobody takes the answer for one as the answer for all."""
    second = "objectives: {collapse_probability: 10%}"
    both = SAFE.replace("COUNT", "20").replace(second, "  drain: {kind: reconnect, service: web}\n" + second)
    (place / "safe.yaml").write_text(both)
    assert "This is about failover; --activity asks about another: drain." in run("protect", "safe.yaml")[1]
    assert "This is about" not in run("protect", "safe.yaml", "--activity", "drain")[1]
