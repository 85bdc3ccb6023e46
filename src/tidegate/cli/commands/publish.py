"""`tidegate publish`: the public site as plain files, in every place it is to be read from."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.app import app
from tidegate.cli.options import TranslationsFile
from tidegate.exit_codes import ExitCode

if TYPE_CHECKING:
    from tidegate.adapters.publish.target import Target
    from tidegate.adapters.store.journal_file import JournalFile
    from tidegate.inform.site.site_setting import SiteSetting
    from tidegate.verbs.record.publish import Publication, Publisher

To = Annotated[
    list[str] | None,
    typer.Option(
        "--to", metavar="PLACE", help="A folder, rsync://…, rsync+ssh://…, s3://… or git+…; may be repeated."
    ),
]


Data = Annotated[
    str, typer.Option("--data", envvar="TIDEGATE_DATA", help="The folder in which the journal is kept.")
]
Record = Annotated[str | None, typer.Option("--record", help="A written record instead of a journal.")]
At = Annotated[str | None, typer.Option("--at", help="As it was known at this time; for a record only.")]
World = Annotated[
    str | None,
    typer.Option("--world", envvar="TIDEGATE_WORLD", help="A world: it names the customer segments."),
]
Name = Annotated[str, typer.Option("--name", envvar="TIDEGATE_NAME", help="What people call the site.")]
Url = Annotated[str, typer.Option("--url", envvar="TIDEGATE_URL", help="Where it will be read from.")]
Zone = Annotated[
    str | None, typer.Option("--zone", envvar="TIDEGATE_ZONE", help="The local time beside UTC.")
]
Language = Annotated[
    list[str] | None, typer.Option("--language", help="A language; may be repeated, the first leads.")
]
Valid = Annotated[
    float, typer.Option("--valid", metavar="SECONDS", help="How long a publication may be believed.")
]
Help = Annotated[str, typer.Option("--help-url", help="Where to ask for help.")]
Subscribe = Annotated[str, typer.Option("--subscribe-url", help="Where to ask for notices.")]
Follow = Annotated[
    bool, typer.Option("--follow", help="Go on: at every new word, and before it gets too old.")
]
Links = Annotated[
    bool, typer.Option("--links", help="Print the secret addresses of the segments' own pages.")
]


Copy = Annotated[
    list[str] | None,
    typer.Option(
        "--copy", metavar="URL", help="Where a copy is read; may be repeated. Each page leads to them."
    ),
]
Check = Annotated[
    list[str] | None,
    typer.Option(
        "--check",
        metavar="COPY",
        help="Instead, check a copy of a site: a folder or an address; may be repeated.",
    ),
]
Key = Annotated[
    list[str] | None,
    typer.Option("--key", help="A key that copies may be signed with; may be repeated, one for each site."),
]
Network = Annotated[
    list[str] | None,
    typer.Option("--network", help="A private network that copies may be in; may be repeated."),
]
Remember = Annotated[
    str | None,
    typer.Option(
        "--remember", metavar="FILE", help="Keep the highest numbers seen, to find out who goes back."
    ),
]
Pages = Annotated[
    int | None,
    typer.Option("--pages", metavar="N", help="How many files of an address to look at; 100 if left out."),
]


@app.command()
def publish(  # noqa: PLR0913  one parameter for each option
    *,
    to: To = None,
    data: Data = "tidegate-data",
    record: Record = None,
    at: At = None,
    world: World = None,
    name: Name = "Status",
    url: Url = "https://status.example.org",
    zone: Zone = None,
    language: Language = None,
    translations: TranslationsFile = "",
    valid: Valid = 600.0,
    help_url: Help = "",
    subscribe_url: Subscribe = "",
    follow: Follow = False,
    links: Links = False,
    copy: Copy = None,
    check: Check = None,
    key: Key = None,
    network: Network = None,
    remember: Remember = None,
    pages: Pages = None,
) -> int:
    """Write the public site as plain files, or check copies of it.

    Exit 3 where only some places could be reached or a file could not be made, 5 where no place could.
    Of copies: 0 all are whole and current, 3 one is behind or cannot be read, 4 all are too old or cannot
    be read, 5 one is not what was published or went back.
    """
    if check:
        publishing = {"--to": to, "--record": record, "--links": links, "--follow": follow, "--copy": copy}
        _refuse_beside("publishes, and --check does not", publishing, "the one or the other")
        return _check_copies(check, key or [], network or [], remember, pages)
    checking = {"--key": key, "--network": network, "--remember": remember, "--pages": pages}
    _refuse_beside("goes with --check only", checking, "--check COPY")
    from tidegate.adapters.files.translations import read_translations
    from tidegate.errors import Fault, InputError
    from tidegate.inform.site.site_setting import SiteSetting, check_site_setting
    from tidegate.inform.translations import with_world

    if not to and not links:
        from tidegate.adapters.publish.named import MEANT

        raise InputError(Fault(what="is missing", path="--to", allowed=MEANT))
    setting = SiteSetting(
        name=name, url=url.rstrip("/"), zone=zone or "UTC", languages=tuple(language or ["en"]),
        valid_s=valid, help_url=help_url.rstrip("/"), subscribe_url=subscribe_url.rstrip("/"),
        copies=tuple(one.rstrip("/") for one in copy or []),
        translations=with_world(read_translations(translations), _world(world)),
    )  # fmt: skip
    check_site_setting(setting)
    if record is not None:
        return _publish_record(record, at, setting, to or [], own_zone=zone is None, world=world)
    if at is not None:
        raise InputError(Fault(what="goes with a record only", path="--at", allowed="--record FILE"))
    return _publish_journal(data, setting, to or [], world=world, follow=follow, links=links)


def _refuse_beside(what: str, said: Mapping[str, object], allowed: str) -> None:
    """Refuse options that mean something else: nothing that was typed is ignored in silence."""
    from tidegate.errors import Fault, InputError

    found = [name for name, value in said.items() if not (value is None or value is False or value == [])]
    if found:
        raise InputError(*(Fault(what=what, path=name, allowed=allowed) for name in found))


def _check_copies(
    names: list[str], keys: list[str], networks: list[str], remember: str | None, pages: int | None
) -> int:
    """Say of each copy whether it is what was published, and which is the newest."""
    import time
    from pathlib import Path

    from tidegate.adapters.publish.copy_reader import PAGES_COUNT
    from tidegate.inform.site.copy_check import code_of
    from tidegate.present.record.copies_text import copies_text
    from tidegate.verbs.record.check_copies import check_copies

    found = check_copies(
        names, keys=keys, networks=networks, remember=Path(remember) if remember else None,
        pages_count=PAGES_COUNT if pages is None else pages, clock=time.time,
    )  # fmt: skip
    sys.stdout.write(copies_text(found, time.time(), has_keys=bool(keys)))
    return code_of(found)


def _publish_record(
    record: str, at: str | None, setting: SiteSetting, to: list[str], *, own_zone: bool, world: str | None
) -> int:
    """Publish a written record as it was known at a time: by its latest entry, if none is given."""
    from dataclasses import replace
    from hashlib import sha256
    from tempfile import TemporaryDirectory

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from tidegate.adapters.files.worlds import read_text
    from tidegate.inform.state import State
    from tidegate.journal.moment import parse_moment
    from tidegate.track.recorded import read_record
    from tidegate.verbs.record.publish import Publisher

    text, source = read_text(record)
    found = read_record(text, source)
    until_s = None if at is None else parse_moment(at)
    state = State().take_all(one for one in found.entries() if until_s is None or one.said_s <= until_s)
    now_s = state.latest.said_s if until_s is None else until_s
    if own_zone:
        setting = replace(setting, zone=found.zone)
    # As with the record's own key: it shows that nothing was changed, not who wrote it.
    key = Ed25519PrivateKey.from_private_bytes(sha256(b"tidegate record site\n" + text.encode()).digest())
    with TemporaryDirectory() as cache:
        publisher = Publisher(
            state=state, setting=setting, key=key, clock=lambda: now_s, is_live=False,
            targets=_targets(to, cache), world=_world(world), by=found.site,
        )  # fmt: skip
        return _told(publisher.publish())


def _publish_journal(
    data: str, setting: SiteSetting, to: list[str], *, world: str | None, follow: bool, links: bool
) -> int:
    import time
    from dataclasses import replace
    from pathlib import Path

    from tidegate.adapters.store.journal_begin import open_journal
    from tidegate.adapters.store.journal_file import KEY_NAME
    from tidegate.adapters.store.secrets_file import SecretsFile
    from tidegate.adapters.store.site_key import read_key
    from tidegate.inform.state import State
    from tidegate.verbs.record.publish import Publisher, link_secrets, segment_links, with_segments

    journal = open_journal(Path(data))
    try:
        key = read_key(Path(data) / KEY_NAME)
        secret, *older = link_secrets(SecretsFile(Path(data)), key)
        setting = replace(setting, link_secret=secret, older_link_secrets=tuple(older))
        publisher = Publisher(
            state=State(), setting=setting, key=key, clock=journal.now_s,
            targets=_targets(to, f"{data}/published"), world=_world(world), by=journal.site,
        )  # fmt: skip
        position = _take(journal, publisher, 0)
        if links:
            known = with_segments(setting, publisher.world, publisher.state)
            for title, address, _ in segment_links(known, journal.now_s()):
                sys.stdout.write(f"{title}: {address}\n")
        if not to:
            return ExitCode.HOLDS
        code = _told(publisher.publish())
        while follow:
            time.sleep(0.5)
            position = _take(journal, publisher, position)
            if publisher.is_due():
                code = _told(publisher.publish())
        return code
    finally:
        journal.close()


def _take(journal: JournalFile, publisher: Publisher, position: int) -> int:
    for found, entry in journal.entries(after=position):
        publisher.state.take(entry)
        position = found
    return position


def _targets(to: list[str], cache: str) -> list[Target]:
    from pathlib import Path

    from tidegate.adapters.publish.named import target

    return [target(word, cache=Path(cache)) for word in to]


def _world(name: str | None):  # type: ignore[no-untyped-def]  # noqa: ANN202  loaded only when named
    if name is None:
        return None
    from tidegate.adapters.files.worlds import read_world_text
    from tidegate.world.file.read import read_world

    return read_world(*read_world_text(name)).world


def _told(publication: Publication) -> int:
    """Print what became of each place, and return the exit code."""
    from tidegate.journal.moment import moment_text

    tree = publication.tree
    sys.stdout.write(f"{len(tree.digests())} files; good until {moment_text(tree.until_s)}\n")
    for put in publication.puts:
        if put.error:
            sys.stderr.write(f"{put.error}\n")
        else:
            sys.stdout.write(f"{put.target}: {put.changed_count} files written\n")
    for path, why in tree.unmade.items():
        sys.stderr.write(f"{path}: could not be made: {type(why).__name__}: {why}\n")
    failed = sum(bool(put.error) for put in publication.puts)
    if not failed:
        return ExitCode.CONDITIONS if tree.unmade else ExitCode.HOLDS
    return ExitCode.DOES_NOT_HOLD if failed == len(publication.puts) else ExitCode.CONDITIONS
