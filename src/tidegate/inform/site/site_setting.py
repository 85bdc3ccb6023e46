"""How does a public site call itself, where is it, how long may it be believed? Its settings.

Whoever publishes passes one of these; nothing is read from the environment here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.errors import Fault, InputError
from tidegate.inform.phrases import LANGUAGES
from tidegate.inform.translations import Translations
from tidegate.journal.moment import zone

SHORTEST_S = 60.0
LONGEST_S = 7 * 86_400.0
MOST_COPIES_COUNT = 20
_ADDRESS = re.compile(r"https?://[^\s<>\"'\\]{1,300}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class SiteSetting:
    """What a site is told about itself.

    Parameters
    ----------
    name
        What people call it.
    url
        Where it is published, without a slash at the end; feeds and JSON name full addresses with it.
    zone
        The local time that stands beside UTC.
    languages
        In which languages it is written, the first at its root.
    valid_s
        How long a publication may be believed, in seconds: after that it says of itself that it is old.
    help_url, subscribe_url
        Where to ask for help and where to ask for notices; empty where there is no such place.
    segments
        What people call the customer segments, by their names.
    link_secret
        From this the addresses of segments' own pages are made; without it there are none. Sites that are
        to give the same addresses share it.
    copies
        Where else the site can be read: addresses of all copies, without a slash at the end.
    translations
        What titles and segments' phrases are in other languages than the one they are on record in.
    older_link_secrets
        Those of which other sites made addresses before all had one: their pages stay.
    """

    name: str = "Status"
    url: str = "https://status.example.org"
    zone: str = "UTC"
    languages: tuple[str, ...] = ("en",)
    valid_s: float = 600.0
    help_url: str = ""
    subscribe_url: str = ""
    segments: Mapping[str, str] = field(default_factory=dict)
    link_secret: bytes = field(default=b"", repr=False)
    copies: tuple[str, ...] = ()
    translations: Translations = field(default_factory=Translations, repr=False)
    older_link_secrets: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def host(self) -> str:
        """The host part of its address."""
        return self.url.partition("://")[2].partition("/")[0]


def check_site_setting(setting: SiteSetting) -> None:
    """Refuse what a site cannot be.

    Raises
    ------
    InputError
        With every fault.
    """
    faults = [
        Fault(what="is no language spoken here", value=one, allowed=", ".join(LANGUAGES))
        for one in setting.languages
        if one not in LANGUAGES
    ]
    if not setting.languages:
        faults.append(Fault(what="a site needs a language", kind="statement", allowed=", ".join(LANGUAGES)))
    if not setting.name.strip() or not setting.name.isprintable():
        faults.append(Fault(what="is no name for a site", value=setting.name[:60], allowed="one line"))
    if not SHORTEST_S <= setting.valid_s <= LONGEST_S:
        allowed = f"{SHORTEST_S:g} s to {LONGEST_S:g} s"
        faults.append(
            Fault(
                what="cannot be how long a site is believed", value=f"{setting.valid_s:g} s", allowed=allowed
            )
        )
    faults += _address_faults(setting)
    try:
        zone(setting.zone)
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(*faults)


def _address_faults(setting: SiteSetting) -> list[Fault]:
    given = [setting.url, *(url for url in (setting.help_url, setting.subscribe_url) if url)]
    given += setting.copies
    too_many = Fault(
        what="are too many copies to list", kind="statement", value=str(len(setting.copies)),
        allowed=f"at most {MOST_COPIES_COUNT}",
    )  # fmt: skip
    allowed = "an address such as https://status.example.org, without a slash at the end"
    return [too_many] * (len(setting.copies) > MOST_COPIES_COUNT) + [
        Fault(what="is no address", value=url[:80], allowed=allowed)
        for url in given
        if not _ADDRESS.fullmatch(url) or url.endswith("/")
    ]
