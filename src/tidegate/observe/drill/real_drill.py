"""Which real sites are drilled, and by which command lines are they cut and healed? A file says so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.journal.chain_name import SITE_NAMES, is_site_name
from tidegate.journal.site_address import address_faults
from tidegate.observe.drill.cuts import CUTS, LEAST_SITES, Cut, sites_hit
from tidegate.world.file.nearest_name import nearest
from tidegate.world.file.quantity import parse_quantity
from tidegate.world.file.tree import read_tree

WITHIN_S = 30.0
MOST_WITHIN_S = 600.0
_LONGEST_COMMAND = 2_000
_LISTEN = re.compile(r"([0-9.]+|\[[0-9a-fA-F:]+\]):([1-9][0-9]{0,4})", re.ASCII)
_KEYS = {
    "": ("sites", "cuts", "receiver", "plain"),
    "site": ("url", "token_file", "page"),
    "cut": ("cut", "heal", "within"),
}


@dataclass(frozen=True, kw_only=True)
class RealSite:
    """A real site.

    Parameters
    ----------
    name, url
        Its name in the record, and where it is asked.
    token_file
        A file with a token that has the scopes read, outages, cases and metrics.
    page
        Where its public page is read, where that is elsewhere.
    """

    name: str
    url: str
    token_file: str
    page: str = ""


@dataclass(frozen=True, kw_only=True)
class DeclaredCut:
    """How one thing is cut and healed.

    Parameters
    ----------
    cut, heal
        Command lines for a shell.
    within_s
        How long each may take.
    """

    cut: str
    heal: str
    within_s: float = WITHIN_S


@dataclass(frozen=True, kw_only=True)
class RealDrill:
    """A drill of real sites, as a file declares it.

    Parameters
    ----------
    sites
        The sites; a cut of one or two takes the last ones.
    cuts
        How things are cut and healed, by the name of the cut.
    receiver
        Address and port at which this drill takes notices; None where it takes none.
    """

    sites: tuple[RealSite, ...]
    cuts: Mapping[str, DeclaredCut]
    receiver: tuple[str, int] | None = None

    def chosen(self) -> tuple[Cut, ...]:
        """Return what is cut, in the order of drills."""
        return tuple(one for one in CUTS if one.name in self.cuts)


def read_real_drill(text: str, source: str) -> RealDrill:
    """Return the drill that a file declares.

    Raises
    ------
    InputError
        With every fault.
    """
    tree = read_tree(text, source)
    faults = list(tree.faults)
    document = tree.document if isinstance(tree.document, dict) else {}
    faults += _unknown(document, "", "")
    sites = tuple(_sites(document, faults))
    names = [site.name for site in sites]
    cuts = dict(_cuts(document, names, faults))
    receiver = _receiver(document.get("receiver"), faults)
    if faults:
        place = Place(source=source)
        raise InputError(*(one if one.place else replace(one, place=place) for one in faults))
    return RealDrill(sites=sites, cuts=cuts, receiver=receiver)


def _unknown(found: Mapping[str, Any], kind: str, path: str) -> Iterator[Fault]:
    for key in found:
        if key not in _KEYS[kind]:
            allowed, near = ", ".join(_KEYS[kind]), nearest(str(key), _KEYS[kind])
            yield Fault(what="unknown key", path=f"{path}{key}"[:80], allowed=allowed, nearest=near)


def _mapping(document: Mapping[str, Any], key: str, faults: list[Fault]) -> dict[str, Any]:
    found = document.get(key)
    if isinstance(found, dict) and found and all(isinstance(one, dict) for one in found.values()):
        return {str(name): one for name, one in found.items()}
    allowed = f"{key} by name, each with {', '.join(_KEYS[key[:-1]])}"
    faults.append(Fault(what="is missing or no mapping", path=key, allowed=allowed))
    return {}


def _sites(document: Mapping[str, Any], faults: list[Fault]) -> Iterator[RealSite]:
    found = _mapping(document, "sites", faults)
    if found and len(found) < LEAST_SITES:
        faults.append(Fault(what="is too few", path="sites", allowed=f"at least {LEAST_SITES} sites"))
    may_be_plain = str(document.get("plain", "no")).lower() in {"yes", "true"}
    for name, one in found.items():
        path = f"sites.{name[:40]}"
        if not is_site_name(name):
            faults.append(Fault(what="is no name of a site", path=path, allowed=SITE_NAMES))
        faults += _unknown(one, "site", f"{path}.")
        url, page = (_text(one, key, path, faults, is_needed=key == "url") for key in ("url", "page"))
        for key, address in (("url", url), ("page", page)):
            faults += address_faults(address, f"{path}.{key}", may_be_plain=may_be_plain) if address else ()
        token_file = _text(one, "token_file", path, faults, is_needed=True)
        yield RealSite(name=name, url=url.rstrip("/"), token_file=token_file, page=page.rstrip("/"))


def _cuts(
    document: Mapping[str, Any], sites: list[str], faults: list[Fault]
) -> Iterator[tuple[str, DeclaredCut]]:
    known = {one.name: one for one in CUTS}
    for name, one in _mapping(document, "cuts", faults).items():
        path = f"cuts.{name[:40]}"
        if name not in known:
            near = nearest(name, known)
            faults.append(
                Fault(what="is nothing a drill cuts", path=path, allowed=", ".join(known), nearest=near)
            )
            continue
        if sites and len(sites_hit(known[name], sites)) >= len(sites):
            faults.append(Fault(what="would leave no site", path=path, allowed="more sites than it hits"))
        faults += _unknown(one, "cut", f"{path}.")
        commands = {key: _text(one, key, path, faults, is_needed=True) for key in ("cut", "heal")}
        yield name, DeclaredCut(**commands, within_s=_within_s(one.get("within"), f"{path}.within", faults))


def _text(one: Mapping[str, Any], key: str, path: str, faults: list[Fault], *, is_needed: bool) -> str:
    found = one.get(key)
    if found is None and not is_needed:
        return ""
    if not isinstance(found, str) or not found.strip() or len(found) > _LONGEST_COMMAND:
        allowed = f"text of at most {_LONGEST_COMMAND:,} letters"
        faults.append(Fault(what="is missing or no text", path=f"{path}.{key}", allowed=allowed))
        return ""
    return found.strip()


def _within_s(found: Any, path: str, faults: list[Fault]) -> float:
    if found is None:
        return WITHIN_S
    try:
        within_s = parse_quantity(str(found), "s")
    except InputError:
        within_s = 0.0
    if not 0.0 < within_s <= MOST_WITHIN_S:
        allowed = f"a duration such as 30 s, at most {MOST_WITHIN_S:g} s"
        faults.append(Fault(what="is no time limit", path=path, value=str(found)[:60], allowed=allowed))
    return within_s


def _receiver(found: Any, faults: list[Fault]) -> tuple[str, int] | None:
    if found is None:
        return None
    matched = _LISTEN.fullmatch(found) if isinstance(found, str) else None
    if matched is None or int(matched[2]) > 65_535:
        allowed = "ADDRESS:PORT at which this machine listens, such as 10.0.0.5:9099"
        faults.append(
            Fault(what="is no place to listen", path="receiver", value=str(found)[:60], allowed=allowed)
        )
        return None
    return matched[1].strip("[]"), int(matched[2])
