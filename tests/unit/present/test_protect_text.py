"""What a terminal says of a protection and of an adoption."""

from __future__ import annotations

import dataclasses
import json

import protected_world as sample
from tidegate.present.adopt_text import adoption_json, adoption_text
from tidegate.present.protect_text import protection_json, protection_text
from tidegate.protect.config_file import NotExpressed, Validation
from tidegate.verbs.adopt import Adopt, adopt

WIDE = {"width": 200, "unicode": True}
REFUSED = Validation(name="edge.nft", by="nft -c", valid=False, says="syntax error")


def text(validations=(), folder="", unsaid=()):
    protection = sample.protection("nftables")
    done = [sample.written("nftables")]
    return protection_text("shop · grow", protection, done, unsaid, validations, folder=folder, **WIDE)


def test_each_element_says_what_it_does_and_why():
    """Path, value, effect and the number it comes from."""
    said = text()
    assert "crossings.edge.admission.rate = 180/s" in said
    assert (
        "Each device lets in at most 180/s new flows (70 % of the 257/s that one device of edge carries)."
        in said
    )


def test_the_files_and_their_judges_are_named():
    """Where each file is, and what the vendor's validator said of it."""
    said = text(validations=(REFUSED,), folder="out/")
    assert "nftables: out/edge.nft (REFUSED by nft -c)" in said
    assert "syntax error" in said
    assert "Nothing is written" not in said
    accepted = text(validations=(dataclasses.replace(REFUSED, valid=True, says=""),))
    assert "(accepted by nft -c)" in accepted
    assert "Nothing is written; --out FOLDER" in accepted


def test_what_stands_in_no_file_is_said():
    """An element without a file comes last, with the reason."""
    said = text(unsaid=(NotExpressed(path="crossings.edge.queue_packets", why="set it by tc"),))
    assert "Not in any file" in said
    assert "crossings.edge.queue_packets: set it by tc." in said


def test_what_one_target_cannot_say_is_said_beside_it():
    """What another target expresses is still named where it is missing."""
    said = text()
    assert "It cannot say crossings.edge.queue_packets: a queue's length is set at its interface" in said


def test_a_protection_is_data_as_well():
    """The JSON holds every element, file and refusal."""
    protection, done = sample.protection("grpc"), sample.written("grpc")
    document = json.loads(protection_json(protection, [done], done.not_expressed, [REFUSED]))
    assert len(protection.elements) == len(document["elements"])
    assert [one.name for one in done.files] == [one["name"] for one in document["targets"][0]["files"]]
    assert "nft -c" == document["validations"][0]["by"]


def test_an_adoption_shows_before_and_after():
    """Each value with what the world said, the line it stands on, and what was left out."""
    rules = (
        "table ip t {\n chain c {\n  ct state new limit rate over 90/second burst 5 packets drop\n"
        "  limit rate over 5/second drop\n }\n}\n"
    )
    found = adopt(Adopt(world_text=sample.TEXT, world_source="w", text=rules, source="f.nft"))
    said = adoption_text(found.adopted, found.changes, written_to="new.yaml", **WIDE)
    assert "crossings.edge.admission.rate: none → 90/s" in said
    assert "f.nft:3: ct state new limit" in said
    assert "Left out:" in said
    assert "new.yaml is written with 3 changes" in said
    again = adopt(Adopt(world_text=found.edited.text, world_source="w", text=rules, source="f.nft"))
    said = adoption_text(again.adopted, again.changes, written_to="", **WIDE)
    assert "90/s, as the world says already" in said
    assert "The world says all of this already." in said
    document = json.loads(adoption_json(found.adopted, found.changes))
    assert ["none", "90/s"] == [document["changes"][0][key] for key in ("before", "text")]
