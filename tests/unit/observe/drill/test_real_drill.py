"""What is cut, and the file that says how real sites are."""

from __future__ import annotations

import pytest

from tidegate.errors import InputError
from tidegate.observe.drill.cuts import CUTS, chosen_cuts, sites_hit
from tidegate.observe.drill.real_drill import read_real_drill

FILE = """
sites:
  west: {url: https://west.example.org/, token_file: west.token}
  east: {url: https://east.example.org, token_file: east.token, page: https://status.example.org}
receiver: 10.0.0.5:9099
cuts:
  peers: {cut: ssh edge cut, heal: ssh edge heal, within: 1 min}
  mail: {cut: ssh edge cut mail, heal: ssh edge heal mail}
"""


def paths(text):
    with pytest.raises(InputError) as raised:
        read_real_drill(text, "real.yaml")
    assert all(fault.place.source == "real.yaml" for fault in raised.value.faults)
    return [fault.path for fault in raised.value.faults]


def test_all_is_cut_that_leaves_a_site():
    assert [one.name for one in CUTS] == [one.name for one in chosen_cuts([], ["a", "b", "c"])]
    assert not {"two-sites", "two-killed"} & {one.name for one in chosen_cuts([], ["a", "b"])}


def test_a_cut_takes_the_last_sites():
    two = next(one for one in CUTS if one.name == "two-sites")
    assert ("b", "c") == sites_hit(two, ["a", "b", "c"])


def test_what_is_no_cut_or_leaves_no_site_is_refused_with_all_faults():
    with pytest.raises(InputError) as raised:
        chosen_cuts(["mial", "two-sites"], ["a", "b"])
    assert ["mial", "two-sites"] == [fault.value for fault in raised.value.faults]


def test_a_file_is_read_in_the_order_of_drills():
    found = read_real_drill(FILE, "real.yaml")
    assert ["mail", "peers"] == [one.name for one in found.chosen()]
    assert ("10.0.0.5", 9099) == found.receiver
    assert (60.0, 30.0) == (found.cuts["peers"].within_s, found.cuts["mail"].within_s)
    assert "https://west.example.org" == found.sites[0].url


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("https://west.example.org/", "http://west.example.org/", "sites.west.url"),
        ("token_file: west.token", "token: abc", "sites.west.token"),
        ("  mail:", "  mial:", "cuts.mial"),
        (", heal: ssh edge heal mail", "", "cuts.mail.heal"),
        ("1 min", "1 day", "cuts.peers.within"),
        ("10.0.0.5:9099", "9099", "receiver"),
        ("  mail:", "  two-sites:", "cuts.two-sites"),
        ("receiver:", "reciever:", "reciever"),
    ],
)
def test_every_fault_of_a_file_is_named(old, new, path):
    assert path in paths(FILE.replace(old, new))


def test_a_file_without_sites_or_cuts_is_refused():
    assert ["sites", "cuts"] == paths("receiver: 10.0.0.5:9099\n")
