"""`tidegate outage import`, `import-statuspage`, `import-upptime`: records that others wrote."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tidegate.cli.commands.outage import DATA, Data, outage
from tidegate.cli.journal import journal_in

if TYPE_CHECKING:
    from tidegate.track.recorded import Recorded

_MOST_BYTES = 100 * 1024 * 1024


@outage.command("import")
def import_(
    record: Annotated[str, typer.Argument(help="A written record: a file or a bundled one.")],
    *,
    data: Data = DATA,
) -> None:
    """Take a written record into the journal, as a site of its own; again, and nothing is added."""
    from tidegate.adapters.files.worlds import read_text
    from tidegate.track.recorded import read_record

    found = read_record(*read_text(record))
    journal = journal_in(data, begin=True)
    try:
        added = journal.take_in(found.sealed)
    finally:
        journal.close()
    sys.stdout.write(f"{added} entries of {found.site} are new in {data}\n")


@outage.command("import-statuspage")
def import_statuspage(
    documents: Annotated[
        list[str],
        typer.Argument(help="JSON of a page: components, incidents, scheduled-maintenances, summary."),
    ],
    *,
    data: Data = DATA,
) -> None:
    """Take the history of a Statuspage into the journal, as a site of its own."""
    from tidegate.track.foreign.statuspage import read_statuspage

    _take_in(read_statuspage([_object(name) for name in documents]), data)


@outage.command("import-upptime")
def import_upptime(
    history: Annotated[str, typer.Argument(help="The folder `history` of an Upptime repository.")],
    *,
    issues: Annotated[
        str, typer.Option("--issues", help="The repository's issues, as GitHub's API gives them.")
    ],
    comments: Annotated[
        str | None, typer.Option("--comments", help="The comments on them, likewise.")
    ] = None,
    data: Data = DATA,
) -> None:
    """Take the history of an Upptime repository into the journal, as a site of its own."""
    from tidegate.track.foreign.upptime import read_upptime

    said = _rows(comments) if comments else []
    _take_in(read_upptime(_sites(Path(history)), _rows(issues), said), data)


def _sites(folder: Path) -> dict[str, dict[str, Any]]:
    """Return what is known of each site, by its slug."""
    from tidegate.adapters.files.worlds import read_text
    from tidegate.errors import Fault, InputError
    from tidegate.world.file.tree import read_tree

    summary = folder / "summary.json"
    found = {
        str(row.get("slug")): row
        for row in (_rows(str(summary)) if summary.exists() else [])
        if row.get("slug")
    }
    for path in sorted(folder.glob("*.yml")):
        tree = read_tree(*read_text(str(path)))
        if isinstance(tree.document, dict):
            found[path.stem] = {**tree.document, **found.get(path.stem, {})}
    if not found:
        allowed = "a folder with summary.json or *.yml"
        raise InputError(Fault(what="holds no site of Upptime", value=str(folder), allowed=allowed))
    return found


def _json(name: str) -> Any:
    import json

    from tidegate.adapters.files.worlds import read_text
    from tidegate.errors import Fault, InputError, Place

    text, source = read_text(name, most_bytes=_MOST_BYTES)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(Fault(what=f"is not JSON: {error}", place=Place(source=source))) from None


def _object(name: str) -> dict[str, Any]:
    from tidegate.errors import Fault, InputError

    found = _json(name)
    if not isinstance(found, dict):
        raise InputError(Fault(what="is not an object of the Statuspage API", value=name))
    return found


def _rows(name: str) -> list[dict[str, Any]]:
    from tidegate.errors import Fault, InputError

    found = _json(name)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise InputError(Fault(what="is not a list of objects", value=name))
    return found


def _take_in(found: Recorded, data: str) -> None:
    from tidegate.adapters.store.journal_begin import begin_journal, open_journal
    from tidegate.adapters.store.journal_file import FILE_NAME
    from tidegate.errors import Fault, InputError
    from tidegate.journal.entry_chain import DamagedJournalError

    folder = Path(data)
    known = (folder / FILE_NAME).exists()
    journal = open_journal(folder) if known else begin_journal(folder, site="local")
    try:
        added = journal.take_in(found.sealed)
    except DamagedJournalError:
        allowed = "a journal that does not hold it yet: import all of it at once"
        raise InputError(
            Fault(
                what="another copy of this history is in the journal",
                kind="statement",
                value=found.site,
                allowed=allowed,
            )
        ) from None
    finally:
        journal.close()
    sys.stdout.write(f"{added} entries of {found.site} are new in {data}\n")
    if found.left_out:
        rows = "\n".join(f"  {fault}" for fault in found.left_out)
        sys.stderr.write(f"left out, the rest is taken in:\n{rows}\n")
