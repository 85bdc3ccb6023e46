"""`tidegate publish`: the public site as plain files, in every place it is to be read from."""

from __future__ import annotations

import sys
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


Check = Annotated[
    str | None, typer.Option("--check", metavar="FOLDER", help="Instead, check a copy of a site.")
]
Key = Annotated[str, typer.Option("--key", help="The key that the copy must be signed with.")]


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
    check: Check = None,
    key: Key = "",
) -> int:
    """Write the public site as plain files.

    Exit 3 where only some places could be reached or a file could not be made, 5 where no place could.
    """
    if check is not None:
        return _check_copy(check, key)
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
        translations=with_world(read_translations(translations), _world(world)),
    )  # fmt: skip
    check_site_setting(setting)
    if record is not None:
        return _publish_record(record, at, setting, to or [], own_zone=zone is None, world=world)
    if at is not None:
        raise InputError(Fault(what="goes with a record only", path="--at", allowed="--record FILE"))
    return _publish_journal(data, setting, to or [], world=world, follow=follow, links=links)


def _check_copy(folder: str, key: str) -> int:
    """Say whether a copy is what was published: 0 it is, 4 it was but is too old, 5 it is not."""
    import time
    from pathlib import Path

    from tidegate.adapters.publish.folder import digests_of
    from tidegate.errors import Fault, InputError
    from tidegate.inform.site.manifest import FILES, MANIFEST, read_manifest, wrong_files
    from tidegate.journal.moment import moment_text

    root = Path(folder)
    try:
        manifest = read_manifest((root / MANIFEST).read_bytes(), public_key=key)
        wrong = list(wrong_files(manifest, (root / FILES).read_bytes(), digests_of(root)))
    except OSError as error:
        raise InputError(Fault(what=f"is no copy of a site: {error.strerror}", value=folder)) from None
    for line in wrong:
        sys.stdout.write(f"{line}\n")
    if wrong:
        return ExitCode.DOES_NOT_HOLD
    until = moment_text(manifest.until_s)
    is_old = time.time() > manifest.until_s
    said = f"was good until {until}; now it tells of the past" if is_old else f"is good until {until}"
    sys.stdout.write(f"Whole, as {manifest.site} published it (number {manifest.sequence}); {said}\n")
    return ExitCode.CANNOT_TELL if is_old else ExitCode.HOLDS


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
            targets=_targets(to, cache), world=_world(world),
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
            targets=_targets(to, f"{data}/published"), world=_world(world),
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
