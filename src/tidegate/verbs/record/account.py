"""Set an account's password again, for whoever owns the folder: neither console nor old password is asked.

Whoever can write the folder could do anything to it anyway; here it stands on record that it was done.
"""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher

from tidegate.adapters.store.secrets_file import SecretsFile
from tidegate.errors import Fault, InputError
from tidegate.journal.entry import Draft, new_id
from tidegate.verbs.record.outage import Desk
from tidegate.world.file.nearest_name import nearest

FIRST_ACCOUNT = "admin"


def new_password() -> str:
    """Return a password that nobody can guess and anybody can type."""
    return "-".join(secrets.token_hex(3) for _ in range(4))


def set_password_again(desk: Desk, kept: SecretsFile, name: str) -> str:
    """Give an account a new password, and return it; its sessions end.

    The first account is made where there is none at all.

    Raises
    ------
    InputError
        If there is no such account.
    """
    names = [one.name for one in desk.state.accounts() if not one.is_ended]
    if not names and name == FIRST_ACCOUNT:
        payload = {"name": name, "role": "admin"}
        desk.say([Draft(kind="account.declared", subject=name, payload=payload, by=desk.by)])
    elif name not in names:
        known = ", ".join(names) or f"{FIRST_ACCOUNT}, which is made where there is none"
        fault = Fault(
            what="there is no such account",
            kind="absent",
            value=name[:60],
            allowed=known,
            nearest=nearest(name, names),
        )
        raise InputError(fault)
    password = new_password()
    # On record before it is so: nobody gets a password unseen.
    payload = {"what": f"set the password of the account {name} again, on the machine itself", "about": name}
    desk.say([Draft(kind="decision.made", subject=new_id(desk.entropy()), payload=payload, by=desk.by)])
    kept.set_password(name, PasswordHasher().hash(password))
    return password
