"""At which address does a segment read its own page? One that cannot be guessed, and that lapses.

An address is made of the site's secret, the segment and a season of 90 days. The page of the season
before stays until this one ends, so a link works for 90 to 180 days. Sites that share the secret make
the same addresses. Nothing public lists them: not pages, not feeds, not the manifest.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from math import floor

from tidegate.inform.site.site_setting import SiteSetting

SEASON_S = 90 * 86_400.0
FOLDER = "for"
_TOKEN_LETTERS_COUNT = 32  # of base 32: 160 bits


def segment_token(secret: bytes, segment: str, season: int) -> str:
    """Return the unguessable part of the address of a segment's page in a season."""
    said = hmac.new(secret, f"segment page\0{season}\0{segment}".encode(), hashlib.sha256).digest()
    return base64.b32encode(said).decode().lower()[:_TOKEN_LETTERS_COUNT]


def lapses_s(season: int) -> float:
    """Return when the address of a season lapses, in seconds since 1970."""
    return (season + 2) * SEASON_S


def season_of(now_s: float) -> int:
    """Return the season of a moment, in seconds since 1970."""
    return floor(now_s / SEASON_S)


def segment_pages(setting: SiteSetting, now_s: float) -> Iterator[tuple[str, str, float]]:
    """Yield name, path and lapse (seconds since 1970) of each segment page there is at `now_s`.

    Of each segment the page of this season comes first; none without a secret.
    """
    if not setting.link_secret:
        return
    for segment in sorted(setting.segments):
        for secret in (setting.link_secret, *setting.older_link_secrets):
            for season in (season_of(now_s), season_of(now_s) - 1):
                yield segment, f"{FOLDER}/{segment_token(secret, segment, season)}.html", lapses_s(season)


def segment_of(setting: SiteSetting, given: str, now_s: float) -> str:
    """Return whose page a word is the address of at `now_s` (seconds since 1970); empty for nobody's."""
    found = ""
    for segment, path, _ in segment_pages(setting, now_s):  # all of them: the time taken tells nothing
        if hmac.compare_digest(path.encode(), f"{FOLDER}/{given}.html".encode(errors="replace")):
            found = segment
    return found


def word_of(path: str) -> str:
    """Return the unguessable part of the path of a segment's page."""
    return path.removeprefix(f"{FOLDER}/").removesuffix(".html")


def is_private(path: str) -> bool:
    """Whether a path of the site is known only to whom it was given."""
    return FOLDER in path.split("/")[:-1]
