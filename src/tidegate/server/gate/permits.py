"""Who may ask? Whoever shows a token, where tokens are set; each may be for some callers alone.

The file says them by name:

    keda: {sha256: 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752, callers: [keda]}
    ci: {token: kept-in-plain-where-the-file-is-a-secret, callers: [check], may_override: true}

A token comes as `Authorization: Bearer TOKEN`, or as the password of a Basic login, which callers send that
can be given no header and take it from the address: https://any:TOKEN@gate/flagger.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tidegate.adapters.files.secret_text import SecretText
from tidegate.errors import Fault, InputError
from tidegate.world.file.nearest_name import nearest, shown
from tidegate.world.file.tree import Tree, read_tree

_LOG = logging.getLogger("tidegate.gate")
CLOSED = ("check", "flagger", "argo", "keda", "cloudformation", "ecs")
"""The callers that tokens are for: a cluster's server shows a certificate, and others sign what they send."""
SHORTEST = 20
_KEYS = ("token", "sha256", "callers", "may_override")
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_TOKEN = re.compile(rf"[\x21-\x7e]{{{SHORTEST},500}}", re.ASCII)
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, kw_only=True)
class Permit:
    """What one token opens.

    Parameters
    ----------
    name
        As the record calls who shows it.
    sha256
        Of the token.
    callers
        Those of `CLOSED` that it may ask as.
    may_override
        Whether what it says is let through is let through.
    """

    name: str
    sha256: str = field(repr=False)
    callers: tuple[str, ...]
    may_override: bool = False


class Permits:
    """The permits of a file, which is read again as it changes.

    Parameters
    ----------
    kept
        The file.
    source
        Its name.

    Raises
    ------
    InputError
        With all that is wrong in it.
    """

    def __init__(self, kept: SecretText, source: str) -> None:
        self._kept, self._source = kept, source
        self._text = kept.text
        self._permits = read_permits(self._text, source)

    def of(self, authorization: str) -> Permit | None:
        """Return what a request's header opens; None where it shows no token of ours."""
        hashed = hashlib.sha256(_shown_token(authorization).encode("utf-8", "replace")).hexdigest()
        found = [one for one in self._now() if hmac.compare_digest(one.sha256, hashed)]
        return found[0] if found else None

    def _now(self) -> tuple[Permit, ...]:
        text = self._kept.text
        if text != self._text:
            self._text = text
            try:
                self._permits = read_permits(text, self._source)
            except InputError as error:
                _LOG.error("tokens cannot be read anew, and stay as they were", extra={"why": str(error)})
        return self._permits


def _shown_token(authorization: str) -> str:
    kind, _, said = authorization.partition(" ")
    if kind.lower() == "bearer":
        return said.strip()
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(said.strip(), validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def read_permits(text: str, source: str) -> tuple[Permit, ...]:
    """Return the permits that a text states.

    Raises
    ------
    InputError
        With all that is wrong in it; no token is shown.
    """
    tree = read_tree(text, source)
    faults = list(tree.faults)
    if not isinstance(tree.document, dict) or not tree.document:
        allowed = "NAME: {token or sha256, callers, may_override} for each"
        raise InputError(
            *faults, Fault(what="holds no tokens", path="--tokens", value=source, allowed=allowed)
        )
    found = [
        permit
        for name, stated in tree.document.items()
        if (permit := _permit(str(name), stated, tree, faults)) is not None
    ]
    by_hash: dict[str, str] = {}
    for one in found:
        if one.sha256 in by_hash:
            what = f"has the same token as {shown(by_hash[one.sha256])}"
            faults.append(Fault(what=what, path=one.name, place=tree.places.find((one.name,))))
        by_hash[one.sha256] = one.name
    if faults:
        raise InputError(*faults)
    return tuple(found)


def _permit(name: str, stated: object, tree: Tree, faults: list[Fault]) -> Permit | None:
    before = len(faults)
    faults += _faults(name, stated, tree)
    if len(faults) > before or not isinstance(stated, dict):
        return None
    hashed = stated.get("sha256") or hashlib.sha256(str(stated["token"]).encode()).hexdigest()
    return Permit(
        name=name,
        sha256=str(hashed),
        callers=tuple(stated.get("callers", CLOSED)),
        may_override=_FLAGS[stated.get("may_override", "false")],
    )


def _faults(name: str, stated: object, tree: Tree) -> Iterator[Fault]:
    def fault(what: str, key: str = "", *, value: str = "", allowed: str = "", near: str = "") -> Fault:
        path = f"{shown(name)}.{key}" if key else shown(name)
        place = tree.places.find((name, key) if key else (name,))
        return Fault(what=what, path=path, value=value, allowed=allowed, nearest=near, place=place)

    if not isinstance(stated, dict):
        yield fault("is no token", allowed="{token or sha256, callers, may_override}")
        return
    for key in stated:
        if key not in _KEYS:
            yield fault("unknown key", str(key), allowed=", ".join(_KEYS), near=nearest(str(key), _KEYS))
    if ("token" in stated) == ("sha256" in stated):
        yield fault("needs one of token and sha256")
    elif "token" in stated and not _is(_TOKEN, stated["token"]):
        yield fault("is no token", "token", allowed=f"at least {SHORTEST} characters without spaces")
    elif "sha256" in stated and not _is(_SHA256, stated["sha256"]):
        yield fault("is no SHA-256", "sha256", allowed="64 hexadecimal digits in small letters")
    yield from _of_callers(stated, fault)
    if (
        not isinstance(stated.get("may_override", ""), str)
        or stated.get("may_override", "true") not in _FLAGS
    ):
        said = shown(stated["may_override"])
        yield fault("is no truth value", "may_override", value=said, allowed="true, false")


def _of_callers(stated: Mapping[str, Any], fault: Any) -> Iterator[Fault]:
    callers = stated.get("callers", list(CLOSED))
    if not isinstance(callers, list) or not callers:
        yield fault("is no list of callers", "callers", allowed=", ".join(CLOSED))
        return
    for one in callers:
        if one not in CLOSED:
            near = nearest(str(one), CLOSED)
            yield fault("is no caller", "callers", value=shown(one), allowed=", ".join(CLOSED), near=near)


def _is(pattern: re.Pattern[str], found: object) -> bool:
    return isinstance(found, str) and pattern.fullmatch(found) is not None
