"""What does a site leave for others that cannot ask it? A sheet: that it is there, and a letter for each.

A sheet stands where several sites reach, or in a file that is carried. Its site signs it, so nobody else can
write one, and says when it was written, so that an older one is known for what it is. It carries half of a
key, by which the others close letters for this site, and the letters that this site closed for them: what all
sites share in secret, as only the one whom a letter is for can read it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidegate.journal.chain_name import is_site_name
from tidegate.journal.greeting import is_signed_by
from tidegate.journal.moment import is_moment

FORM = 1
LONGEST_S = 3600.0
"""For longer no sheet says that its site is there."""
_SIGNED = b"tidegate sheet 1\n"
_HALF = re.compile(r"[0-9a-f]{64}", re.ASCII)


class UnreadableSheetError(ValueError):
    """A text that is no sheet, or not that of the site that it names."""


class StrangeSheetError(UnreadableSheetError):
    """A sheet that names a site from which none is taken."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A closed letter on a sheet.

    Parameters
    ----------
    half
        The half of a key for which it was closed, in hexadecimal digits.
    closed
        The letter.
    """

    half: str
    closed: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What a site leaves for others.

    Parameters
    ----------
    site
        The site.
    at_s
        When it was written, by that site's clock, in seconds since 1970.
    lasts_s
        For how long it means that the site is there: until then the next one comes.
    half
        For which half of a key letters to it are closed, in hexadecimal digits.
    mark
        Another whenever what it knows in secret is another.
    letters
        A letter for each other site whose half is known, by its name.
    """

    site: str
    at_s: float
    lasts_s: float
    half: str
    mark: str
    letters: Mapping[str, Letter]


def letter_about(writer: str, reader: str) -> str:
    """Return what a letter on a sheet is bound to."""
    return f"sheet\n{writer}\n{reader}"


def written(sheet: Sheet, key: Ed25519PrivateKey) -> bytes:
    """Return a sheet as text that its site signed."""
    letters = {
        name: {"half": one.half, "closed": one.closed.hex()} for name, one in sorted(sheet.letters.items())
    }
    said = {
        "form": FORM, "site": sheet.site, "at_s": sheet.at_s, "lasts_s": sheet.lasts_s, "half": sheet.half,
        "mark": sheet.mark, "letters": letters,
    }  # fmt: skip
    body = json.dumps(said)
    signature = key.sign(_SIGNED + body.encode()).hex()
    return json.dumps({"sheet": body, "signature": signature}).encode() + b"\n"


def read_sheet(text: bytes, keys: Mapping[str, str]) -> Sheet:
    """Return a sheet, after its signature was checked.

    Parameters
    ----------
    text
        What `written` gave.
    keys
        The keys of the sites from which one is taken, in hexadecimal digits, by name.

    Raises
    ------
    UnreadableSheetError
        If it is none, or not of one of these sites (`StrangeSheetError`).
    """
    try:
        found = json.loads(text)
        body, signature = found["sheet"], found["signature"]
        sheet, signed = _read(json.loads(body)), _SIGNED + body.encode()
        is_own = sheet.site in keys and is_signed_by(signed, signature, (keys[sheet.site],))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UnreadableSheetError("is no sheet of a site") from None
    if sheet.site not in keys:
        raise StrangeSheetError(f"names site {sheet.site}, with which this one does not work")
    if not is_own:
        raise UnreadableSheetError(f"is not what site {sheet.site} signed")
    return sheet


def _read(said: dict[str, Any]) -> Sheet:
    is_whole = (
        said["form"] == FORM
        and is_site_name(said["site"])
        and is_moment(said["at_s"])
        and is_moment(said["lasts_s"])
        and _HALF.fullmatch(said["half"])
    )
    if not is_whole:
        raise ValueError("no sheet")
    letters = {
        str(name): Letter(half=str(one["half"]), closed=bytes.fromhex(one["closed"]))
        for name, one in said["letters"].items()
    }
    lasts_s = min(max(float(said["lasts_s"]), 0.0), LONGEST_S)
    return Sheet(
        site=said["site"], at_s=float(said["at_s"]), lasts_s=lasts_s, half=said["half"],
        mark=str(said["mark"])[:100], letters=letters,
    )  # fmt: skip
