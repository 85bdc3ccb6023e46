"""Settings: file, environment, flags; the later wins, and every fault is named with its source."""

from __future__ import annotations

import pytest

from tidegate.errors import InputError
from tidegate.server.setting import described, read_setting, shown, shown_of


def test_flags_win_over_the_environment_and_that_over_the_file():
    """Three sources, three values: precedence rises from file to flag."""
    file = ("port: 1\nname: file\nzone: Europe/Berlin\n", "settings.yaml")
    found = read_setting({"port": 3, "host": None}, {"TIDEGATE_PORT": "2", "TIDEGATE_NAME": "env"}, file)
    assert (3, "env", "Europe/Berlin", "127.0.0.1") == (found.port, found.name, found.zone, found.host)


def test_every_setting_can_be_said_in_the_environment_and_in_a_file():
    """Lists, durations, addresses and flags are read from words as from YAML."""
    words = {
        "TIDEGATE_LANGUAGES": "en, de",
        "TIDEGATE_VALID": "5min",
        "TIDEGATE_PROBES": "a=http://a.example/,b=https://b.example/x",
        "TIDEGATE_ATTACHMENTS": "no",
        "TIDEGATE_ACKNOWLEDGE_AFTER": "never",
        "TIDEGATE_PROBE_NETWORKS": "10.0.0.0/8",
        "TIDEGATE_NETWORKS": "10.1.0.0/16 fd00:1::/64",
        "TIDEGATE_OPERATORS": "a=ntfys://x/y b=mailtos://u:p@x?to=c,d",
        "TIDEGATE_NOTICES": "no",
    }
    text = """
languages: [en, de]
valid: 5min
probes: {a: 'http://a.example/', b: 'https://b.example/x'}
attachments: no
acknowledge_after: never
probe_networks: [10.0.0.0/8]
networks: [10.1.0.0/16, 'fd00:1::/64']
operators: {a: 'ntfys://x/y', b: 'mailtos://u:p@x?to=c,d'}
notices: no
"""
    assert read_setting({}, words) == read_setting({}, {}, (text, "file"))
    assert 300.0 == read_setting({}, words).valid_s


def test_all_faults_at_once_each_with_its_source():
    """A mistyped name, a wrong port and a wrong duration: three faults, three places."""
    with pytest.raises(InputError) as caught:
        read_setting({"port": 99_999}, {"TIDEGATE_VALID": "soon"}, ("prot: 1\n", "settings.yaml"))
    faults = {(fault.path, str(fault.place)) for fault in caught.value.faults}
    assert {("prot", "settings.yaml"), ("valid", "TIDEGATE_VALID"), ("port", "--port")} == faults
    assert "port" in {fault.nearest for fault in caught.value.faults}


@pytest.mark.parametrize(
    "text",
    ["[1, 2]", "a: [", "probes: {a: 'file:///etc/passwd'}", "languages: xx", "zone: Mars/Olympus",
     "acknowledge_after: 5s", "probe_networks: [everywhere]", "url: ftp://x",
     "mail_server: mail.example.org", "mail_server: smtp://h", "networks: [inside]", "operators: on-call"],
)  # fmt: skip
def test_what_cannot_be_is_refused_before_anything_begins(text):
    """Each is a fault of the settings, not a surprise in the night."""
    with pytest.raises(InputError):
        read_setting({}, {}, (text, "settings.yaml"))


def test_secrets_are_not_shown():
    """Not the mail server's login, not operators' addresses; neither where they are right nor wrong."""
    said = {"mail_server": "smtps://user:pass@word@mail.example.org", "mail_from": "s@x.example"}
    found = read_setting({**said, "operators": ["a=ntfys://token@x/y"]}, {})
    assert "smtps://(not shown)@mail.example.org" == shown_of(found, "mail_server")
    assert ("a=(not shown)", "s@x.example") == (shown_of(found, "operators"), shown_of(found, "mail_from"))
    assert [] == [word for word in ("token", "pass@word") if word in repr(found) + repr(found.channels)]
    with pytest.raises(InputError) as caught:
        read_setting({"operators": ["token"]}, {"TIDEGATE_MAIL_SERVER": "smpt://user:token@x"})
    assert "token" not in str(caught.value)


def test_every_setting_is_described():
    """Each has a sentence, and its default can be shown."""
    rows = list(described())
    assert 20 <= len(rows)
    assert all(says.endswith(".") for _, says, _ in rows)
    assert "yes" == shown(True)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("valid: 2026-99-99", "valid"),
        ("port: " + "9" * 5000, "port"),
        ("name: ~", "name"),
        ("data: ''", "data"),
        ("port: !!python/name:os.system 1", ""),
        ("url: " + "[" * 100_000, ""),
    ],
    ids=["no date", "no port", "nothing", "empty", "tag", "deep"],
)
def test_a_hostile_settings_file_is_told_in_our_words(text, path):
    """Dates, numbers, tags and depths that a YAML library falls over are faults like any other."""
    with pytest.raises(InputError) as caught:
        read_setting({}, {}, (text, "settings.yaml"))
    fault = caught.value.faults[0]
    assert (path, "settings.yaml") == (fault.path, fault.place.source)
    assert "Error" not in str(caught.value)
    assert "literal" not in str(caught.value)


def test_a_settings_file_of_comments_alone_sets_nothing():
    """It is no fault to have nothing to say."""
    assert read_setting({}, {}) == read_setting({}, {}, ("# nothing yet\n", "settings.yaml"))


def test_copies_of_the_public_site_are_named():
    """With commas or as a list; an address that is none is refused with the others."""
    copies = ("https://a.example", "https://b.example/status")
    assert copies == read_setting({}, {"TIDEGATE_COPIES": ", ".join(copies)}).public_site("", {}, b"").copies
    assert copies == read_setting({}, {}, (f"copies: [{', '.join(copies)}]", "file")).copies
    with pytest.raises(InputError, match="is no address"):
        read_setting({}, {"TIDEGATE_COPIES": "ftp://a.example"})
