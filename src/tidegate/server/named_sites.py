"""Do the sites that the settings name go with what the folder holds? Asked before anything is made in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tidegate.adapters.store.journal_begin import open_journal
from tidegate.adapters.store.journal_file import FILE_NAME
from tidegate.errors import Fault, InputError
from tidegate.journal.chain_name import SITE_NAMES, is_site_name
from tidegate.journal.site_members import Members
from tidegate.server.setting import ServerSetting
from tidegate.verbs.record.site import members_of
from tidegate.world.file.nearest_name import nearest, shown


def check_own_site(setting: ServerSetting) -> None:
    """Refuse a name that no other site could ever name, where a journal would be begun with it.

    A journal that was begun with such a name is served as before: it works with no other site.

    Raises
    ------
    InputError
        If the name is none.
    """
    if not is_site_name(setting.site) and not (Path(setting.data) / FILE_NAME).exists():
        value = setting.site[:60]
        raise InputError(Fault(what="is no name of a site", path="site", value=value, allowed=SITE_NAMES))


def unknown_peers(setting: ServerSetting, members: Members | None) -> Iterator[str]:
    """Yield a line for each site that the settings say where to ask, and that the record does not know.

    It is a warning: a site may be named while the server runs, and then it is asked there.

    Parameters
    ----------
    setting
        The settings.
    members
        Whom the site works with; None where no journal is begun.
    """
    known = sorted(set(members.by_name) - {members.own}) if members else []
    for name in sorted(set(setting.peers) - set(known)):
        near = nearest(name, known)
        meant = f" Did you mean {near}?" if near else ""
        named = ", ".join(known) or "none"
        yield (
            f"peers: no site {shown(name)} is named here, so it is not asked.{meant} Named: {named}; "
            "another by `tidegate site join`."
        )


def members_in(folder: Path) -> Members | None:
    """Return whom the site of a folder works with; None where no journal is begun there."""
    if not (folder / FILE_NAME).exists():
        return None
    with closing(open_journal(folder)) as journal:
        return members_of(journal)
