"""Who is this, and what may they do? Local accounts, sessions and tokens; no other machine is asked.

Roles stand in the journal, where everybody can see who could do what; hashes stay in the secrets file.
A session is a signed cookie, so it outlives a restart in the middle of an outage.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from tidegate.adapters.store.secrets_file import SecretsFile
from tidegate.errors import Fault, InputError
from tidegate.inform.state import State
from tidegate.inform.token import CommonKey, common_key, is_one_of, is_page_mark, page_mark
from tidegate.journal.entry import Draft
from tidegate.journal.entry_kinds import ROLES
from tidegate.journal.shared_secrets import Token, in_turn
from tidegate.server.site_record import Record
from tidegate.verbs.record.account import FIRST_ACCOUNT, new_password

SCOPES = ("read", "alerts", "outages", "cases", "subscriptions", "metrics")
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
TOKEN_LASTS_S = 365 * 86_400.0


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Somebody who is known.

    Parameters
    ----------
    name
        The account, or the token's title.
    role
        "viewer", "responder" or "admin"; empty for a token.
    scopes
        What a token may do.
    nonce, until_s
        Names the session, and when it lapses, in seconds since 1970.
    """

    name: str
    role: str = ""
    scopes: Sequence[str] = ()
    nonce: str = ""
    until_s: float = 0.0

    def may(self, role: str) -> bool:
        """Whether this is at least a `role`."""
        return self.role in ROLES and ROLES.index(self.role) >= ROLES.index(role)


class Accounts:
    """The accounts, sessions and tokens of one site.

    Parameters
    ----------
    record
        Where roles stand.
    kept
        Where secrets stand.
    session_s
        How long a session lasts, in seconds.
    """

    def __init__(self, record: Record, kept: SecretsFile, *, session_s: float) -> None:
        self._record = record
        self._kept = kept
        self._session_s = session_s
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_hex(16))

    # -- accounts -------------------------------------------------------------------------------

    def first_account(self, tell: Callable[[str, str], None]) -> None:
        """Make the first account where there is none, and tell its name and password.

        They are told before they are kept: whoever is killed in between is told others the next time, and
        nobody is shut out by a password that was never shown.
        """
        if not self._kept.held.passwords:
            password = new_password()
            tell(FIRST_ACCOUNT, password)
            self.declare(FIRST_ACCOUNT, "admin", password, by="system", is_first=True)

    def declare(self, name: str, role: str, password: str, *, by: str, is_first: bool = False) -> None:
        """Make an account, or change its role and (where one is given) its password.

        Raises
        ------
        InputError
            With every fault.
        """
        faults = list(self._account_faults(name, role, password))
        if faults:
            raise InputError(*faults)
        with self._record.desk(by) as desk:
            payload = {"name": name, "role": role}
            desk.say([Draft(kind="account.declared", subject=name, payload=payload, by=by)])
        if password:
            self._kept.set_password(name, self._hasher.hash(password), is_first=is_first)

    def _account_faults(self, name: str, role: str, password: str) -> list[Fault]:
        faults = []
        if not 1 <= len(name) <= 60 or not name.isprintable() or name != name.strip() or name == "system":
            what, allowed = "is no name for an account", "1 to 60 letters"
            faults.append(Fault(what=what, path="name", value=name[:60], allowed=allowed))
        if role not in ROLES:
            faults.append(Fault(what="is no role", path="role", value=role[:60], allowed=", ".join(ROLES)))
        is_short = len(password) < SHORTEST_PASSWORD and (password or name not in self._kept.held.passwords)
        if is_short or len(password) > LONGEST_PASSWORD:
            allowed = f"{SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters"
            what = "is too short" if is_short else "is too long"
            faults.append(Fault(what=what if password else "is missing", path="password", allowed=allowed))
        return faults

    def end(self, name: str, *, by: str) -> None:
        """End an account; the last admin stays.

        Raises
        ------
        InputError
            If there is no such account, or it is the last admin.
        """
        with self._record.desk(by) as desk:
            roles = _roles(desk.state)
            admins = [one for one, role in roles.items() if role == "admin"]
            if name not in roles:
                raise InputError(Fault(what="there is no such account", kind="absent", value=name[:60]))
            if admins == [name]:
                raise InputError(Fault(what="is the last admin", value=name))
            desk.say([Draft(kind="account.ended", subject=name, by=by)])
        self._kept.set_password(name, "")

    def login(self, name: str, password: str, now_s: float) -> str | None:
        """Return a session's cookie for the right password; None otherwise, after as much work."""
        hashed = self._kept.held.passwords.get(name)
        is_right = self._is_right(hashed or self._nobody, password[:LONGEST_PASSWORD])
        if not is_right or hashed is None:
            return None
        return self._signed(name, now_s + self._session_s, secrets.token_hex(8))

    def _is_right(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (Argon2Error, InvalidHashError):
            return False

    def enter(self, name: str, role: str, now_s: float) -> str:
        """Return a session's cookie for somebody whom the identity provider vouches for.

        Raises
        ------
        InputError
            If the name is a local account's, which only its password opens, or that of one that was ended.
        """
        if name in self._kept.held.passwords:
            what = "there is a local account of this name: log in with its password"
            raise InputError(Fault(what=what, kind="statement"))
        with self._record.desk("identity provider") as desk:
            if any(one.name == name and one.is_ended for one in desk.state.accounts()):
                raise InputError(
                    Fault(what="this account was ended; an admin can declare it anew", kind="statement")
                )
            if _roles(desk.state).get(name) != role:
                payload = {"name": name, "role": role}
                said = Draft(kind="account.declared", subject=name, payload=payload, by="identity provider")
                desk.say([said])
        return self._signed(name, now_s + self._session_s, secrets.token_hex(8))

    # -- sessions -------------------------------------------------------------------------------

    def _signed(self, name: str, until_s: float, nonce: str) -> str:
        epoch = self._kept.held.epochs.get(name, 0)
        said = f"{name.encode().hex()}.{until_s:.0f}.{nonce}.{epoch}"
        return f"{said}.{self.mark('session', said)}"

    def visitor(self, cookie: str, now_s: float) -> Visitor | None:
        """Return whose session a cookie is; None where it is nobody's, ended or too old."""
        said, _, mark = cookie.rpartition(".")
        keys = in_turn(self._kept.held.keys)  # a session of before a renewal is none
        if not is_one_of(mark, [page_mark(bytes.fromhex(one), "session", said) for one in keys]):
            return None
        coded, until, nonce, epoch = said.split(".")
        name = bytes.fromhex(coded).decode()
        held = self._kept.held
        if (
            now_s >= float(until)
            or nonce in held.ended.get(name, {})
            or int(epoch) != held.epochs.get(name, 0)
        ):
            return None
        with self._record.reading() as state:
            role = _roles(state).get(name, "")
        return Visitor(name=name, role=role, nonce=nonce, until_s=float(until)) if role else None

    def logout(self, visitor: Visitor) -> None:
        """End one session; it stays ended over a restart."""
        now_s = self._record.clock()
        self._kept.end_session(visitor.name, visitor.nonce, visitor.until_s, now_s)

    def csrf(self, visitor: Visitor) -> str:
        """Return what a form of this session must carry."""
        return self.mark("form", visitor.nonce)

    def is_ours(self, visitor: Visitor, mark: str) -> bool:
        """Whether a form's mark belongs to this session."""
        return hmac.compare_digest(mark.encode("utf-8", "replace"), self.csrf(visitor).encode())

    def mark(self, purpose: str, said: str) -> str:
        """Return an unguessable mark for words, for one purpose."""
        return page_mark(self.key, purpose, said)

    def is_mark(self, purpose: str, said: str, given: str) -> bool:
        """Whether a mark was made for words, with this key or an earlier one."""
        return is_page_mark(self.key, purpose, said, given)

    @property
    def key(self) -> CommonKey:
        """What all sites make words and addresses of."""
        return common_key(self._kept.held)

    # -- tokens ---------------------------------------------------------------------------------

    def tokens(self) -> list[Token]:
        """Return the tokens, by title."""
        return sorted(self._kept.held.tokens.values(), key=lambda one: (one.title, one.id))

    def new_token(self, title: str, scopes: Sequence[str], now_s: float, *, by: str) -> str:
        """Make a token; return it, for it cannot be read again.

        Raises
        ------
        InputError
            With every fault.
        """
        faults = [
            Fault(what="is no scope", path="scope", value=one[:60], allowed=", ".join(SCOPES))
            for one in scopes
            if one not in SCOPES
        ]
        faults += (
            []
            if scopes
            else [
                Fault(what="a token needs a scope", kind="statement", path="scope", allowed=", ".join(SCOPES))
            ]
        )
        if not title.strip() or not title.isprintable() or len(title) > 60:
            what, allowed = "is no title for a token", "1 to 60 letters"
            faults.append(Fault(what=what, path="title", value=title[:60], allowed=allowed))
        if faults:
            raise InputError(*faults)
        token_id, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        whole = f"tg_{token_id}_{secret}"
        kept = Token(
            id=token_id, hash=hashlib.sha256(whole.encode()).hexdigest(), title=title.strip(),
            scopes=tuple(scopes), until_s=now_s + TOKEN_LASTS_S,
        )  # fmt: skip
        self._kept.add_token(kept)
        self._say(f"made the API token {token_id} ({title.strip()}) for {', '.join(scopes)}", token_id, by)
        return whole

    def drop_token(self, token_id: str, *, by: str) -> None:
        """Take a token away."""
        if token_id in self._kept.held.tokens:
            self._kept.drop_token(token_id)
            self._say(f"took the API token {token_id} away", token_id, by)

    def bearer(self, token: str, now_s: float) -> Visitor | None:
        """Return who carries a token; None where it is no token of ours, or lapsed."""
        kept = self._kept.held.tokens.get(token[3:11])
        hashed = hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
        if kept is None or not hmac.compare_digest(kept.hash, hashed) or now_s >= kept.until_s:
            return None
        return Visitor(name=kept.title, scopes=kept.scopes)

    def _say(self, what: str, about: str, by: str) -> None:
        with self._record.desk(by) as desk:
            subject = f"{about}-{secrets.token_hex(4)}"
            payload = {"what": what, "about": about}
            desk.say([Draft(kind="decision.made", subject=subject, payload=payload, by=by)])


def _roles(state: State) -> dict[str, str]:
    return {one.name: one.role for one in state.accounts() if not one.is_ended}
